import Foundation
import Inference
import Testing
import Training

@Suite("Trainer")
struct TrainerTests {
  private static func format(_ features: Int = 12) throws -> InputFormat {
    try InputFormat(height: 1, width: features, channels: 1)
  }

  private func refused(
    _ hyperparameters: Hyperparameters = Hyperparameters(), format: InputFormat? = nil, data: TrainingData? = nil,
    validation: TrainingData? = nil, architecture: Architecture? = nil, start: DoubleParameters? = nil, threads: Int = 1
  ) -> TrainingError? {
    trainingError {
      _ = try Trainer(
        hyperparameters, inputFormat: format ?? Self.format(),
        data: data ?? syntheticData(count: 10, features: 12, classes: 2, seed: 1), validation: validation,
        architecture: architecture, start: start, threads: threads)
    }
  }

  @Test("Training brings the cost down and finds the classes", arguments: [2, 5], [[], [16], [12, 8]])
  func learns(_ classes: Int, _ hidden: [Int]) throws {
    let data = try syntheticData(count: 120, features: 12, classes: classes, seed: 3)
    let test = try syntheticData(count: 60, features: 12, classes: classes, seed: 4)
    let hyperparameters = Hyperparameters(
      hidden: hidden, activation: .tanh, learningRate: 0.5, iterations: 600, seed: 1)
    let result = try Trainer(hyperparameters, inputFormat: Self.format(), data: data, validation: test).run()
    #expect(result.costs.count == 600)
    #expect(try #require(result.costs.last) < 0.7 * result.costs[0])
    #expect(result.training.cost < 0.7 * result.costs[0])
    // Chance finds one in as many as there are classes.
    #expect(result.trainingAccuracy > 1.5 / Double(classes))
    #expect(try #require(result.validationAccuracy) > 1.25 / Double(classes))
    #expect(result.training.count == 120)
    #expect(result.doubleParameters == nil)
    #expect(result.seconds > 0)
    try result.parameters.validate(against: result.architecture)
  }

  @Test("Progress comes at every iteration with the cost that the history keeps")
  func progress() throws {
    let data = try syntheticData(count: 10, features: 12, classes: 2, seed: 1)
    var seen: [TrainingProgress] = []
    let result = try Trainer(Hyperparameters(iterations: 7), inputFormat: Self.format(), data: data)
      .run { seen.append($0) }
    #expect(seen.map(\.iteration) == Array(0..<7))
    #expect(seen.allSatisfy { $0.iterations == 7 })
    #expect(seen.map(\.cost) == result.costs)
  }

  @Test("From zeros the first cost of two classes is log 2")
  func firstCost() throws {
    let data = try syntheticData(count: 10, features: 12, classes: 2, seed: 1)
    let result = try Trainer(
      Hyperparameters(iterations: 1, precision: .float64), inputFormat: Self.format(), data: data
    ).run()
    #expect(abs(result.costs[0] - 0.6931471805599453) < 1e-15)
  }

  @Test("One class only is refused, with the class")
  func oneClass() throws {
    let data = try TrainingData(
      pixels: [UInt8](repeating: 3, count: 24), features: 12, labels: [1, 1], classCount: 2)
    let error = refused(data: data)
    #expect(error?.code == .oneClassOnly)
    #expect(error?.message.contains("all 2 examples of the training set are of class 1") == true)
    // Validation may well be of one class.
    #expect(refused(validation: data) == nil)
  }

  @Test("Hyperparameters are checked before anything runs")
  func hyperparameters() {
    #expect(refused(Hyperparameters(learningRate: -1))?.code == .invalidHyperparameter)
    #expect(refused(threads: 0)?.code == .invalidHyperparameter)
    #expect(refused(threads: Int.min)?.code == .invalidHyperparameter)
    #expect(refused(threads: Int.max) == nil)
  }

  @Test("Rows, input format, classes and network must fit each other")
  func shapes() throws {
    #expect(refused(format: try Self.format(11))?.code == .shapeMismatch)
    let other = try syntheticData(count: 10, features: 6, classes: 2, seed: 1)
    #expect(refused(validation: other)?.code == .shapeMismatch)
    let three = try syntheticData(count: 10, features: 12, classes: 3, seed: 1)
    #expect(refused(validation: three)?.code == .shapeMismatch)
    let narrow = try Architecture(inputs: 6, hidden: [], activation: .relu, classCount: 2)
    #expect(refused(architecture: narrow)?.code == .shapeMismatch)
  }

