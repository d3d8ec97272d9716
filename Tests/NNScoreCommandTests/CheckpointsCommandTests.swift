import Foundation
import ModelStore
import Testing

@Suite("checkpoints lists and removes what is kept of trainings that were stopped")
struct CheckpointsCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test("a training that was stopped is listed, with its epochs and how it goes on, until it is removed")
  func stopped() async throws {
    let none = try await workspace.run("checkpoints")
    #expect(none.status == 66, "There is no store yet.")
    let command = try workspace.start([
      "train", "digits", "--data", Examples.training, "--hidden", "20", "--batch-size", "100", "--epochs", "20000",
    ])
    try await command.interrupt()
    #expect(try await command.result().status == 130)
    let store = try ModelStore(path: workspace.store, mode: .readWrite)
    try store.save(Checkpoint(name: "other", iteration: 3, iterations: 1000, state: [1, 2, 3]))

    let listed = try await workspace.succeed("checkpoints", "--json")
    let checkpoints = try listed.json["checkpoints"].array
    #expect(checkpoints.map { $0["name"].string } == ["digits", "other"])
    let digits = try #require(checkpoints.first)
    let iteration = try #require(digits["iteration"].integer)
    // 1,437 examples are 15 batches.
    #expect(digits["iterations"].integer == 300_000 && digits["epochs"].integer == 20_000)
    #expect(digits["epoch"].integer == iteration / 15)
    #expect(digits["resume"].string == "nnscore train digits --resume" && digits["data"].string == Examples.training)
    #expect(checkpoints[1]["resume"] == .null && checkpoints[1]["epoch"] == .null)
    #expect(checkpoints[1]["bytes"].integer == 3)

    let description = try store.checkpoint(named: "digits").description
    let text = try await workspace.succeed("checkpoints").output
    for words in [
      "digits", "of 300,000", "\(iteration / 15) of 20,000",
      "\nnnscore train digits --resume goes on where it was stopped\n", "3 of 1,000",
    ] {
      #expect(text.contains(words), "\(words) is missing in: \(text)")
    }

    try store.save(Checkpoint(name: "again", iteration: 1, iterations: 2, description: description, state: []))
    let two = try await workspace.succeed("checkpoints").output
    #expect(two.hasSuffix("\nnnscore train NAME --resume goes on where it was stopped\n"), "\(two)")
    try store.removeCheckpoint(named: "again")

    let removed = try await workspace.succeed("checkpoints", "remove", "digits", "--json")
    #expect(try removed.json["removed"] == digits)
    let other = try await workspace.succeed("checkpoints", "remove", "other")
    #expect(other.output == "the checkpoint other is removed: 3 of 1,000 iterations, 3 B\n")
    let empty = try await workspace.succeed("checkpoints", "list")
    #expect(empty.errors == "no training is stopped\n")
    let gone = try await workspace.run("checkpoints", "remove", "digits")
    #expect(gone.status == 66 && gone.errors.contains("no checkpoint \"digits\""), "\(gone.errors)")
    let resumed = try await workspace.run("train", "digits", "--resume")
    #expect(resumed.status == 66)
    if Python.hasJSONSchema {
      var check = SchemaCheck()
      check.add("checkpoints", listed.output)
      check.add("checkpoint_remove", removed.output)
      try await check.run(in: workspace)
    }
  }
}
