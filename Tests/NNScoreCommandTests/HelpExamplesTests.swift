import Foundation
import Testing

@Suite("The examples of every command's help can be pasted")
struct HelpExamplesTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// What stands in a folder with a store in which the examples make sense: cats@1 to cats@7, lions, digits, pictures.
  private static let common = """
    nnscore train cats --data cats/train --validation cats/test --iterations 120 --note first --promote
    for seed in 2 3 4 5 6 7; do
      nnscore train cats --data cats/train --hidden 2 --iterations 9 --seed $seed --note "no. $seed"
    done
    nnscore train lions --data cats/train --iterations 5
    echo '{"data": "cats/train", "validation": "cats/test", "iterations": 3,
      "search": {"method": "grid", "over": {"learning_rate": [0.01, 0.1]}}}' > sweep.yaml
    for seed in 1 2; do nnscore train digits --data Examples/digits --iterations 3 --seed $seed; done
    """

  /// What more must be there for the examples of one command.
  private static let preparations = [
    "train": "nnscore show digits@1 --config > digits.yaml",
    "quantize": "nnscore promote digits@1", "rollback": "nnscore promote cats@2",
    "diff": "nnscore alias set cats@6 champion",
    "alias remove": "nnscore alias set cats@5 challenger", "tag remove": "nnscore tag set cats@3 stage=review",
    "sweep show": "nnscore sweep cats --config sweep.yaml", "sweep delete": "nnscore sweep cats --config sweep.yaml",
    "undelete": "nnscore delete cats@3; nnscore delete cats@4", "delete": "nnscore retire cats",
    "merge": "nnscore copy cats@3 --to other.sqlite",
    "restore": "nnscore backup store-2026-11-25.sqlite; rm store.sqlite",
    "import": "nnscore export cats cats.safetensors", "score": "nnscore export cats cats.safetensors",
    "bench": "nnscore export cats cats.safetensors",
    "key show": "nnscore key new release.key", "key trust": "nnscore key new release.key",
    "key distrust": "nnscore key new release.key; nnscore key trust release.key.pub",
    "verify": """
    mkdir keys; nnscore key new keys/a
    for version in cats@1 cats@2 cats@3 cats@4 cats@5 cats@6 cats@7 lions@1 digits@1 digits@2; do
      nnscore sign $version --key keys/a
    done
    nnscore export cats cats.safetensors
    """,
  ]

  /// How examples end that do not end with 0.
  private static let statuses: [String: Int32] = ["nnscore serving cats --as-of 2026-11-20T12:00Z": 66]

  /// What cannot run here: a watch has no end, other programs' files are those of ImportCommandTests, and stopped trainings those of
  /// ResumeTests.
  private static let others = [
    "nnscore watch ", "find /data", "nnscore import mlp.", "nnscore import net.", "nnscore import table.",
    "nnscore train digits --resume", "nnscore checkpoints remove ",
  ]

  /// Runs lines in a copy of the common folder.
  private func shell(_ script: String, in folder: String) async throws -> CommandResult {
    try await workspace.shell(
      """
      command=$0; export NNSCORE_STORE="$PWD/$1/store.sqlite"; cd "$1" || exit
      nnscore() { "$command" "$@"; }
      \(script)
      """, folder)
  }

  /// The examples of a command as a terminal of 80 columns shows them, each in one line.
  private func examples(of command: String) async throws -> [String] {
    let path = command.split(separator: " ").map(String.init)
    let help = try await workspace.start(path + ["--help"], environment: ["COLUMNS": "80"]).result().output
    let section = try #require(help.components(separatedBy: "EXAMPLES\n").dropFirst().first, "\(command)")
    return section.components(separatedBy: "\n\n")[0].replacing(#/\\\n\s*/#, with: "").split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  @Test("in a store with such models each example does what it says, one after the other", .timeLimit(.minutes(10)))
  func run() async throws {
    for set in ["cats/train", "cats/test", "pictures/test", "photos", "more"] {
      _ = try workspace.classFolders("common/\(set)", classes: ["cat", "non-cat"])
    }
    try workspace.manifest("common/scenes/labels.csv", columns: ["dark", "light"]) { [$0 % 2, 1 - $0 % 2] }
    try workspace.manifest("common/faces/ages.csv", columns: ["age"]) { [20 + $0] }
    let fixtures = Examples.root.appendingPathComponent("Tests/ImagesTests/Fixtures")
    for (name, source) in [
      ("a.png", Examples.sample), ("b.jpg", fixtures.appendingPathComponent("orientation1.jpg").path),
    ] {
      try FileManager.default.copyItem(atPath: source, toPath: workspace.path("common/\(name)"))
    }
    try FileManager.default.createSymbolicLink(
      atPath: workspace.path("common/Examples"),
      withDestinationPath: Examples.root.appendingPathComponent("Examples").path)
    let prepared = try await shell("set -e\n" + Self.common, in: "common")
    try #require(prepared.status == 0, "\(prepared.errors)")

    let hasJQ = try await workspace.shell("command -v jq").status == 0
    var count = 0
    for command in HelpTests.commands.map(\.name) + ["alias", "tag", "key", "schema", "sweep"] {
      let folder = command.replacing(" ", with: "-")
      try FileManager.default.copyItem(atPath: workspace.path("common"), toPath: workspace.path(folder))
      if let preparation = Self.preparations[command] {
        let result = try await shell("set -e\n" + preparation, in: folder)
        #expect(result.status == 0, "\(command): \(result.errors)")
      }
      for line in try await examples(of: command) {
        // What was broken to fit the columns would be two commands when pasted.
        #expect(line.hasPrefix("nnscore ") || line.hasPrefix("find "), "\(command): \(line)")
        if Self.others.contains(where: { line.hasPrefix($0) }) || (line.contains("| jq") && !hasJQ) { continue }
        // A training in full takes minutes in a debug build.
        let isLong = line.hasPrefix("nnscore train ") && !line.contains("--iterations") && !line.contains("--epochs")
        let shortened = line.replacing(#/--epochs \d+/#, with: "--epochs 1")
        let result = try await shell(shortened + (isLong ? " --iterations 3" : ""), in: folder)
        #expect(result.status == Self.statuses[line] ?? 0, "\(command): \(line)\n\(result.output)\(result.errors)")
        count += 1
      }
      try FileManager.default.removeItem(atPath: workspace.path(folder))
    }
    // So that the examples are not missed altogether.
    #expect(count > 80)
  }
}