  @Test("What cannot be trained is refused: linear outputs, rows of floats")
  func unsupported() throws {
    let linear = try Architecture(inputs: 12, layers: [.init(outputs: 2, activation: .linear)])
    #expect(refused(architecture: linear)?.code == .unsupported)
    let floats = try InputFormat(elementType: .float32, height: 1, width: 12, channels: 1)
    #expect(refused(format: floats)?.code == .unsupported)
  }

  @Test("A network may be given, and two classes may have a softmax")
  func givenArchitecture() throws {
    let architecture = try Architecture(
      inputs: 12, layers: [.init(outputs: 4, activation: .tanh), .init(outputs: 2, activation: .softmax)])
    let data = try syntheticData(count: 10, features: 12, classes: 2, seed: 1)
    let result = try Trainer(
      Hyperparameters(iterations: 3, initialization: .xavier), inputFormat: Self.format(), data: data,
      architecture: architecture
    ).run()
    #expect(result.hyperparameters.hidden == [4])
    #expect(result.hyperparameters.activation == .tanh)
    #expect(result.training.confusion.flatMap { $0 }.reduce(0, +) == 10)
  }

  @Test("Starting parameters must have the network's shapes and be finite in the run's precision")
  func start() throws {
    func parameters(_ weights: Int, _ biases: Int, value: Double = 0.5) -> DoubleParameters {
      DoubleParameters(
        layers: [
          .init(weight: [Double](repeating: value, count: weights), bias: [Double](repeating: 0, count: biases))
        ])
    }
    #expect(refused(start: parameters(12, 1)) == nil)
    #expect(refused(start: parameters(11, 1))?.message.contains("layers.0.weight") == true)
    #expect(refused(start: parameters(11, 1))?.code == .shapeMismatch)
    #expect(refused(start: parameters(12, 2))?.message.contains("layers.0.bias") == true)
    #expect(refused(start: DoubleParameters(layers: []))?.code == .shapeMismatch)
    #expect(refused(start: parameters(12, 1, value: .nan))?.code == .invalidInitialization)
    #expect(refused(start: parameters(12, 1, value: 1e300))?.code == .invalidInitialization)
    #expect(refused(Hyperparameters(precision: .float64), start: parameters(12, 1, value: 1e300)) == nil)
  }

  @Test("Without an initialisation there must be parameters to begin from")
  func neither() {
    var hyperparameters = Hyperparameters()
    hyperparameters.initialization = nil
    #expect(refused(hyperparameters)?.code == .invalidInitialization)
  }

  @Test(
    "A cost that becomes NaN or infinite ends the run: iteration, last cost, what to try", arguments: Precision.allCases
  )
  func divergence(_ precision: Precision) throws {
    let data = try syntheticData(count: 20, features: 12, classes: 3, seed: 2)
    // So large that a product of two layers' weights leaves the range of the precision after one update.
    let rate = precision == .float32 ? 1e30 : 1e200
    let hyperparameters = Hyperparameters(
      hidden: [8, 8], learningRate: rate, iterations: 1000, initialization: .he, seed: 1, precision: precision)
    var last: TrainingProgress?
    let trainer = try Trainer(hyperparameters, inputFormat: Self.format(), data: data)
    let error = trainingError { _ = try trainer.run { last = $0 } }
    #expect(error?.code == .diverged)
    let progress = try #require(last)
    #expect(error?.iteration == progress.iteration + 1)
    let message = try #require(error?.message)
    #expect(message.contains("at iteration \(progress.iteration + 1)"))
    #expect(message.contains("last finite cost was \(progress.cost)"))
    #expect(message.contains("learning rate below"))
    #expect(message.contains("another initialisation than he"))
  }

  @Test("An update that leaves 32 bits after the last cost is a divergence too")
  func lastUpdate() throws {
    let data = try syntheticData(count: 20, features: 12, classes: 2, seed: 2)
    let trainer = try Trainer(
      Hyperparameters(learningRate: 1e42, iterations: 1, precision: .float64), inputFormat: Self.format(), data: data)
    let error = trainingError { _ = try trainer.run() }
    #expect(error?.code == .diverged)
    #expect(error?.iteration == 0)
    #expect(error?.message.contains("not finite numbers in 32 bits") == true)
  }

