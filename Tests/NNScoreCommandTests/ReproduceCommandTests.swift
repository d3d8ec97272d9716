import Foundation
import Inference
import ModelStore
import Testing
import Training

@Suite("reproduce trains a version again and says whether every bit is the same")
struct ReproduceCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func train(_ arguments: String...) async throws {
    let result = try await workspace.start(["train", "digits", "--data", Examples.training] + arguments).result()
    try #require(result.status == 0, "\(result.errors)")
  }

  /// All of the store's bytes.
  private var storeBytes: Data { get throws { try Data(contentsOf: URL(fileURLWithPath: workspace.store)) } }

  @Test("to the bit: all examples at once; mini-batches with all that there is; a continued version")
  func same() async throws {
    try await train("--iterations", "8", "--hidden", "6", "--seed", "4")
    try await train(
      "--validation", Examples.test, "--hidden", "12,8", "--activation", "tanh", "--optimizer", "adam",
      "--learning-rate", "0.01", "--batch-size", "200", "--epochs", "6", "--dropout", "0.2,0.1", "--shift", "1",
      "--rotation", "5", "--early-stopping", "2", "--class-weights", "balanced", "--normalize", "--schedule", "cosine",
      "--l2", "0.0001", "--label-smoothing", "0.1", "--clip-norm", "2")
    try await train("--from", "digits@2", "--iterations", "3", "--optimizer", "momentum", "--precision", "float64")
    let before = try storeBytes
    for (version, count) in [(1, 8), (2, nil), (3, 3)] {
      let result = try await workspace.succeed("reproduce", "digits@\(version)", "--threads", "\(version)")
      #expect(result.output.hasPrefix("digits@\(version): reproduced to the bit\n"), "\(result.output)")
      if let count { #expect(result.output.contains("all \(count) equal"), "\(result.output)") }
      #expect(result.errors == "")
    }
    let json = try await workspace.succeed(
      "reproduce", "digits@2", "--data", Examples.training, "--validation", Examples.test, "--json"
    ).json
    let digest = try await workspace.succeed("show", "digits@2", "--json").json["digest"]
    #expect(json["reproduced"].bool == true && json["digest"] == digest && json["digest_now"] == digest)
    #expect(json["parameters"]["different"].integer == 0 && json["first_cost_difference"] == .null)
    #expect(json["iterations"]["made"] == json["iterations"]["recorded"])
    #expect(try storeBytes == before)
  }

  @Test("pictures that were resized, with means and deviations of their own")
  func pictures() async throws {
    try await workspace.trainTiny("--size", "6x5", "--grey", "--fit", "pad", "--filter", "box", "--normalize", "--flip")
    try await workspace.succeed("reproduce", "tiny@1")
    try await workspace.trainTiny()
    try await workspace.succeed("reproduce", "tiny@2", "--data", "set")
  }

  @Test("a training that was stopped and went on is reproduced too", .timeLimit(.minutes(5)))
  func resumed() async throws {
    let arguments = [
      "train", "digits", "--data", Examples.training, "--hidden", "48", "--optimizer", "adam", "--epochs", "40",
      "--batch-size", "32", "--dropout", "0.2", "--seed", "3",
    ]
    let command = try workspace.start(arguments)
    try await command.interrupt()
    #expect(try await command.result().status == 130)
    try await workspace.succeed("train", "digits", "--resume")
    let result = try await workspace.succeed("reproduce", "digits@1")
    #expect(result.output.hasPrefix("digits@1: reproduced to the bit\n"))
  }

  @Test("the versions of a sweep, which a filter finds by its name")
  func sweep() async throws {
    let file = try workspace.file(
      "sweep.yaml",
      text: """
        data: \(Examples.training)
        validation: \(Examples.test)
        iterations: 4
        search:
          method: grid
          keep: all
          over:
            learning_rate: [0.01, 0.5]
            hidden: [[], [8]]
        """)
    try await workspace.succeed("sweep", "digits", "--config", file, "--as", "sizes")
    try await train("--iterations", "1")
    func numbers(_ filter: String) async throws -> [Int] {
      try await workspace.succeed("versions", "digits", "--where", filter, "--sort", "trial", "--json").json["versions"]
        .array.compactMap { $0["version"].integer }
    }
    let found = try await numbers("sweep = \"sizes\"")
    #expect(found.count == 4 && Set(found) == [1, 2, 3, 4])
    #expect(try await numbers("sweep = \"sizes\" and trial <= 2") == Array(found.prefix(2)))
    #expect(try await numbers("sweep missing") == [5])
    for number in found {
      let result = try await workspace.succeed("reproduce", "digits@\(number)")
      #expect(result.output.hasPrefix("digits@\(number): reproduced to the bit\n"), "\(result.output)")
    }
  }

  /// Registers a version again with something else recorded.
  private func registerAgain(_ change: (inout VersionDraft) -> Void) throws -> Int {
    let store = try ModelStore(path: workspace.store, mode: .readWrite)
    let reference = try Reference("digits@1")
    let (record, model) = (try store.version(reference), try store.model(reference))
    let hyperparameters = try JSONDecoder().decode(Hyperparameters.self, from: Data(record.hyperparameters.utf8))
    var draft = VersionDraft(
      model: "digits", architecture: model.architecture, parameters: model.parameters, inputFormat: model.inputFormat,
      labels: model.labels, hyperparameters: hyperparameters, costs: try store.costs(of: reference),
      lineage: record.lineage)
    change(&draft)
    return try store.register(draft).number
  }

  @Test("the first iteration with another cost is named, with both costs; training ends there, or goes to the end")
  func otherCost() async throws {
    try await train("--iterations", "6", "--hidden", "5", "--batch-size", "500", "--seed", "7")
    var (was, other) = (0.0, 0.0)
    let number = try registerAgain { draft in
      was = draft.costs[4]
      other = was.nextUp
      draft.costs[4] = other
    }
    let result = try await workspace.run("reproduce", "digits@\(number)")
    #expect(result.status == 65 && result.errors == "", "\(result.errors)")
    #expect(result.output.hasPrefix("digits@\(number): not reproduced\n"), "\(result.output)")
    for words in [
      "first differ at iteration 4 (epoch 2)", "recorded cost  \(other)\n", "cost now       \(was)\n", "--to-the-end",
      "nnscore \(try await workspace.succeed("--version").output.trimmingCharacters(in: .whitespacesAndNewlines))",
    ] {
      #expect(result.output.contains(words), "\(words) is missing in: \(result.output)")
    }
    let document = try await workspace.run("reproduce", "digits@\(number)", "--json")
    let json = try document.json
    #expect(document.output.contains("\"recorded\" : \(other)"), "\(document.output)")
    #expect(json["iterations"]["made"].integer == 5 && json["parameters"] == .null && json["digest_now"] == .null)

    let whole = try await workspace.run("reproduce", "digits@\(number)", "--to-the-end")
    #expect(whole.status == 65)
    #expect(whole.output.contains("parameters are reproduced to the bit, but not the costs"), "\(whole.output)")
    #expect(whole.output.contains("first differ at iteration 4 (epoch 2)"), "\(whole.output)")
  }

  @Test("other hyperparameters than those that made a version: a seed, a rate, more and fewer iterations")
  func otherTraining() async throws {
    try await train("--iterations", "6", "--hidden", "5", "--seed", "7")
    func change(_ change: (inout Hyperparameters) -> Void) throws -> Int {
      try registerAgain { draft in
        guard var hyperparameters = draft.hyperparameters as? Hyperparameters else { return }
        change(&hyperparameters)
        draft.hyperparameters = hyperparameters
      }
    }
    for (number, iteration) in [
      (try change { $0.seed = 8 }, 0), (try change { $0.learningRate *= 2 }, 1), (try change { $0.iterations = 9 }, 6),
      (try change { $0.iterations = 2 }, 2),
    ] {
      let document = try await workspace.run("reproduce", "digits@\(number)", "--to-the-end", "--json").json
      #expect(document["first_cost_difference"]["iteration"].integer == iteration)
      #expect(document["reproduced"].bool == false && document["digest_now"] != document["digest"])
      #expect((document["parameters"]["maximum_difference"].double ?? 0) > 0)
    }
    // What only the last update makes is in no cost.
    let rounded = try registerAgain { $0.parameters.layers[1].bias[3] += 0.5 }
    let result = try await workspace.run("reproduce", "digits@\(rounded)")
    #expect(result.status == 65 && result.output.contains("all 6 equal"), "\(result.output)")
    #expect(result.output.contains("1 of 385 differ, at most by 0.5 (layers.1.bias)"), "\(result.output)")
  }

  @Test("other data is refused with both fingerprints, before any training")
  func otherData() async throws {
    try await train("--validation", Examples.test, "--epochs", "2", "--batch-size", "500", "--early-stopping", "1")
    let lineage = try await workspace.succeed("show", "digits@1", "--json").json["lineage"]
    let training = try #require(lineage["training"]["fingerprint"].string)
    let validation = try #require(lineage["validation"]["fingerprint"].string)
    let data = try await workspace.run("reproduce", "digits@1", "--data", Examples.test)
    #expect(data.status == 65 && data.output == "")
    for words in [Examples.test, training, validation, "1,437 examples"] {
      #expect(data.errors.contains(words), "\(data.errors)")
    }
    let other = try await workspace.run("reproduce", "digits@1", "--validation", Examples.training)
    #expect(other.status == 65 && other.errors.contains("was validated on \(validation)"), "\(other.errors)")
    let missing = try await workspace.run("reproduce", "digits@1", "--data", "nowhere")
    #expect(missing.status == 66 && missing.errors.contains("say by --data where the set is"), "\(missing.errors)")
    try await train("--iterations", "2")
    let none = try await workspace.run("reproduce", "digits@2", "--validation", Examples.test)
    #expect(none.status == 65 && none.errors.contains("trained without a validation set"), "\(none.errors)")
  }

  @Test("versions that were not trained from what is recorded are refused")
  func notRepeatable() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.succeed("export", "tiny@1", "start.safetensors")
    try await workspace.succeed("quantize", "tiny@1", "--calibrate", "set", "--tolerance", "1")
    try await workspace.succeed("import", "start.safetensors", "other")
    for (version, word) in [("tiny@2", "quantized"), ("other@1", "not trained by nnscore")] {
      let result = try await workspace.run("reproduce", version)
      #expect(result.status == 65 && result.output == "", "\(version)")
      #expect(result.errors.contains(version) && result.errors.contains(word), "\(result.errors)")
    }
    let unknown = try await workspace.run("reproduce", "tiny@9")
    #expect(unknown.status == 66)
  }

  @Test("Ctrl-C ends it with one line and exit code 130")
  func interrupted() async throws {
    try await train("--iterations", "2", "--hidden", "40", "--seed", "7")
    let number = try registerAgain { draft in
      draft.hyperparameters = Hyperparameters(hidden: [40], iterations: 1_000_000, seed: 7)
    }
    let command = try workspace.start(["reproduce", "digits@\(number)", "--to-the-end"])
    try await command.interrupt()
    let result = try await command.result()
    #expect(result.status == 130 && !result.wasKilled && result.output == "", "\(result.status) \(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
  }

  @Test(
    "its documents are what the schema says",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schema() async throws {
    try await train("--iterations", "3", "--hidden", "5", "--seed", "7")
    var check = SchemaCheck()
    check.add("reproduce", try await workspace.succeed("reproduce", "digits@1", "--json").output)
    let number = try registerAgain { $0.costs[1] += 1 }
    check.add("reproduce", try await workspace.run("reproduce", "digits@\(number)", "--json").output)
    let longer = try registerAgain { $0.costs.removeLast() }
    check.add("reproduce", try await workspace.run("reproduce", "digits@\(longer)", "--to-the-end", "--json").output)
    try await check.run(in: workspace)
  }
}
