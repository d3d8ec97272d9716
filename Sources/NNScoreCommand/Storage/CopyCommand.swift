import ArgumentParser
import Foundation
import Inference
import ModelStore

/// `nnscore copy REF… --to FILE`
struct CopyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Copy versions into another store.",
    discussion: """
      The copy has the same digest, costs, metrics, lineage, note, tags and signatures. It is verified before, \
      and so is what the other store has of it. It gets the next number there; a version that is there already is left as it is. Nothing there goes into or out of service, and aliases \
      stay behind. A parent that is not there is named by the ledger alone.

      EXAMPLES
        nnscore copy cats@3 --to other.sqlite
        nnscore copy cats@3 cats@4 --to other.sqlite --as felines
      """)

  @Argument(help: ArgumentHelp("The versions.", valueName: "ref"), transform: Reference.init) var references:
    [Reference]
  @Option(
    help: ArgumentHelp("The other store's file, made if it is not there.", valueName: "file"),
    completion: .file(extensions: ["sqlite"]))
  var to: String
  @Option(name: .customLong("as"), help: ArgumentHelp("The model's name there.", valueName: "name")) var name: String?
  @OptionGroup var edit: EditOptions

  private struct Document: Encodable {
    let to: String
    let versions: [TransferDocument]
  }

  func run() throws {
    let source = try edit.store.open(.readOnly)
    // Before the other store is made.
    if let name { try Reference.validate(modelName: name) }
    for reference in references { _ = try source.version(reference) }
    let folder = URL(fileURLWithPath: to).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else {
      throw StoreError(
        .cannotCreate, "there is no folder \(folder) for the store \(to); make it first, or correct --to")
    }
    let results = try source.copy(
      references, to: StoreOptions.open(to, .create), as: name, reason: edit.reason)
    guard !edit.json.isOn else {
      return try StandardOutput.print(
        JSONOutput.document(Document(to: to, versions: results.map(TransferDocument.init))))
    }
    try StandardOutput.printSentences(results.map { TransferDocument($0).line(isDryRun: false) + "\n" }.joined())
  }
}

/// What became of one version in another store.
struct TransferDocument: Encodable {
  private let result: TransferredVersion

  init(_ result: TransferredVersion) { self.result = result }

  enum CodingKeys: String, CodingKey {
    case model, version, digest, outcome, source
    case missingParent = "missing_parent"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(result.target.name, forKey: .model)
    try container.encode(result.target.number, forKey: .version)
    try container.encode(result.target.digest, forKey: .digest)
    try container.encode(result.outcome.rawValue, forKey: .outcome)
    try container.encode(IdentityDocument(result.source), forKey: .source)
    // Null, not left out, where there is none.
    try container.encode(result.missingParent.map(IdentityDocument.init), forKey: .missingParent)
  }

  /// The result in one line.
  func line(isDryRun: Bool) -> String {
    let (source, target) = (Self.text(result.source), Self.text(result.target))
    switch result.outcome {
    case .copied:
      let parent = result.missingParent.map { "; its parent \(Self.text($0)) is not there" } ?? ""
      return "\(source) \(isDryRun ? "would become" : "→") \(target)  \(Format.digest(result.target.digest))\(parent)"
    case .present: return "\(source) is there already: \(target)"
    case .deleted: return "\(source) was deleted there (\(target)) and stays so"
    }
  }

  private static func text(_ identity: Model.Identity) -> String { "\(identity.name)@\(identity.number)" }
}
