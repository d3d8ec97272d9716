import Foundation
import Inference
import ModelStore
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

  /// Two versions, the second one of a trial and with numbers by epoch; a checkpoint and a sweep.
  private func makeTraining() async throws {
    try await workspace.trainTiny()
    let store = try ModelStore(path: workspace.store, mode: .readWrite)
    let model = try store.model(Reference("tiny@1"))
    try store.register(
      VersionDraft(
        model: "tiny", architecture: model.architecture, parameters: model.modelParameters,
        inputFormat: model.inputFormat, labels: model.labels,
        lineage: Lineage(parent: model.identity, sweep: Lineage.Sweep(name: "rates", trial: 7)),
        epochMetrics: EpochMetrics(epochs: [1], names: ["cost.validation"], values: [0.5])))
    try store.save(Checkpoint(name: "tiny", iteration: 1, iterations: 2, state: [UInt8](repeating: 1, count: 2048)))
    try store.createSweep(
      Sweep(name: "rates", model: "tiny", description: "{}", trials: [Trial(number: 7, hyperparameters: "{}")]))
  }

  @Test("what there is of training that goes on is told, and which trial a version came from")
  func training() async throws {
    try await makeTraining()
    let text = try await workspace.succeed("stats").output
    for line in ["checkpoints   1, 2.0 KiB", "sweeps        1, 1 trial, 6 B"] {
      #expect(text.contains("\n\(line)\n"), "\(text)")
    }
    let document = try await workspace.succeed("stats", "tiny@2", "--json").json
    #expect(document["checkpoints"]["count"].integer == 1 && document["checkpoints"]["bytes"].integer == 2048)
    #expect(document["sweeps"]["count"].integer == 1 && document["sweeps"]["trials"].integer == 1)
    let parts = document["models"].array[0]["versions"].array[0]["parts"].array.map { $0["name"].string }
    #expect(parts.contains("epoch metrics"))
    #expect(try await workspace.succeed("show", "tiny@2").output.contains("rates, trial 7"))
    let shown = try await workspace.succeed("show", "tiny@2", "--json").json
    #expect(shown["lineage"]["sweep"]["name"].string == "rates" && shown["lineage"]["sweep"]["trial"].integer == 7)
    #expect(try await workspace.succeed("lineage", "tiny@2").output.contains("trial 7 of rates"))
    #expect(try await workspace.succeed("diff", "tiny@1", "tiny@2").output.contains("rates, trial 7"))
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
    try await makeTraining()
    for command in ["stats", "show", "lineage"] {
      check.add(command, try await workspace.start([command, "tiny@latest", "--json"]).result().output)
    }
    try await check.run(in: workspace)
  }
}
