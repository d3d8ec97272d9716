import Foundation
import Testing

@Suite("The commands that the documentation shows do what it says")
struct DocumentedCommandsTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// The lines of a text that call `nnscore`, between a heading and the end of its section.
  private static func commands(in text: String, below heading: String, upTo end: String) throws -> [String] {
    let section = try #require(text.components(separatedBy: heading).dropFirst().first)
    return section.components(separatedBy: end)[0].split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.hasPrefix("nnscore ") }
  }

  /// Runs lines as a shell would, one after the other, to the last one.
  private func run(_ lines: [String]) async throws {
    for line in lines {
      let result = try await workspace.shell("nnscore() { \"$command\" \"$@\"; }; command=$0; \(line)")
      #expect(result.status == 0, "\(line): \(result.errors)")
      #expect(!result.output.isEmpty, "\(line)")
    }
  }

  @Test("README's main job, on folders of pictures as it names them")
  func readme() async throws {
    let text = try String(contentsOf: Examples.root.appendingPathComponent("README.md"), encoding: .utf8)
    let lines = try Self.commands(in: text, below: "## The main job", upTo: "\n`nnscore COMMAND --help`")
    #expect(lines.count == 8)
    for part in ["train", "test", "new"] {
      _ = try workspace.classFolders("pictures/\(part)", classes: ["cat", "non-cat"])
    }
    try await run(lines)
    #expect(try await workspace.succeed("show", "cats", "--json").json["version"].integer == 1)
    let entries = try await workspace.succeed("ledger", "cats", "--kind", "promote", "--json").json["entries"].array
    #expect(entries.map { $0["version"].integer } == [1, 2])
  }

  @Test("the examples of the root's help, in the folder of the package")
  func rootHelp() async throws {
    let text = try await workspace.succeed("--help", environment: ["COLUMNS": "80"]).output
    let lines = try Self.commands(in: text, below: "EXAMPLES", upTo: "\n\n")
    #expect(lines.count == 6)
    try FileManager.default.createSymbolicLink(
      atPath: workspace.path("Examples"), withDestinationPath: Examples.root.appendingPathComponent("Examples").path)
    try await run(lines)
    #expect(try await workspace.succeed("show", "digits", "--json").json["version"].integer == 1)
  }
}
