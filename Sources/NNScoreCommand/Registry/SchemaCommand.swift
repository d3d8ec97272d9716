import ArgumentParser
import Schemas

/// `nnscore schema [NAME]`
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON schema of what a command prints with --json, or of a file that it reads.",
    discussion: """
      Names are those of the commands; promote and rollback share `service`, and score_line is one line of \
      `score --format ndjson`; train_config is what `train --config` reads. Without a name, all names are listed.

      EXAMPLES
        nnscore schema
        nnscore schema versions
      """)

  @Argument(help: "The name of the document.", completion: .list(Schemas.documents.map(\.name)))
  var name: String?

  func run() throws {
    guard let name else {
      return try StandardOutput.print(Schemas.documents.map { $0.name + "\n" }.joined())
    }
    let alias = ["promote": "service", "rollback": "service"][name] ?? name
    guard let document = Schemas.documents.first(where: { $0.name == alias }) else {
      throw usageError(
        "there is no document \"\(name)\"; expected \(Schemas.documents.map(\.name).joined(separator: ", "))")
    }
    try StandardOutput.print(document.json)
  }
}
