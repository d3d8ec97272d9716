public import Inference

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Trains a network on a labelled set: of classes, of several independent labels an example, or of quantities.
///
/// The result depends on the hyperparameters (seed included), the data, the input format and, if given, the starting parameters:
/// on nothing else, to the last bit. Threads and instruction sets change only the time.
///
///     let trainer = try Trainer(hyperparameters, inputFormat: format, data: data, validation: testData)
///     let result = try trainer.run { progress in print(progress.iteration, progress.cost) }
public struct Trainer: Sendable {
  /// What is trained.
  public let architecture: Architecture
  /// How a row enters the first layer.
  public let inputFormat: InputFormat
  /// What fixes the run; `hidden` and `activation` as the architecture has them, `initialization` nil if it begins from given
  /// parameters.
  public let hyperparameters: Hyperparameters
  /// The training set.
  public let data: any TrainingDataset
  /// The set that the result is evaluated on beside the training set.
  public let validation: (any TrainingDataset)?
  /// The parameters that the run begins from, or nil for drawn ones.
  public let start: DoubleParameters?
  /// At most so many threads work at once.
  public let threads: Int
  /// What the run will do.
  let plan: TrainingPlan

  /// The number of processors that this process may use: those it may run on, and no more than the quota of its control group, as a
  /// container has it, rounded up.
  public static var defaultThreads: Int {
    ProcessorQuota.usefulThreads(
      processors: ProcessInfo.processInfo.activeProcessorCount, quota: ProcessorQuota.processors())
  }
  /// The most threads that are of use.
  static let maximumThreads = 1024

  /// Checks everything that can be checked before the run, memory included; allocates nothing of size.
  ///
  /// - Parameters:
  ///   - hyperparameters: what is to be done.
  ///   - inputFormat: how a row enters the first layer; its elements must be `uint8`.
  ///   - data: the training set.
  ///   - validation: a set that the result is evaluated on, of the same shape and classes.
  ///   - architecture: a network to train in place of the one that the hyperparameters describe; its output layer must be the
  ///     one that the classes, labels or quantities need, or softmax with two outputs for two classes.
  ///   - start: parameters to begin from in place of drawn ones.
  ///   - threads: at most so many; 1 or more.
  /// - Throws: ``TrainingError``: ``TrainingError/Code/invalidHyperparameter``, ``TrainingError/Code/invalidInitialization``,
  ///   ``TrainingError/Code/oneClassOnly``, ``TrainingError/Code/shapeMismatch``, ``TrainingError/Code/unsupported``,
  ///   ``TrainingError/Code/notEnoughMemory``.
  public init(
    _ hyperparameters: Hyperparameters, inputFormat: InputFormat, data: any TrainingDataset,
    validation: (any TrainingDataset)? = nil, architecture: Architecture? = nil, start: DoubleParameters? = nil,
    threads: Int = Trainer.defaultThreads
  ) throws(TrainingError) {
    self.threads = try Self.validated(threads: threads)
    var hyperparameters = hyperparameters
    if let architecture {
      hyperparameters.hidden = architecture.layers.dropLast().map(\.outputs)
      if let activation = architecture.layers.dropLast().first?.activation { hyperparameters.activation = activation }
      try hyperparameters.validate()
      self.architecture = architecture
    } else {
      self.architecture = try hyperparameters.architecture(
        inputs: inputFormat.features, task: data.targets.task, count: data.targets.count)
    }
    try data.targets.validate()
    try data.targets.requireVariety()
    try data.requireFit(self.architecture, inputFormat)
    if let validation {
      try validation.targets.validate()
      try validation.requireFit(self.architecture, inputFormat)
    }
    try hyperparameters.validate(data.targets, hasValidation: validation != nil)
    if let start {
      try start.validate(against: self.architecture, precision: hyperparameters.precision)
      hyperparameters.initialization = nil
    } else {
      guard let initialization = hyperparameters.initialization else {
        throw TrainingError(
          .invalidInitialization,
          "there is neither an initialisation nor parameters to begin from; give one of them")
      }
      try initialization.validate(layers: self.architecture.layers.count)
    }
    self.inputFormat = inputFormat
    self.hyperparameters = hyperparameters
    self.data = data
    self.validation = validation
    self.start = start
    plan = try TrainingPlan(
      self.architecture, hyperparameters, count: data.count, task: data.targets.task)
    try memoryNeed.require(available: MemoryNeed.available())
  }

  /// The memory in bytes that ``run(resuming:cancellation:checkpoints:progress:)`` will allocate beside the data.
  public var memoryInBytes: Int { memoryNeed.bytes }

  /// Trains. The calling thread is busy until the end: call it where that does no harm.
  ///
  /// - Parameters:
  ///   - checkpoint: where an earlier part of the same run stopped; nil to begin.
  ///   - cancellation: ends the run from elsewhere; so does cancelling the task that it is called in.
  ///   - checkpoints: when and how to keep where the run stands; one is made when it is cancelled.
  ///   - progress: called on the calling thread at each iteration, after its cost is known and before its update.
  /// - Throws: ``TrainingError/Code/diverged`` with the iteration at which the cost or a parameter became NaN or infinite, be it
  ///   by the last update (the cost of the validation set may be; it is that of other examples),
  ///   ``TrainingError/Code/cancelled`` with the iteration that did not begin, ``TrainingError/Code/invalidCheckpoint``,
  ///   ``TrainingError/Code/unreadableData``, ``TrainingError/Code/notEnoughMemory``,
  ///   ``TrainingError/Code/unsupported`` for an `NNSCORE_ISA` that is not there.
  public func run(
    resuming checkpoint: TrainingCheckpoint? = nil, cancellation: Cancellation? = nil,
    checkpoints: CheckpointPolicy? = nil, progress: (TrainingProgress) -> Void = { _ in }
  ) throws(TrainingError) -> TrainingResult {
    // Other processes may have taken memory since.
    try memoryNeed.require(available: MemoryNeed.available())
    switch hyperparameters.precision {
    case .float32:
      return try run(in: Float.self, checkpoint, cancellation, checkpoints, progress)
    case .float64:
      return try run(in: Double.self, checkpoint, cancellation, checkpoints, progress)
    }
  }

  private var memoryNeed: MemoryNeed {
    MemoryNeed(plan, hasValidation: validation != nil, isInMemory: data is TrainingData, threads: threads)
  }

  static func validated(threads: Int) throws(TrainingError) -> Int {
    guard threads >= 1 else {
      throw TrainingError(.invalidHyperparameter, "\(threads) threads were asked for; expected at least 1")
    }
    return min(threads, maximumThreads)
  }
}
