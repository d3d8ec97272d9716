import Inference
import Testing

@testable import Training

/// Properties of runs with mini-batches and everything that hyperparameters have.
@Suite("Whole runs")
struct WholeRunTests {
  private static let format = Result { try InputFormat(height: 1, width: 12, channels: 1) }

  private func hyperparameters(_ change: (inout Hyperparameters) -> Void = { _ in }) -> Hyperparameters {
    var hyperparameters = Hyperparameters(
      hidden: [8], activation: .tanh, learningRate: 0.05, epochs: 4, batchSize: 7, seed: 5)
    change(&hyperparameters)
    return hyperparameters
  }

  private func train(
    _ hyperparameters: Hyperparameters, on data: any TrainingDataset, validation: (any TrainingDataset)? = nil,
    start: DoubleParameters? = nil, threads: Int = 2
  ) throws -> TrainingResult {
    try Trainer(
      hyperparameters, inputFormat: Self.format.get(), data: data, validation: validation, start: start,
      threads: threads
    ).run()
  }

  // MARK: - The same bits

  /// Costs, parameters and measurements of a run on some kernels.
  private func bits<Element: TrainingElement>(
    _ type: Element.Type, _ hyperparameters: Hyperparameters, area: Int, instructionSet: InstructionSet, threads: Int
  ) throws -> [Double] {
    let format = try normalisedFormat(area: area)
    let trainer = try Trainer(
      hyperparameters, inputFormat: format,
      data: syntheticData(count: 301, features: format.features, classes: 3, seed: 8),
      validation: syntheticData(count: 40, features: format.features, classes: 3, seed: 9), threads: threads)
    let run = TrainingRun<Element>(trainer, kernels: try #require(Kernels(instructionSet)))
    run.begin()
    while !run.isOver { try run.step { _ in } }
    let epoch = run.takeBest()
    var result = run.costs
    for measurement in run.measurements {
      result += [measurement.training.cost, measurement.training.accuracy, try #require(measurement.validation).cost]
    }
    result.append(Double(epoch))
    return result + run.network.parameters.array.map { Double($0) }
  }

  static let sets: [(InstructionSet, Int)] = supportedInstructionSets.flatMap { set in [1, 2, 3, 8].map { (set, $0) } }

  @Test(
    "Mini-batches, dropout, optimisers and regularisers have the same bits on any instruction set and number of threads",
    arguments: [true, false])
  func sameBits(isWide: Bool) throws {
    // Wide enough that all phases are shared, in batches of more than a block of the kernels' sums; or small, in many steps.
    let value = hyperparameters {
      $0.hidden = isWide ? [99, 183, 35] : [13, 9]
      $0.activation = isWide ? .relu : .sigmoid
      $0.batchSize = isWide ? 290 : 32
      $0.epochs = 2
      $0.optimizer = isWide ? .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8) : .nesterov(0.9)
      $0.schedule = Schedule(.cosine(factor: 0.1), warmup: 2)
      $0.l2 = 0.01
      $0.dropout = isWide ? [0.2, 0.4, 0.1] : [0.2, 0.4]
      $0.labelSmoothing = 0.1
      $0.clipNorm = 0.25
      $0.classWeights = .balanced
      $0.earlyStopping = 2
    }
    let area = isWide ? 333 : 9
    let floats = try bits(Float.self, value, area: area, instructionSet: .portable, threads: 1)
    let doubles = try bits(Double.self, value, area: area, instructionSet: .portable, threads: 1)
    #expect(floats != doubles && floats.allSatisfy(\.isFinite))
    for (set, threads) in Self.sets {
      #expect(
        try bits(Float.self, value, area: area, instructionSet: set, threads: threads) == floats,
        "\(set), \(threads) threads")
      #expect(
        try bits(Double.self, value, area: area, instructionSet: set, threads: threads) == doubles,
        "\(set), \(threads) threads")
    }
  }

  // MARK: - Batches

  @Test("Batches as large as the set or larger are the whole set, and need no more", arguments: [40, 41, 1_000_000])
  func wholeBatches(_ batchSize: Int) throws {
    let data = try syntheticData(count: 40, features: 12, classes: 3, seed: 6)
    let whole = try train(hyperparameters { $0.batchSize = nil }, on: data)
    let large = try train(hyperparameters { $0.batchSize = batchSize }, on: data)
    #expect(large.parameters == whole.parameters && large.costs == whole.costs)
    #expect(large.measurements == whole.measurements)
    #expect(whole.costs.count == 4)
  }

  @Test("A step of a mini-batch is one on its examples alone, the last and smaller one as well")
  func steps() throws {
    let data = try syntheticData(count: 40, features: 12, classes: 4, seed: 6)
    let value = hyperparameters {
      $0.precision = .float64
      $0.epochs = 2
    }
    let run = try train(value, on: data)
    #expect(run.costs.count == 2 * 6)
    var parameters: DoubleParameters?
    var costs: [Double] = []
    var order = [Int](0..<40)
    for epoch in 0..<2 {
      ExampleOrder(count: 40, batchSize: 7, seed: 5).arrange(&order, epoch: epoch)
      for first in stride(from: 0, to: 40, by: 7) {
        let chosen = order[first..<min(40, first + 7)]
        let part = try TrainingData(
          pixels: chosen.flatMap { data.pixels[$0 * 12..<($0 + 1) * 12] }, features: 12,
          labels: chosen.map { data.labels[$0] }, classCount: 4)
        let step = hyperparameters {
          $0.precision = .float64
          $0.epochs = 1
          $0.batchSize = nil
        }
        let result = try train(step, on: part, start: parameters)
        parameters = result.doubleParameters
        costs += result.costs
      }
    }
    #expect(parameters == run.doubleParameters)
    #expect(costs == run.costs)
  }

  @Test("Batches of one example make a step for each")
  func single() throws {
    let data = try syntheticData(count: 30, features: 12, classes: 2, seed: 6)
    let result = try train(hyperparameters { $0.batchSize = 1 }, on: data)
    #expect(result.costs.count == 4 * 30)
    #expect(result.measurements.map(\.iterations) == [30, 60, 90, 120])
    let again = try train(hyperparameters { $0.batchSize = 1 }, on: data, threads: 3)
    #expect(again.parameters == result.parameters)
  }

  // MARK: - Sets of one's own

  @Test("A set of one's own is read once an epoch, each example once, and gives the bits of the one in memory")
  func ownSet() throws {
    let data = try syntheticData(count: 40, features: 12, classes: 3, seed: 6)
    let other = try syntheticData(count: 20, features: 12, classes: 3, seed: 7)
    let own = RecordingDataset(data)
    let result = try train(hyperparameters { $0.dropout = [0.3] }, on: own, validation: RecordingDataset(other))
    let inMemory = try train(hyperparameters { $0.dropout = [0.3] }, on: data, validation: other)
    #expect(result.parameters == inMemory.parameters && result.costs == inMemory.costs)
    #expect(result.measurements == inMemory.measurements)
    #expect(result.training == inMemory.training && result.validation == inMemory.validation)
    let reads = own.reads.prefix(4 * 6)
    #expect(reads.map(\.count) == [7, 7, 7, 7, 7, 5, 7, 7, 7, 7, 7, 5, 7, 7, 7, 7, 7, 5, 7, 7, 7, 7, 7, 5])
    for epoch in 0..<4 { #expect(reads[epoch * 6..<epoch * 6 + 6].flatMap { $0 }.sorted() == Array(0..<40)) }
    // Then they are evaluated.
    #expect(Array(own.reads.dropFirst(24).joined()) == Array(0..<40))

    let whole = RecordingDataset(data)
    // So many steps that the rows are arranged for them.
    let atOnce = hyperparameters { ($0.batchSize, $0.epochs) = (nil, 12) }
    let first = try train(atOnce, on: whole)
    #expect(first.parameters == (try train(atOnce, on: data)).parameters)
    // What does not change is read once for all steps.
    #expect(whole.reads == [Array(0..<40), Array(0..<40)])
  }

  @Test("What a set of one's own throws ends the run as unreadable data, whenever it comes", arguments: [0, 1, 7, 24])
  func unreadable(after reads: Int) throws {
    let data = try syntheticData(count: 40, features: 12, classes: 3, seed: 6)
    let torn = RecordingDataset(data, failingWith: RecordingDataset.Failure(), after: reads)
    let error = trainingError { _ = try train(hyperparameters(), on: torn) }
    #expect(error?.code == .unreadableData)
    #expect(error?.message.contains("the tape is torn") == true)
    #expect(torn.reads.count == reads + 1)
    // An error of one's own choice passes as it is.
    let own = RecordingDataset(data, failingWith: TrainingError(.invalidData, "no such shard"), after: reads)
    #expect(trainingError { _ = try train(hyperparameters(), on: own) }?.message == "no such shard")
    let validation = RecordingDataset(data, failingWith: RecordingDataset.Failure())
    #expect(
      trainingError { _ = try train(hyperparameters(), on: data, validation: validation) }?.code == .unreadableData)
  }

  // MARK: - Measurements and early stopping

  @Test("Measurements come when they should, the last one always")
  func measurements() throws {
    let data = try syntheticData(count: 40, features: 12, classes: 3, seed: 6)
    let other = try syntheticData(count: 20, features: 12, classes: 3, seed: 7)
    func measured(_ change: (inout Hyperparameters) -> Void) throws -> [TrainingMeasurement] {
      try train(hyperparameters(change), on: data, validation: other).measurements
    }
    #expect(try measured { _ in }.map(\.epoch) == [1, 2, 3, 4])
    let third = try measured {
      $0.epochs = 10
      $0.measureEvery = 3
    }
    #expect(third.map(\.epoch) == [3, 6, 9, 10])
    #expect(third.map(\.iterations) == [18, 36, 54, 60])
    #expect(third.allSatisfy { $0.training.count == 40 && $0.validation?.count == 20 })
    // At most a hundred by default.
    let long = try measured {
      $0.epochs = 250
      $0.batchSize = nil
    }
    #expect(long.map(\.epoch) == Array(stride(from: 3, through: 249, by: 3)) + [250])
    // A run that ends within an epoch.
    let part = try measured {
      $0.epochs = nil
      $0.iterations = 8
      $0.schedule = Schedule(.step(factor: 0.5, every: 1))
    }
    #expect(part.map(\.epoch) == [1, 2])
    #expect(part.map(\.iterations) == [6, 8])
    #expect(part.map(\.training.count) == [40, 14])
    #expect(part.map(\.learningRate) == [0.05, 0.025])
    #expect(try measured { $0.measureEvery = 1000 }.map(\.epoch) == [4])
  }

  @Test("The cost of a measurement is the mean loss of the epoch's examples, without the penalty")
  func measuredCost() throws {
    let data = try syntheticData(count: 40, features: 12, classes: 3, seed: 6)
    let weights = [0.5, 2, 1]
    let value = hyperparameters {
      $0.precision = .float64
      $0.classWeights = .values(weights)
      $0.epochs = 1
    }
    let result = try train(value, on: data)
    var order = [Int](0..<40)
    ExampleOrder(count: 40, batchSize: 7, seed: 5).arrange(&order, epoch: 0)
    var (loss, total) = (0.0, 0.0)
    for (step, cost) in result.costs.enumerated() {
      let weight = order[step * 7..<min(40, step * 7 + 7)].reduce(0) { $0 + weights[data.labels[$1]] }
      loss += cost * weight
      total += weight
    }
    let measured = try #require(result.measurements.first)
    #expect(abs(measured.training.cost - loss / total) < 1e-12)
    // A rate so small that the penalty alone makes the difference.
    let still = hyperparameters {
      $0.learningRate = 1e-30
      $0.l2 = 0.5
      $0.batchSize = nil
    }
    let penalised = try train(still, on: data)
    let plain = try train(
      hyperparameters {
        $0.learningRate = 1e-30; $0.batchSize = nil
      }, on: data)
    #expect(penalised.measurements.map(\.training) == plain.measurements.map(\.training))
    let squares = plain.parameters.layers.flatMap(\.weight).reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(penalised.costs[0] - plain.costs[0] - 0.25 * squares) < 1e-12 * squares)
  }

  @Test(
    "Early stopping ends the run and takes the parameters of the least validation cost", arguments: Precision.allCases)
  func earlyStopping(_ precision: Precision) throws {
    // So many units for so few examples that they are learnt by heart.
    let data = try syntheticData(count: 20, features: 12, classes: 3, seed: 6)
    let other = try syntheticData(count: 40, features: 12, classes: 3, seed: 7)
    let value = hyperparameters {
      $0.precision = precision
      $0.hidden = [40]
      $0.optimizer = .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
      $0.learningRate = 0.02
      $0.epochs = 200
      $0.measureEvery = 2
      $0.earlyStopping = 4
    }
    let result = try train(value, on: data, validation: other)
    #expect(result.stoppedEarly)
    let costs = result.measurements.compactMap { $0.validation?.cost }
    let best = try #require(costs.indices.min { costs[$0] < costs[$1] })
    #expect(costs.count == best + 1 + 4)
    #expect(result.epoch == result.measurements[best].epoch)
    #expect(result.validation?.withoutConfusion == result.measurements[best].validation)
    // The same run without it, ended there.
    var shorter = value
    shorter.earlyStopping = nil
    shorter.epochs = result.epoch
    let same = try train(shorter, on: data, validation: other)
    #expect(same.parameters == result.parameters && same.doubleParameters == result.doubleParameters)
    #expect(same.costs == Array(result.costs[..<same.costs.count]))
    #expect(!same.stoppedEarly && same.epoch == result.epoch)
    // A run that ends first takes the least all the same.
    var patient = value
    patient.earlyStopping = 1000
    patient.epochs = result.epoch + 6
    let ended = try train(patient, on: data, validation: other)
    #expect(!ended.stoppedEarly && ended.epoch == result.epoch && ended.parameters == result.parameters)
    #expect(ended.costs.count == 3 * (result.epoch + 6))
  }

  @Test("Early stopping needs a validation set, class weights one for each class")
  func refusals() throws {
    let data = try syntheticData(count: 20, features: 12, classes: 3, seed: 6)
    for change: (inout Hyperparameters) -> Void in [
      { $0.earlyStopping = 3 }, { $0.classWeights = .values([1, 1]) }, { $0.classWeights = .values([1, 1, 1, 1]) },
    ] {
      #expect(trainingError { _ = try train(hyperparameters(change), on: data) }?.code == .invalidHyperparameter)
    }
    let endless = hyperparameters { $0.epochs = Int(UInt32.max) }
    let error = trainingError { _ = try train(endless, on: data) }
    #expect(error?.code == .invalidHyperparameter && error?.message.contains("more than 4294967295 iterations") == true)
  }

  // MARK: - Weights of classes

  @Test("A class of weight 2 counts as if its examples were there twice, balanced classes as if all had as many")
  func classWeights() throws {
    let data = try syntheticData(count: 30, features: 12, classes: 3, seed: 6)
    let rows = (0..<30).map { Array(data.pixels[$0 * 12..<($0 + 1) * 12]) }
    let twice = (0..<30).filter { data.labels[$0] == 1 }
    let doubled = try TrainingData(
      pixels: (rows + twice.map { rows[$0] }).flatMap { $0 }, features: 12,
      labels: data.labels + twice.map { _ in 1 }, classCount: 3)
    func run(_ data: TrainingData, _ weights: ClassWeights) throws -> [Double] {
      let value = hyperparameters {
        $0.precision = .float64
        $0.batchSize = nil
        $0.classWeights = weights
        $0.epochs = 20
      }
      let result = try train(value, on: data)
      return result.costs + (result.doubleParameters?.layers.flatMap { $0.weight + $0.bias } ?? [])
    }
    let weighted = try run(data, .values([1, 2, 1]))
    for (a, b) in zip(weighted, try run(doubled, .equal)) { #expect(abs(a - b) < 1e-12) }
    let counts = (0..<3).map { label in data.labels.count { $0 == label } }
    let balanced = try run(data, .balanced)
    for (a, b) in zip(balanced, try run(data, .values(counts.map { 1 / Double($0) }))) { #expect(abs(a - b) < 1e-12) }
    #expect(weighted != balanced)
  }
}
