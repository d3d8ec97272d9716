import ArgumentParser
import Foundation
import Inference
import ModelStore

/// `nnscore export REF FILE`
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a version as a model file (safetensors).",
    discussion: """
      The file holds all that scoring needs; Inference and `nnscore score --model` read it without a store, and Python's \
      safetensors reads its tensors. Golden examples and signatures go with it. It appears whole or not at all.

      EXAMPLES
        nnscore export cats cats.safetensors
        nnscore score --model cats.safetensors pictures/
      """)

  @Argument(help: ArgumentHelp("The version.", valueName: "ref"), transform: Reference.init) var reference: Reference
  @Argument(help: "The file to write.", completion: .file(extensions: ["safetensors"])) var file: String
  @Flag(help: "Replace the file if it is there.") var force = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    let model: String
    let version: Int
    let digest: String
    let file: String
    let bytes: Int
  }

  func validate() throws {
    guard file != "-" else {
      throw usageError(
        "FILE is -, but a model file is not written to standard output; name a file (./- for one of that name)")
    }
  }

  private func export() throws -> Model.Identity {
    let store = try store.open(.readOnly)
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else {
      throw Failure(
        .cannotCreate, code: "cannotCreate",
        "\(file): cannot be created, as there is no folder \(folder); make it first, or choose another place")
    }
    do {
      return try store.export(reference, to: file, replacing: force)
    } catch {
      guard error.code == .fileExists else { throw error }
      throw Failure(
        .cannotCreate, code: error.code.description,
        "\(file): exists already; choose another name, or replace it with --force")
    }
  }

  func run() throws {
    let identity = try export()
    let bytes = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    if json.isOn {
      return try StandardOutput.print(
        JSONOutput.document(
          Document(
            model: identity.name, version: identity.number, digest: identity.digest, file: file, bytes: bytes)))
    }
    try StandardOutput.printSentences("\(identity.name)@\(identity.number) → \(file) (\(Format.bytes(bytes)))\n")
  }
}