  @Test("A cost that only the last update makes infinite is a divergence with that iteration, and no result")
  func lastCost() throws {
    let data = try syntheticData(count: 20, features: 12, classes: 2, seed: 2)
    // The parameters stay finite; the product of two layers' does not.
    let trainer = try Trainer(
      Hyperparameters(hidden: [4], learningRate: 1e30, iterations: 1, initialization: .he, seed: 1),
      inputFormat: Self.format(), data: data)
    let error = trainingError { _ = try trainer.run() }
    #expect(error?.code == .diverged)
    #expect(error?.iteration == 0)
    let message = try #require(error?.message)
    #expect(message.contains("at iteration 0 the update took the cost to"), "\(message)")
    #expect(message.contains("the last finite cost was 0."), "\(message)")
    #expect(message.contains("a learning rate below 1e+30, such as 0.1"), "\(message)")
  }

  @Test("Before any update the learning rate is not blamed, but what the run began from")
  func firstCostDiverges() throws {
    let data = try syntheticData(count: 20, features: 12, classes: 2, seed: 2)
    let drawn = try Trainer(
      Hyperparameters(hidden: [4, 4], iterations: 5, initialization: .normal(standardDeviation: 1e20), seed: 1),
      inputFormat: Self.format(), data: data)
    let given = try Trainer(
      Hyperparameters(iterations: 5), inputFormat: Self.format(), data: data,
      start: DoubleParameters(layers: [.init(weight: [Double](repeating: 3e38, count: 12), bias: [0])]))
    for (trainer, remedy) in [
      (drawn, "try another initialisation than normal:1e+20"), (given, "try other parameters to begin from"),
    ] {
      let error = trainingError { _ = try trainer.run() }
      #expect(error?.code == .diverged && error?.iteration == 0)
      let message = try #require(error?.message)
      #expect(message.hasSuffix("; \(remedy)"), "\(message)")
      #expect(!message.contains("learning rate"), "\(message)")
    }
  }

  @Test("A validation cost that is not finite is a result all the same: its examples are not those of the training")
  func validationCost() throws {
    // Two pixels that are always 0 in training, with weights whose sum leaves 32 bits where both are 255.
    let data = try TrainingData(pixels: [0, 0, 10, 0, 0, 200], features: 3, labels: [0, 1], classCount: 2)
    let other = try TrainingData(pixels: [255, 255, 10, 0, 0, 200], features: 3, labels: [0, 1], classCount: 2)
    let result = try Trainer(
      Hyperparameters(iterations: 2), inputFormat: Self.format(3), data: data, validation: other,
      start: DoubleParameters(layers: [.init(weight: [3e38, 3e38, 0], bias: [0])])
    ).run()
    #expect(result.training.cost.isFinite)
    #expect(result.validation?.cost == .infinity)
    #expect(result.validationAccuracy == 0.5)
  }

  @Test("A token ends the run cleanly before the next iteration")
  func cancellation() throws {
    let data = try syntheticData(count: 20, features: 12, classes: 2, seed: 2)
    let trainer = try Trainer(Hyperparameters(iterations: 1_000_000), inputFormat: Self.format(), data: data)
    let cancellation = Cancellation()
    let error = trainingError {
      _ = try trainer.run(cancellation: cancellation) { if $0.iteration == 4 { cancellation.cancel() } }
    }
    #expect(error?.code == .cancelled)
    #expect(error?.iteration == 5)
  }

  @Test("Cancelling the task ends the run", .timeLimit(.minutes(10)))
  func taskCancellation() async throws {
    let data = try syntheticData(count: 20, features: 12, classes: 2, seed: 2)
    let trainer = try Trainer(Hyperparameters(iterations: 100_000_000), inputFormat: Self.format(), data: data)
    let task = Task.detached { trainingError { _ = try trainer.run() } }
    try await Task.sleep(for: .milliseconds(20))
    task.cancel()
    #expect(await task.value?.code == .cancelled)
  }
}
