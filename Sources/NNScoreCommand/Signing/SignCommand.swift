import ArgumentParser
import ModelStore

/// `nnscore sign REF --key FILE`
struct SignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign",
    abstract: "Sign a version.",
    discussion: """
      The version is verified in full first. What is signed is its digest: the signature says that these weights, with this \
      architecture, input format and labels, are what you mean, and stays true in other stores. A second signature by the same key \
      writes nothing.

      EXAMPLES
        nnscore key new release.key
        nnscore sign cats@3 --key release.key --reason "passed the night test"
        nnscore show cats@3
      """)

  @Argument(help: ArgumentHelp("The version.", valueName: "ref"), transform: Reference.init) var reference: Reference
  @Option(help: ArgumentHelp("The private key (PEM).", valueName: "file"), completion: .file()) var key: String
  @OptionGroup var edit: EditOptions

  func run() throws {
    let key = try SigningKey.read(key)
    let change = try edit.open().sign(reference, with: key, reason: edit.reason)
    let target = "\(change.entry.model ?? "")@\(change.version ?? 0)"
    try edit.report(
      change, done: "\(target) is signed by \(key.publicKey)",
      already: "\(target) is signed by \(key.publicKey) already")
  }
}
