import Foundation
import Testing

/// stats on the built command.
@Suite struct StatsCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test("bytes are shown by model, by version and by tensor, with why, within 80 columns")
  func text() async throws {
    try await workspace.trainDigits("--hidden", "32")
    try await workspace.succeed(
      "train", "digits", "--data", Examples.training, "--from", "digits@1", "--learning-rate", "0.00001",
      "--iterations", "2", "--json")
    let store = try await workspace.succeed("stats").output
    #expect(store.contains("MODEL   VERSIONS"))
    #expect(store.contains("\ndigits         2"))
    for field in ["blobs", "stored", "deleted", "bases only", "unreferenced", "file"] {
      #expect(store.contains("\n" + field))
    }
    let model = try await workspace.succeed("stats", "digits").output
    #expect(model.contains("PLAIN  PLANES  DIFF  DEPTH  SHARED"), "\(model)")
    let version = try await workspace.succeed("stats", "digits@2").output
    #expect(version.contains("difference from digits@1, depth 1"), "\(version)")
    for line in (store + model + version).split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    let document = try await workspace.succeed("stats", "digits@2", "--json").json
    #expect(document["models"].array[0]["encodings"]["depth"].integer == 1)
    let part = document["models"].array[0]["versions"].array[0]["parts"].array[0]
    #expect(part["storage"].string == "difference" && part["from"]["version"].integer == 1)
    let size = part["size"]
    #expect((size["stored_bytes"].integer ?? 9) < (size["raw_bytes"].integer ?? 0) * 7 / 10)
    #expect(try await workspace.run("stats", "birds").status == 66)
    #expect(try await workspace.run("stats", "digits@7").status == 66)
  }

  @Test(
    "the JSON documents are what their schema says",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    for hidden in ["20", "20", "3"] { try await workspace.trainTiny("--hidden", hidden) }
    try await workspace.succeed("delete", "tiny@3")
    var check = SchemaCheck()
    for arguments in [["stats"], ["stats", "tiny"], ["stats", "tiny@1"], ["stats", "tiny@2"]] {
      check.add("stats", try await workspace.start(arguments + ["--json"]).result().output)
    }
    try await check.run(in: workspace)
  }
}
