import Foundation
import Testing

@Suite("The options of train")
struct TrainingOptionsTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func train(_ arguments: String...) async throws -> JSON {
    let command = try workspace.start(
      [
        "train", "digits", "--data", Examples.training, "--validation", Examples.test, "--seed", "1", "--json",
      ] + arguments)
    let result = try await command.result()
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return try result.json
  }

  @Test("everything that can be asked for is recorded with the version")
  func recorded() async throws {
    let report = try await train(
      "--hidden", "16,12", "--optimizer", "adamw", "--learning-rate", "0.002", "--beta1", "0.8", "--beta2", "0.99",
      "--epsilon", "1e-7", "--weight-decay", "0.05", "--batch-size", "100", "--epochs", "4", "--schedule", "step",
      "--schedule-factor", "0.5", "--schedule-every", "2", "--warmup", "5", "--l2", "0.0001", "--dropout", "0.1,0.2",
      "--label-smoothing", "0.1", "--clip-norm", "2", "--class-weights", "1,1,1,1,1,1,1,1,1,2", "--early-stopping",
      "3", "--measure-every", "2")
    #expect(report["iterations"].integer == 60)
    #expect(report["epochs"].integer == 4)
    #expect((1...4).contains(report["epoch"].integer ?? 0))
    #expect(report["stopped_early"].bool == false)
    let recorded = try await workspace.succeed("show", "digits@1", "--json").json["hyperparameters"]
    let expected = try JSON(
      """
      {"activation": "relu", "batch_size": 100, "beta1": 0.8, "beta2": 0.99, "class_weights": [1,1,1,1,1,1,1,1,1,2],
       "clip_norm": 2, "dropout": [0.1, 0.2], "early_stopping": 3, "epochs": 4, "epsilon": 1e-7, "hidden": [16, 12],
       "initialization": "he", "l2": 0.0001, "label_smoothing": 0.1, "learning_rate": 0.002, "measure_every": 2,
       "optimizer": "adamw", "precision": "float32", "schedule": "step", "schedule_every": 2, "schedule_factor": 0.5,
       "seed": 1, "warmup": 5, "weight_decay": 0.05}
      """)
    #expect(recorded == expected)
  }

  @Test("mini-batches by Adam find nearly all digits in a few epochs")
  func adam() async throws {
    let report = try await train(
      "--hidden", "64", "--optimizer", "adam", "--learning-rate", "0.003", "--batch-size", "32", "--epochs", "12",
      "--class-weights", "balanced", "--normalize")
    #expect((report["accuracy"]["validation"].double ?? 0) > 0.95)
  }

  @Test("early stopping ends a run and says which epoch it took")
  func earlyStopping() async throws {
    let arguments = [
      "train", "digits", "--data", Examples.training, "--validation", Examples.test, "--seed", "1", "--hidden", "32",
      "--learning-rate", "0.05", "--optimizer", "adam", "--batch-size", "64", "--epochs", "60", "--early-stopping", "2",
    ]
    let report = try await workspace.start(arguments + ["--json"]).result().json
    let epoch = try #require(report["epoch"].integer)
    #expect(report["stopped_early"].bool == true)
    #expect(report["epochs"].integer == epoch + 2)
    #expect(report["iterations"].integer == (epoch + 2) * 23)
    // The version says whose parameters it has.
    let shown = try await workspace.succeed("show", "digits@1", "--json").json
    #expect(shown["metrics"]["best_epoch"].double == Double(epoch))
    let text = try await workspace.start(arguments).result().output
    #expect(text.contains("\nepoch     \(epoch) of \(epoch + 2), stopped early\n"), "\(text)")
  }

  @Test("--normalize puts mean and deviation of the training set into the input format, exactly")
  func normalization() async throws {
    // Two values in one channel: the mean of 10 and 30 is 20, their deviation 10.
    let training = try workspace.idx("train-images-idx3-ubyte", rows: [[10, 30], [30, 10]])
    try workspace.labels("train-labels-idx1-ubyte", [0, 1])
    try await workspace.succeed("train", "tiny", "--data", training, "--iterations", "3", "--normalize")
    let text = try await workspace.succeed("show", "tiny@1").output
    #expect(text.contains(#/\nmean +0.07843\n/#) && text.contains(#/\ndeviation +0.03922\n/#), "\(text)")
    // What is the same in all pictures is not divided by 0.
    let flat = try workspace.idx("flat-images-idx3-ubyte", rows: [[7, 7], [7, 7]])
    try workspace.labels("flat-labels-idx1-ubyte", [0, 1])
    try await workspace.succeed("train", "flat", "--data", flat, "--iterations", "3", "--normalize")
    let shown = try await workspace.succeed("show", "flat@1").output
    #expect(shown.contains(#/\nmean +0.02745\n/#) && !shown.contains(#/\ndeviation +0/#), "\(shown)")
    let refused = try await workspace.run("train", "tiny", "--data", training, "--from", "tiny@1", "--normalize")
    #expect(refused.status == 64 && refused.errors.contains("--normalize: --from takes"), "\(refused.errors)")
  }

  @Test(
    "what is wrong is put down to its flag",
    arguments: [
      ["--epochs", "0"], ["--batch-size", "0"], ["--optimizer", "adagrad"], ["--momentum", "0.9"],
      ["--optimizer", "momentum", "--momentum", "1"], ["--optimizer", "adam", "--weight-decay", "0.1"],
      ["--optimizer", "adam", "--beta1", "-0.1"], ["--optimizer", "rmsprop", "--beta2", "nan"],
      ["--optimizer", "adamw", "--epsilon", "0"], ["--clip-norm", "0"], ["--schedule", "linear"],
      ["--schedule-factor", "0.5"], ["--schedule", "cosine", "--schedule-factor", "2"],
      ["--schedule", "step", "--schedule-every", "0"], ["--schedule", "cosine", "--schedule-every", "3"],
      ["--warmup", "-1"], ["--l2", "-1"], ["--dropout", "0.5"], ["--hidden", "4", "--dropout", "1"],
      ["--hidden", "4", "--dropout", "a"], ["--hidden", "4", "--dropout", "0.1,0.1"], ["--label-smoothing", "1"],
      ["--class-weights", "0,1"], ["--class-weights", "even"], ["--class-weights", "1,2,3"], ["--early-stopping", "1"],
      ["--measure-every", "0"], ["--shift", "-1"], ["--rotation", "90"], ["--brightness", "2"],
      ["--iterations", "3", "--epochs", "3"], ["--learning-rate", "0"], ["--epochs", "x"],
    ])
  func refused(arguments: [String]) async throws {
    let set = try workspace.classFolders()
    let result = try await workspace.start(["train", "tiny", "--data", set] + arguments).result()
    let flag = arguments[arguments.count - 2]
    #expect(result.status == 64 && result.output == "", "\(arguments)")
    #expect(result.errors.contains(flag), "\(result.errors)")
    #expect(result.errors.contains("Usage: nnscore train"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: workspace.store))
  }

  @Test("early stopping needs a validation set, and takes one")
  func earlyStoppingNeedsValidation() async throws {
    let set = try workspace.classFolders()
    let result = try await workspace.run("train", "tiny", "--data", set, "--early-stopping", "2")
    #expect(result.status == 64)
    #expect(result.errors.contains("--early-stopping: it watches the cost on a validation set"), "\(result.errors)")
  }
}
