import Foundation
import Testing

@Suite("A training that was stopped goes on with the same bits")
struct ResumeTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Some seconds of training in a debug build, with all that a checkpoint must know of.
  private static let training = [
    "train", "digits", "--data", Examples.training, "--validation", Examples.test, "--hidden", "48", "--optimizer",
    "adam",
    "--learning-rate", "0.002", "--epochs", "40", "--batch-size", "32", "--dropout", "0.2", "--shift", "1", "--seed",
    "3",
  ]

  private func digest(of reference: String) async throws -> JSON {
    try await workspace.succeed("show", reference, "--json").json["digest"]
  }

  @Test(
    "killed at random and stopped by Ctrl-C, it comes to the version that it would have come to",
    .timeLimit(.minutes(5)))
  func killed() async throws {
    #expect(try await workspace.start(Self.training).result().status == 0)
    var resuming = Self.training + ["--note", "stopped", "--checkpoint-every", "0.001"]
    var stops = 0
    for attempt in 0..<60 {
      let command = try workspace.start(resuming)
      // The first goes on until it has said something of itself; the others have that from the store.
      if attempt < 4 {
        try await command.interrupt(attempt % 2 == 0 ? SIGINT : SIGKILL)
      }
      let result = try await command.result()
      if result.status == 0, !result.wasKilled { break }
      stops += 1
      if attempt % 2 == 0 {
        #expect(result.status == 130, "\(result.status) \(result.errors)")
        #expect(result.errors.contains("go on with: nnscore train digits --resume"), "\(result.errors)")
      }
      resuming = ["train", "digits", "--resume", "--checkpoint-every", "0.001"]
    }
    #expect(stops > 0)
    #expect(try await digest(of: "digits@2") == (try await digest(of: "digits@1")))
    let show = try await workspace.succeed("show", "digits@2", "--json").json
    #expect(show["note"].string == "stopped")
    // The version has taken the checkpoint's place.
    let again = try await workspace.run("train", "digits", "--resume")
    #expect(again.status == 66 && again.errors.contains("no checkpoint \"digits\""), "\(again.errors)")
  }

  @Test("other data or other options are refused, and a new training of the name says what it replaces")
  func refusals() async throws {
    let folder = try workspace.makeFolder("set")
    for kind in ["images-idx3", "labels-idx1"] {
      try FileManager.default.copyItem(
        atPath: Examples.root.appendingPathComponent("Examples/digits/train-\(kind)-ubyte.gz").path,
        toPath: folder + "/train-\(kind)-ubyte.gz")
    }
    let arguments = ["train", "digits", "--data", folder, "--iterations", "500000", "--hidden", "20"]
    let command = try workspace.start(arguments)
    try await command.interrupt()
    #expect(try await command.result().status == 130)

    let options = try await workspace.run("train", "digits", "--resume", "--learning-rate", "0.5")
    #expect(options.status == 65 && options.errors.contains("leave out options of training"), "\(options.errors)")
    let both = try await workspace.run("train", "digits", "--resume", "--config", "a.yaml")
    #expect(both.status == 64 && both.errors.contains("leave out --config"))

    let other = try workspace.start(arguments)
    try await other.interrupt()
    let replaced = try await other.result()
    #expect(
      replaced.status == 130 && replaced.errors.contains("--resume would have gone on with it"), "\(replaced.errors)")

    for kind in ["images-idx3", "labels-idx1"] {
      try FileManager.default.removeItem(atPath: folder + "/train-\(kind)-ubyte.gz")
      try FileManager.default.copyItem(
        atPath: Examples.root.appendingPathComponent("Examples/digits/t10k-\(kind)-ubyte.gz").path,
        toPath: folder + "/train-\(kind)-ubyte.gz")
    }
    let data = try await workspace.run("train", "digits", "--resume")
    #expect(data.status == 65 && data.errors.contains("is not what the training began with"), "\(data.errors)")
    #expect(try await workspace.succeed("stats", "--json").json["checkpoints"]["count"].integer == 1)
  }

  @Test("what another training of the name keeps stays, and data that lies elsewhere is given by --data")
  func two() async throws {
    func arguments(_ iterations: String) -> [String] {
      ["train", "digits", "--data", Examples.training, "--hidden", "20", "--seed", "1", "--iterations", iterations]
    }
    let first = try workspace.start(arguments("3000000") + ["--checkpoint-every", "0.001"])
    let second = try workspace.start(arguments("40"))
    try await first.interrupt()
    #expect(try await first.result().errors.contains("--resume"))
    #expect(try await second.result().status == 0)
    #expect(try await workspace.succeed("checkpoints", "--json").json["checkpoints"].array.count == 1)

    let folder = try workspace.makeFolder("moved")
    let stopped = try workspace.start(
      ["train", "moved", "--data", Examples.training, "--hidden", "20", "--seed", "1", "--iterations", "1500"])
    try await stopped.interrupt()
    #expect(try await stopped.result().status == 130)
    for kind in ["images-idx3", "labels-idx1"] {
      try FileManager.default.copyItem(
        atPath: Examples.root.appendingPathComponent("Examples/digits/train-\(kind)-ubyte.gz").path,
        toPath: folder + "/train-\(kind)-ubyte.gz")
    }
    try await workspace.succeed("train", "moved", "--resume", "--data", folder, timeout: 600)
    let reproduced = try await workspace.succeed("reproduce", "moved@1")
    #expect(reproduced.output.hasPrefix("moved@1: reproduced to the bit"))
  }
}
