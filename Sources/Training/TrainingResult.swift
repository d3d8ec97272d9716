public import Inference

/// What was measured after an epoch, without confusion matrices.
public struct TrainingMeasurement: Sendable, Equatable {
  /// The epoch it was made after, from 1; of a run that ends within an epoch, that one.
  public let epoch: Int
  /// The steps made until then.
  public let iterations: Int
  /// The learning rate of the last step.
  public let learningRate: Double
  /// The examples of the epoch as its steps saw them: each before its step's update, changed and with units dropped as the run asks
  /// for. The cost is the mean loss, without the penalty of `l2`.
  public let training: Evaluation
  /// The validation set by the parameters at the end of the epoch, rounded to 32 bits.
  public let validation: Evaluation?
}

/// Where a run stands: what a progress callback gets after the forward propagation of each iteration.
public struct TrainingProgress: Sendable, Equatable {
  /// The iteration, from 0.
  public let iteration: Int
  /// The number of iterations of the run.
  public let iterations: Int
  /// The epoch of the iteration, from 0.
  public let epoch: Int
  /// The cost of this iteration's examples before its update, with the penalty of `l2`.
  public let cost: Double
  /// The learning rate of this iteration.
  public let learningRate: Double
  /// The last measurement so far.
  public let measurement: TrainingMeasurement?
}

/// What a run ends with.
public struct TrainingResult: Sendable {
  /// The network that was trained.
  public let architecture: Architecture
  /// What fixed the run, the seed included; ``Hyperparameters/hidden`` and the like as the architecture has them.
  public let hyperparameters: Hyperparameters
  /// The weights and biases after the last update, or with early stopping those of the least validation cost, in 32 bits.
  public let parameters: Parameters
  /// The same before rounding, for a run in ``Precision/float64``; else nil.
  public let doubleParameters: DoubleParameters?
  /// The cost of each iteration's examples, from 0, before that iteration's update; as many as iterations were made.
  public let costs: [Double]
  /// What was measured after epochs, in their order.
  public let measurements: [TrainingMeasurement]
  /// The epoch whose parameters these are, from 1: with early stopping not always the last.
  public let epoch: Int
  /// Whether early stopping ended the run.
  public let stoppedEarly: Bool
  /// The 32-bit parameters on the training set; its cost is finite.
  public let training: Evaluation
  /// The 32-bit parameters on the validation set, if there was one. Its cost can be infinite or NaN where a pixel that is the same
  /// in all of the training set has a weight far out of range.
  public let validation: Evaluation?
  /// The time of the iterations and measurements, without the evaluations at the end; of a run that was resumed, of all its parts.
  public let seconds: Double

  /// The part of the training set whose class was found, 0 to 1.
  public var trainingAccuracy: Double { training.accuracy }
  /// The part of the validation set whose class was found, 0 to 1.
  public var validationAccuracy: Double? { validation?.accuracy }
}
