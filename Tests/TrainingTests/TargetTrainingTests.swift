import Inference
import Testing
import Training

@Suite("Training on independent labels and on quantities")
struct TargetTrainingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let task: PredictionTask
    let outputs: Int
    let precision: Precision

    var testDescription: String { "\(task) of \(outputs) in \(precision)" }
  }

  static let cases = [PredictionTask.multilabel, .regression].flatMap { task in
    [1, 3].flatMap { outputs in Precision.allCases.map { Case(task: task, outputs: outputs, precision: $0) } }
  }

  private func trainer(_ example: Case, threads: Int = 1, early: Bool = false) throws -> Trainer {
    var hyperparameters = Hyperparameters(
      hidden: [24], learningRate: 0.01, epochs: 40, batchSize: 32, seed: 5, precision: example.precision,
      optimizer: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8))
    hyperparameters.dropout = early ? [0.1] : []
    hyperparameters.earlyStopping = early ? 3 : nil
    return try Trainer(
      hyperparameters, inputFormat: InputFormat(height: 1, width: 6, channels: 1),
      data: syntheticData(count: 300, features: 6, example.task, outputs: example.outputs, seed: 1),
      validation: syntheticData(count: 100, features: 6, example.task, outputs: example.outputs, seed: 2),
      threads: threads)
  }

  private func bits(_ parameters: Parameters) -> [UInt32] {
    parameters.layers.flatMap { ($0.weight + $0.bias).map(\.bitPattern) }
  }

  @Test("The network learns, and answers as it was measured", arguments: cases)
  func learns(_ example: Case) throws {
    let trainer = try trainer(example, threads: 2)
    let result = try trainer.run()
    let last = try #require(result.architecture.layers.last)
    #expect(last.activation == (example.task == .multilabel ? .sigmoid : .linear) && last.outputs == example.outputs)
    let validation = try #require(result.validation)
    if example.task == .multilabel {
      #expect(validation.labelAccuracy > 0.85, "\(validation.labelAccuracy)")
      #expect(validation.labels.allSatisfy { $0.areaUnderROC ?? 0 > 0.9 })
    } else {
      #expect(validation.determination > 0.9, "\(validation.determination)")
    }
    // What the trainer says of the result is what the model's scores say, held against the targets from outside.
    let data = try #require(trainer.validation as? TrainingData)
    let model = try Model(
      architecture: result.architecture, parameters: result.parameters, inputFormat: trainer.inputFormat,
      labels: (0..<example.outputs).map { "output \($0)" }, identity: Model.Identity(name: "m", number: 1, digest: ""))
    #expect(PredictionTask(model) == example.task)
    var scorer = Scorer(try PackedModel(model))
    let scored = try Evaluation(scores: scorer.scores(of: data.pixels), targets: data.targets)
    #expect(scored.labels == validation.labels && scored.quantities == validation.quantities)
    #expect(scored.correct == validation.correct)
    #expect(abs(scored.cost - validation.cost) <= 1e-5 * max(1, validation.cost))
    for threads in [1, 3] {
      #expect(try Evaluation(of: model, on: data, threads: threads) == validation)
      #expect(try Evaluation(of: model, on: RecordingDataset(data), threads: threads) == validation)
    }
  }

  @Test("The first cost is that of the parameters at the start, to the last bit in float32")
  func firstCost() throws {
    for task in [PredictionTask.multilabel, .regression] {
      let data = try syntheticData(count: 40, features: 6, task, outputs: 2, seed: 3)
      let format = try InputFormat(height: 1, width: 6, channels: 1)
      let result = try Trainer(
        Hyperparameters(learningRate: 1e-30, iterations: 2, seed: 1), inputFormat: format, data: data, threads: 1
      ).run()
      // At zeros, and so small a rate that nothing changes what 32 bits hold of the bias.
      #expect(result.costs[0] == result.costs[1])
      #expect(result.training.cost == result.costs[0])
      if task == .multilabel { #expect(abs(result.costs[0] - 2 * 0.6931471805599453) < 1e-12) }
    }
  }

  @Test("The bits do not depend on threads, and a measurement is of the epoch", arguments: cases)
  func threads(_ example: Case) throws {
    let first = try trainer(example).run()
    for threads in [2, 8] {
      let other = try trainer(example, threads: threads).run()
      #expect(bits(other.parameters) == bits(first.parameters))
      #expect(other.costs == first.costs && other.measurements == first.measurements)
    }
    let measurement = try #require(first.measurements.last)
    #expect(measurement.training.count == 300 && measurement.validation?.count == 100)
    #expect(measurement.training.labels.count == (example.task == .multilabel ? example.outputs : 0))
    #expect(measurement.training.quantities.count == (example.task == .regression ? example.outputs : 0))
    // The cost of the epoch by its losses, and by its outputs.
    let byOutputs =
      example.task == .regression
      ? measurement.training.rootMeanSquaredError * measurement.training.rootMeanSquaredError : nil
    if let byOutputs { #expect(abs(measurement.training.cost - byOutputs) <= 1e-5 * byOutputs) }
  }

  @Test("A run that goes on from a checkpoint has the bits of one that was never stopped", arguments: cases)
  func checkpoints(_ example: Case) throws {
    let whole = try trainer(example, early: true).run()
    for stop in [1, 47] {
      var kept: TrainingCheckpoint?
      let cancellation = Cancellation()
      let error = trainingError {
        _ = try trainer(example, early: true).run(
          cancellation: cancellation, checkpoints: CheckpointPolicy { kept = $0 }
        ) { if $0.iteration == stop - 1 { cancellation.cancel() } }
      }
      #expect(error?.code == .cancelled)
      let checkpoint = try TrainingCheckpoint(bytes: try #require(kept).bytes)
      let rest = try trainer(example, threads: 2, early: true).run(resuming: checkpoint)
      #expect(bits(rest.parameters) == bits(whole.parameters))
      #expect(rest.costs == whole.costs && rest.measurements == whole.measurements)
    }
  }

  @Test("A checkpoint of another task or number of outputs is refused")
  func otherCheckpoint() throws {
    func checkpoint(_ example: Case) throws -> TrainingCheckpoint {
      var kept: TrainingCheckpoint?
      let cancellation = Cancellation()
      _ = trainingError {
        _ = try trainer(example).run(cancellation: cancellation, checkpoints: CheckpointPolicy { kept = $0 }) {
          if $0.iteration == 20 { cancellation.cancel() }
        }
      }
      return try #require(kept)
    }
    let labels = Case(task: .multilabel, outputs: 3, precision: .float32)
    for other in [
      Case(task: .regression, outputs: 3, precision: .float32),
      Case(task: .multilabel, outputs: 1, precision: .float32),
    ] {
      let foreign = try checkpoint(other)
      #expect(trainingError { _ = try trainer(labels).run(resuming: foreign) }?.code == .invalidCheckpoint)
    }
  }

  private func refusal(
    _ targets: TrainingTargets, _ change: (inout Hyperparameters) -> Void = { _ in },
    architecture: Architecture? = nil
  ) throws -> String {
    var hyperparameters = Hyperparameters(iterations: 1, seed: 1)
    change(&hyperparameters)
    let format = try InputFormat(height: 1, width: 1, channels: 1)
    let error = trainingError {
      let data = try TrainingData(pixels: [1, 2], features: 1, targets: targets)
      _ = try Trainer(hyperparameters, inputFormat: format, data: data, architecture: architecture)
    }
    return error.map { "\($0.code): \($0.message)" } ?? "none"
  }

  @Test("Targets that cannot be are refused with their row")
  func badTargets() throws {
    #expect(
      try refusal(.labels([0, 1, 2, 0], count: 2)) == "invalidLabels: row 1 has 2.0 for label 0; expected 0 or 1")
    #expect(
      try refusal(.quantities([0, .nan], count: 1))
        == "invalidLabels: row 1 has nan for quantity 0; expected a finite number")
    #expect(
      try refusal(.labels([0, 1, 1], count: 2))
        == "invalidLabels: there are 3 values, which is no whole number of rows of 2 labels")
    #expect(try refusal(.labels([0, 1], count: 0)) == "invalidLabels: the data has 0 labels; expected 1 to 4096")
    #expect(try refusal(.quantities([], count: 1)).hasPrefix("invalidData: the data has no examples"))
    #expect(try refusal(.labels([0, 1, 0, 1], count: 2)).hasPrefix("oneClassOnly: all 2 examples"))
    #expect(try refusal(.quantities([0.5, 0.5], count: 1)).hasPrefix("oneClassOnly: all 2 examples"))
  }

  @Test("What is for classes only is refused")
  func classesOnly() throws {
    #expect(
      try refusal(.labels([0, 1], count: 1)) { $0.classWeights = .balanced }
        == "invalidHyperparameter: class weights are for classes, and the data has labels; leave them out")
    #expect(
      try refusal(.quantities([0, 1], count: 1)) { $0.labelSmoothing = 0.1 }
        == "invalidHyperparameter: label smoothing is for classes and labels, and the data has quantities; leave it out"
    )
    #expect(try refusal(.labels([0, 1], count: 1)) { $0.labelSmoothing = 0.1 } == "none")
  }

  @Test("A network that answers something else is refused")
  func otherNetwork() throws {
    let labels = try Architecture(inputs: 1, hidden: [], activation: .relu, task: .multilabel, count: 2)
    #expect(
      try refusal(.quantities([0, 1, 1, 0], count: 2), architecture: labels)
        == "unsupported: the last layer has 2 outputs with sigmoid; quantities need one linear output each")
    #expect(
      try refusal(.labels([0, 1], count: 1), architecture: labels)
        == "shapeMismatch: the last layer (2 × sigmoid) has 2 labels; the data has 1")
  }
}
