import Foundation
import Testing

@Suite("Help, completion and names")
struct HelpTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Every command with the options that scripts rely on.
  static let commands: [(name: String, options: [String])] = [
    (
      "train",
      [
        "<name>", "--data", "--validation", "--hidden", "--activation", "--learning-rate", "--iterations", "--init",
        "--init-from", "--from", "--seed", "--precision", "--threads", "--note", "--promote",
      ]
    ),
    ("models", []), ("versions", ["<name>"]), ("show", ["<ref>"]), ("history", ["<ref>", "--every", "--plot"]),
    ("promote", ["<ref>", "--reason"]), ("rollback", ["<name>", "--to", "--reason"]), ("ledger", ["<name>"]),
    ("verify", ["<ref>"]), ("export", ["<ref>", "<file>", "--force"]), ("evaluate", ["<ref>", "--model", "--data"]),
    ("score", ["REF", "PATH", "--model", "--format", "--batch-size", "--threads"]),
  ]

  @Test("each command has the options that were promised, examples, --store and --json", arguments: commands)
  func help(name: String, options: [String]) async throws {
    let result = try await workspace.succeed(name, "--help", environment: ["COLUMNS": "80"])
    #expect(result.errors == "")
    for word in options + ["EXAMPLES", "nnscore \(name)", "--store <file>", "--json"] {
      #expect(result.output.contains(word), "\(name): \(word)")
    }
    #expect(try await workspace.succeed("help", name, environment: ["COLUMNS": "80"]).output == result.output)
    for line in result.output.split(separator: "\n") where !line.hasPrefix("USAGE") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test("the root's help lists all commands and the exit codes")
  func rootHelp() async throws {
    let result = try await workspace.succeed("--help", environment: ["COLUMNS": "80"])
    for command in Self.commands { #expect(result.output.contains("\n  \(command.name) "), "\(command.name)") }
    for code in ["64", "65", "66", "73", "74", "75", "130", "EXAMPLES"] { #expect(result.output.contains(code)) }
    #expect(try await workspace.succeed().output == result.output)
    let version = try await workspace.succeed("--version").output.split(separator: ".")
    #expect(version.count == 3)
  }

  @Test("completion scripts for bash, zsh and fish know every command", arguments: ["bash", "zsh", "fish"])
  func completion(shell: String) async throws {
    let result = try await workspace.succeed("--generate-completion-script", shell)
    for command in Self.commands { #expect(result.output.contains(command.name), "\(command.name)") }
    #expect(result.output.contains("learning-rate"))
  }
}
