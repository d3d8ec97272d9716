import Inference
import Testing

@testable import Training

@Suite("A run that goes on from a checkpoint has the bits of one that was never stopped")
struct CheckpointTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let optimizer: Optimizer
    let precision: Precision
    let batchSize: Int?

    var testDescription: String { "\(optimizer.name), \(precision), batch \(batchSize.map(String.init) ?? "all")" }
  }

  static let cases: [Case] = [
    Case(optimizer: .gradientDescent, precision: .float32, batchSize: nil),
    Case(optimizer: .momentum(0.9), precision: .float64, batchSize: 16),
    Case(optimizer: .rmsProp(beta2: 0.9, epsilon: 1e-8), precision: .float32, batchSize: 7),
    Case(
      optimizer: .adamW(beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1), precision: .float32, batchSize: 16),
  ]

  private static func trainer(
    _ example: Case, threads: Int = 1, features: Int = 20, earlyStopping: Int? = 2
  ) throws -> Trainer {
    let data = try syntheticData(count: 45, features: features, classes: 3, seed: 6)
    var hyperparameters = Hyperparameters(
      hidden: [8], learningRate: 0.02, epochs: 8, batchSize: example.batchSize, seed: 3, precision: example.precision,
      optimizer: example.optimizer, schedule: Schedule(.cosine(factor: 0.1), warmup: 3))
    hyperparameters.dropout = [0.2]
    hyperparameters.augmentation = Augmentation(flip: true, shift: 1)
    hyperparameters.earlyStopping = earlyStopping
    return try Trainer(
      hyperparameters, inputFormat: InputFormat(height: 1, width: features / 2, channels: 2), data: data,
      validation: syntheticData(count: 12, features: features, classes: 3, seed: 9), threads: threads)
  }

  /// Stops before the iteration `stop` and gives what was kept.
  private static func stopped(_ trainer: Trainer, at stop: Int, from start: TrainingCheckpoint? = nil) throws
    -> TrainingCheckpoint
  {
    let cancellation = Cancellation()
    var kept: TrainingCheckpoint?
    let error = trainingError {
      _ = try trainer.run(
        resuming: start, cancellation: cancellation, checkpoints: CheckpointPolicy { kept = $0 },
        progress: { if $0.iteration + 1 == stop { cancellation.cancel() } })
    }
    #expect(error?.code == .cancelled)
    return try #require(kept)
  }

  @Test("Stopped at any iteration, and twice", arguments: cases)
  func resumed(_ example: Case) throws {
    let trainer = try Self.trainer(example)
    let whole = try trainer.run()
    let steps = trainer.plan.iterations
    for stop in 1..<min(steps, whole.costs.count) where [1, 4, steps / 2, steps - 1].contains(stop) {
      let checkpoint = try Self.stopped(trainer, at: stop)
      #expect(checkpoint.iteration == stop)
      let again = try TrainingCheckpoint(bytes: checkpoint.bytes)
      #expect(again == checkpoint)
      var latest = again
      if stop + 2 < steps, whole.costs.count > stop + 2 {
        latest = try Self.stopped(trainer, at: stop + 2, from: again)
      }
      let result = try Self.trainer(example, threads: 2).run(resuming: latest)
      #expect(result.parameters == whole.parameters)
      #expect(result.costs == whole.costs)
      #expect(result.measurements == whole.measurements)
      #expect(result.epoch == whole.epoch && result.stoppedEarly == whole.stoppedEarly)
      #expect(result.training == whole.training && result.validation == whole.validation)
    }
  }

  @Test("Checkpoints are made as often as was asked for")
  func interval() throws {
    var iterations: [Int] = []
    _ = try Self.trainer(Self.cases[1]).run(
      checkpoints: CheckpointPolicy(every: .zero) { iterations.append($0.iteration) })
    #expect(iterations == Array(0..<iterations.count) && iterations.count > 2)
  }

  @Test("Bytes that are cut, lengthened or not a checkpoint at all are refused", arguments: cases)
  func hostile(_ example: Case) throws {
    let trainer = try Self.trainer(example)
    let bytes = try Self.stopped(trainer, at: 2).bytes
    func refused(_ bytes: [UInt8]) -> Bool {
      trainingError { _ = try trainer.run(resuming: TrainingCheckpoint(bytes: bytes)) }?.code == .invalidCheckpoint
    }
    for count in 0..<bytes.count where count < 60 || count % 499 == 0 || count == bytes.count - 1 {
      #expect(refused(Array(bytes[..<count])), "\(count) bytes of \(bytes.count)")
    }
    #expect(refused(bytes + [0]))
    var random = RandomNumbers(seed: 1)
    for _ in 0..<12 {
      var changed = bytes
      changed[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
      // Numbers may be any; whatever comes of them is a result or an error.
      _ = trainingError { _ = try trainer.run(resuming: TrainingCheckpoint(bytes: changed)) }
    }
  }

  @Test("Numbers that no run comes to are a result or an error, and a best epoch without early stopping is an error")
  func crafted() throws {
    let trainer = try Self.trainer(Self.cases[0], earlyStopping: nil)
    let bytes = try Self.stopped(trainer, at: 4).bytes
    func outcome(_ number: Int64, at place: Int) -> TrainingError.Code? {
      var changed = bytes
      changed.replaceSubrange(place..<place + 8, with: [number].littleEndianBytes)
      return trainingError { _ = try trainer.run(resuming: TrainingCheckpoint(bytes: changed)) }?.code
    }
    // Behind it are the measurements since the best one, a flag and the seconds.
    let bestEpoch = bytes.count - 8 - 1 - 8 - 8
    #expect(outcome(0, at: bestEpoch) == nil)
    #expect(outcome(1, at: bestEpoch) == .invalidCheckpoint)
    let sinceBest = bestEpoch + 8
    #expect(outcome(.max, at: sinceBest) == .invalidCheckpoint)
    let seconds = bytes.count - 8
    for value in [Double.nan, .infinity, -1, 1e300] {
      #expect(outcome(Int64(bitPattern: value.bitPattern), at: seconds) == .invalidCheckpoint)
    }
    for place in stride(from: bytes.count - 8, to: 16, by: -8) {
      for shift in [0, 7] where place >= shift { _ = outcome(1 << 62, at: place - shift) }
    }
  }

  @Test("A checkpoint of another run is refused with what differs")
  func another() throws {
    let checkpoint = try Self.stopped(Self.trainer(Self.cases[1]), at: 2)
    let error = trainingError { _ = try Self.trainer(Self.cases[2]).run(resuming: checkpoint) }
    #expect(error?.code == .invalidCheckpoint)
    #expect(error?.message.contains("24 iterations") == true)
    let wider = trainingError { _ = try Self.trainer(Self.cases[1], features: 22).run(resuming: checkpoint) }
    #expect(wider?.message.contains("another network") == true)
  }
}
