public import Inference

/// What a training run was told: together with the data set, all that fixes its result to the last bit.
///
/// The keys of its JSON form are stored with versions and stay what they are. The number of threads is not among them, as it changes
/// nothing but the time.
public struct Hyperparameters: Sendable, Equatable {
  /// The units of each hidden layer, first to last; empty for logistic regression.
  public var hidden: [Int]
  /// The activation of the hidden layers.
  public var activation: Activation
  /// The factor of the gradient in each step, which ``schedule`` may change.
  public var learningRate: Double
  /// The number of steps; nil where ``epochs`` says how long the run is.
  public var iterations: Int?
  /// How often each example is used; nil where ``iterations`` says how long the run is.
  public var epochs: Int?
  /// The examples of a step, which are drawn in a new order in each epoch; the last step of an epoch takes what is left. Nil for all
  /// examples at once, in their order.
  public var batchSize: Int?
  /// How the weights were drawn, or nil if the run began from given parameters.
  public var initialization: Initialization?
  /// The seed of everything random.
  public var seed: UInt64
  /// The number type of the computation.
  public var precision: Precision
  /// How a step changes the parameters.
  public var optimizer: Optimizer
  /// How the learning rate changes.
  public var schedule: Schedule
  /// λ of λ/2·Σ w² over all weights (not biases), which is part of the cost; 0 for none.
  public var l2: Double
  /// The probability with which each unit of a hidden layer is left out of a step, those that stay being divided by the rest (N.
  /// Srivastava et al., "Dropout", 2014, inverted): one number a hidden layer, one for all of them, or empty for none.
  public var dropout: [Double]
  /// The part of each target that is spread evenly over all classes, or between there and not there for each of several labels; 0 for
  /// none. Not for quantities.
  public var labelSmoothing: Double
  /// The greatest norm of the gradient of all parameters together; a larger one is scaled down to it. Nil for any.
  public var clipNorm: Double?
  /// How much the examples of each class count. Not for labels and quantities.
  public var classWeights: ClassWeights
  /// How pictures are changed at random.
  public var augmentation: Augmentation
  /// Ends the run when the cost of the validation set has not become less in so many measurements, and takes the parameters of the
  /// least one; nil for the whole run and the last parameters.
  public var earlyStopping: Int?
  /// The epochs from one measurement to the next; nil for 1, or more for long runs: ⌈epochs / 100⌉.
  public var measureEvery: Int?

  /// Hyperparameters, by default those of the course's network for pictures (learning rate 0.0075, 2,500 iterations).
  ///
  /// - Parameters:
  ///   - hidden: the units of each hidden layer, first to last.
  ///   - activation: of the hidden layers.
  ///   - learningRate: the factor of the gradient in each step.
  ///   - iterations: the number of steps; 2,500 where there is no number of epochs either.
  ///   - epochs: how often each example is used.
  ///   - batchSize: the examples of a step; nil for all.
  ///   - initialization: nil for ``Initialization/standard(hiddenLayers:activation:)``.
  ///   - seed: nil for a fresh one.
  ///   - precision: the number type of the computation.
  ///   - optimizer: how a step changes the parameters.
  ///   - schedule: how the learning rate changes.
  public init(
    hidden: [Int] = [], activation: Activation = .relu, learningRate: Double = 0.0075, iterations: Int? = nil,
    epochs: Int? = nil, batchSize: Int? = nil, initialization: Initialization? = nil, seed: UInt64? = nil,
    precision: Precision = .float32, optimizer: Optimizer = .gradientDescent, schedule: Schedule = Schedule()
  ) {
    self.hidden = hidden
    self.activation = activation
    self.learningRate = learningRate
    self.iterations = iterations ?? (epochs == nil ? 2500 : nil)
    self.epochs = epochs
    self.batchSize = batchSize
    self.initialization = initialization ?? .standard(hiddenLayers: hidden.count, activation: activation)
    self.seed = seed ?? Self.freshSeed()
    self.precision = precision
    self.optimizer = optimizer
    self.schedule = schedule
    l2 = 0
    dropout = []
    labelSmoothing = 0
    clipNorm = nil
    classWeights = .equal
    augmentation = .none
    earlyStopping = nil
    measureEvery = nil
  }

  /// A seed from the system's random numbers, below 2⁵³ so that every reader of JSON gets it exactly.
  public static func freshSeed() -> UInt64 {
    UInt64.random(in: 0..<1 << 53)
  }

  /// The network these hyperparameters ask for: hidden layers of one activation, and the output layer that the classes need.
  ///
  /// - Throws: ``TrainingError/Code/invalidHyperparameter``, ``TrainingError/Code/invalidLabels``.
  public func architecture(inputs: Int, classCount: Int) throws(TrainingError) -> Architecture {
    try architecture(inputs: inputs, task: .classification, count: classCount)
  }

  /// The network these hyperparameters ask for: hidden layers of one activation, and the output layer that the task needs.
  ///
  /// - Parameters:
  ///   - inputs: the elements of a row.
  ///   - task: what the network is to answer.
  ///   - count: the number of classes, labels or quantities.
  /// - Throws: ``TrainingError/Code/invalidHyperparameter``, ``TrainingError/Code/invalidLabels``.
  public func architecture(
    inputs: Int, task: PredictionTask, count: Int
  ) throws(TrainingError) -> Architecture {
    try validate()
    return try Architecture(inputs: inputs, hidden: hidden, activation: activation, task: task, count: count)
  }

  /// The probability of being dropped for each hidden layer; empty for none.
  var dropoutByLayer: [Double] {
    if dropout.allSatisfy({ $0 == 0 }) { return [] }
    return dropout.count == 1 ? [Double](repeating: dropout[0], count: hidden.count) : dropout
  }
}
