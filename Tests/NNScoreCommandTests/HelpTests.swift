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
        "--init-from", "--from", "--seed", "--precision", "--threads", "--note", "--promote", "--epochs",
        "--batch-size", "--optimizer", "--momentum", "--beta1", "--beta2", "--epsilon", "--weight-decay", "--clip-norm",
        "--schedule",
        "--schedule-factor", "--schedule-every", "--warmup", "--l2", "--dropout", "--label-smoothing",
        "--class-weights", "--early-stopping", "--measure-every", "--flip", "--shift", "--rotation", "--brightness",
        "--normalize", "--config <file>", "--resume", "--checkpoint-every",
      ]
    ),
    ("sweep run", ["<name>", "--config", "--data", "--validation", "--as", "--threads"]), ("sweep show", ["<sweep>"]),
    ("sweep list", []), ("sweep delete", ["<sweep>"]),
    ("checkpoints list", []), ("checkpoints remove", ["<name>"]),
    ("reproduce", ["<ref>", "--data", "--validation", "--to-the-end", "--threads"]),
    (
      "quantize",
      [
        "<ref>", "--calibrate", "--validate", "--tolerance", "--force", "--name", "--threads", "--note", "--promote",
      ]
    ),
    ("models", []), ("versions", ["<name>", "--where", "--sort", "--limit", "--deleted"]),
    ("show", ["<ref>", "--config"]),
    ("history", ["<ref>", "--every", "--metrics", "--metric <metric>", "--plot"]), ("lineage", ["<ref>"]),
    ("diff", ["<first>", "<second>", "--plot", "--data", "--top", "--threads"]),
    ("promote", ["<ref>", "--reason"]), ("rollback", ["<name>", "--to", "--reason"]), ("ledger", ["<name>", "--kind"]),
    ("retire", ["<name>", "--reason"]), ("serving", ["<name>", "--as-of"]),
    ("watch", ["<name>", "--every"]), ("note", ["<subject>", "--reason"]),
    ("alias set", ["<ref>", "<alias>", "--protect", "--force", "--reason"]),
    ("alias remove", ["<name>", "<alias>", "--force"]), ("alias list", ["<name>"]),
    ("tag set", ["<subject>", "<name=value>"]), ("tag remove", ["<subject>", "<name>"]), ("tag list", ["<subject>"]),
    ("delete", ["<subject>", "--confirm", "--reason"]), ("undelete", ["<subject>", "--reason"]),
    ("stats", ["<subject>"]),
    ("gc", ["--dry-run"]), ("copy", ["<ref>", "--to", "--as"]), ("merge", ["<file>", "--dry-run"]),
    ("backup", ["<file>", "--force", "--no-verify"]), ("restore", ["<file>", "--force"]),
    ("prune", ["<name>", "--keep-last", "--keep-newer-than", "--keep-aliased", "--dry-run"]),
    ("verify", ["REF", "--model", "--trusted-keys", "--threads"]),
    ("key new", ["<file>"]), ("key show", ["<file>", "--pem"]), ("key list", []),
    ("key trust", ["<key>", "--label", "--reason"]), ("key distrust", ["<key>", "--reason"]),
    ("sign", ["<ref>", "--key", "--reason"]),
    ("policy", ["--require-signature", "--no-require-signature", "--reason"]),
    (
      "import",
      [
        "<file>", "<name>", "--activations", "--labels", "--layers", "--size", "--grey", "--features", "--input-order",
        "--scale", "--mean", "--deviation", "--parent", "--golden", "--note", "--promote",
      ]
    ),
    ("export", ["<ref>", "<file>", "--force"]),
    ("evaluate", ["<ref>", "--model", "--data", "--mistakes <dir>", "--mistakes-count"]),
    ("bench", ["<ref>", "--model", "--batch", "--threads", "--seconds"]),
    ("score", ["REF", "PATH", "--model", "--format", "--batch-size", "--threads"]),
  ]

  /// Those that have nothing to do with a store.
  static let withoutStore: Set = ["key new", "key show"]

  @Test("each command has the options that were promised, examples, --store and --json", arguments: commands)
  func help(name: String, options: [String]) async throws {
    let path = name.split(separator: " ").map(String.init)
    let result = try await workspace.start(path + ["--help"], environment: ["COLUMNS": "80"]).result()
    #expect(result.status == 0)
    #expect(result.errors == "")
    let store = Self.withoutStore.contains(name) ? [] : ["--store <file>"]
    for word in options + store + ["EXAMPLES", "nnscore \(name)", "--json"] {
      #expect(result.output.contains(word), "\(name): \(word)")
    }
    let again = try await workspace.start(["help"] + path, environment: ["COLUMNS": "80"]).result()
    #expect(again.output == result.output)
    for line in result.output.split(separator: "\n") where !line.hasPrefix("USAGE") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test("the root's help lists all commands and the exit codes")
  func rootHelp() async throws {
    let result = try await workspace.succeed("--help", environment: ["COLUMNS": "80"])
    for command in Self.commands {
      let name = command.name.split(separator: " ")[0]
      #expect(result.output.contains("\n  \(name) "), "\(name)")
    }
    for code in ["64", "65", "66", "73", "74", "75", "130", "EXAMPLES"] { #expect(result.output.contains(code)) }
    #expect(try await workspace.succeed().output == result.output)
    let version = try await workspace.succeed("--version").output.split(separator: ".")
    #expect(version.count == 3)
  }

  @Test("completion scripts for bash, zsh and fish know every command", arguments: ["bash", "zsh", "fish"])
  func completion(shell: String) async throws {
    let result = try await workspace.succeed("--generate-completion-script", shell)
    for name in Self.commands.flatMap({ $0.name.split(separator: " ") }) {
      #expect(result.output.contains(name), "\(name)")
    }
    #expect(result.output.contains("learning-rate"))
  }
}
