public import Inference

/// Where a run stands: what a progress callback gets after the forward propagation of each iteration.
public struct TrainingProgress: Sendable, Equatable {
  /// The iteration, from 0.
  public let iteration: Int
  /// The number of iterations of the run.
  public let iterations: Int
  /// The mean loss over the training set, before this iteration's update.
  public let cost: Double
}

/// What a run ends with.
public struct TrainingResult: Sendable {
  /// The network that was trained.
  public let architecture: Architecture
  /// What fixed the run, the seed included; ``Hyperparameters/hidden`` and the like as the architecture has them.
  public let hyperparameters: Hyperparameters
  /// The weights and biases after the last update, in 32 bits.
  public let parameters: Parameters
  /// The same before rounding, for a run in ``Precision/float64``; else nil.
  public let doubleParameters: DoubleParameters?
  /// The mean loss at each iteration, from 0, before that iteration's update; as many as iterations.
  public let costs: [Double]
  /// The 32-bit parameters on the training set, after the last update; its cost is finite.
  public let training: Evaluation
  /// The 32-bit parameters on the validation set, if there was one. Its cost can be infinite or NaN where a pixel that is the same
  /// in all of the training set has a weight far out of range.
  public let validation: Evaluation?
  /// The time of the iterations, without the evaluations at the end.
  public let seconds: Double

  /// The part of the training set whose class was found, 0 to 1.
  public var trainingAccuracy: Double { training.accuracy }
  /// The part of the validation set whose class was found, 0 to 1.
  public var validationAccuracy: Double? { validation?.accuracy }
}
