public import Inference

/// What a training run was told: together with the data set, all that fixes its result to the last bit.
///
/// As JSON the keys are `hidden`, `activation`, `learning_rate`, `iterations`, `initialization`, `seed` and `precision`; they are
/// stored with versions and stay what they are. The number of threads is not among them, as it changes nothing but the time.
public struct Hyperparameters: Sendable, Equatable {
  /// The units of each hidden layer, first to last; empty for logistic regression.
  public var hidden: [Int]
  /// The activation of the hidden layers.
  public var activation: Activation
  /// The factor of the gradient in each step.
  public var learningRate: Double
  /// The number of steps, each over the whole training set.
  public var iterations: Int
  /// How the weights were drawn, or nil if the run began from given parameters.
  public var initialization: Initialization?
  /// The seed of everything random.
  public var seed: UInt64
  /// The number type of the computation.
  public var precision: Precision

  /// Hyperparameters, by default those of the course's network for pictures (learning rate 0.0075, 2,500 iterations).
  ///
  /// - Parameters:
  ///   - hidden: the units of each hidden layer, first to last.
  ///   - activation: of the hidden layers.
  ///   - learningRate: the factor of the gradient in each step.
  ///   - iterations: the number of steps.
  ///   - initialization: nil for ``Initialization/standard(hiddenLayers:activation:)``.
  ///   - seed: nil for a fresh one.
  ///   - precision: the number type of the computation.
  public init(
    hidden: [Int] = [], activation: Activation = .relu, learningRate: Double = 0.0075, iterations: Int = 2500,
    initialization: Initialization? = nil, seed: UInt64? = nil, precision: Precision = .float32
  ) {
    self.hidden = hidden
    self.activation = activation
    self.learningRate = learningRate
    self.iterations = iterations
    self.initialization = initialization ?? .standard(hiddenLayers: hidden.count, activation: activation)
    self.seed = seed ?? Self.freshSeed()
    self.precision = precision
  }

  /// A seed from the system's random numbers, below 2⁵³ so that every reader of JSON gets it exactly.
  public static func freshSeed() -> UInt64 {
    UInt64.random(in: 0..<1 << 53)
  }

  /// Checks what can be checked without data: learning rate, iterations, hidden layers.
  ///
  /// - Throws: ``TrainingError/Code/invalidHyperparameter``.
  public func validate() throws(TrainingError) {
    guard learningRate.isFinite, learningRate > 0 else {
      throw TrainingError(
        .invalidHyperparameter, "the learning rate is \(learningRate); expected a positive number, such as 0.0075")
    }
    if precision == .float32 {
      let rounded = Float(learningRate)
      guard rounded.isFinite, rounded > 0 else {
        throw TrainingError(
          .invalidHyperparameter,
          "the learning rate \(learningRate) is \(rounded) in 32 bits; use another or the precision float64")
      }
    }
    guard iterations >= 1 else {
      throw TrainingError(.invalidHyperparameter, "there are \(iterations) iterations; expected at least 1")
    }
    guard hidden.count < Architecture.maximumDepth else {
      throw TrainingError(
        .invalidHyperparameter,
        "there are \(hidden.count) hidden layers; expected at most \(Architecture.maximumDepth - 1)")
    }
    for (index, units) in hidden.enumerated() where units < 1 || units > Architecture.maximumWidth {
      throw TrainingError(
        .invalidHyperparameter,
        "hidden layer \(index) has \(units) units; expected 1 to \(Architecture.maximumWidth)")
    }
    guard activation != .softmax || hidden.isEmpty else {
      throw TrainingError(
        .invalidHyperparameter,
        "softmax is for the output layer only; use relu, leakyRelu, tanh, sigmoid or linear for hidden layers")
    }
  }

  /// The network these hyperparameters ask for: hidden layers of one activation, and the output layer that the classes need.
  ///
  /// - Throws: ``TrainingError/Code/invalidHyperparameter``, ``TrainingError/Code/invalidLabels``.
  public func architecture(inputs: Int, classCount: Int) throws(TrainingError) -> Architecture {
    try validate()
    return try Architecture(inputs: inputs, hidden: hidden, activation: activation, classCount: classCount)
  }
}

extension Hyperparameters: Codable {
  private enum CodingKeys: String, CodingKey {
    case hidden
    case activation
    case learningRate = "learning_rate"
    case iterations
    case initialization
    case seed
    case precision
  }

  /// Reads the stored form. Keys that are not known are left aside, as a later release may have written them.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    hidden = try container.decode([Int].self, forKey: .hidden)
    let name = try container.decode(String.self, forKey: .activation)
    guard let activation = Activation(name: name) else {
      throw DecodingError.dataCorruptedError(
        forKey: .activation, in: container, debugDescription: "unknown activation \"\(name)\"")
    }
    self.activation = activation
    learningRate = try container.decode(Double.self, forKey: .learningRate)
    iterations = try container.decode(Int.self, forKey: .iterations)
    initialization = try container.decodeIfPresent(Initialization.self, forKey: .initialization)
    seed = try container.decode(UInt64.self, forKey: .seed)
    precision = try container.decode(Precision.self, forKey: .precision)
  }

  /// Writes the stored form; `initialization` is null for a run that began from given parameters.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(hidden, forKey: .hidden)
    try container.encode("\(activation.name)", forKey: .activation)
    try container.encode(learningRate, forKey: .learningRate)
    try container.encode(iterations, forKey: .iterations)
    try container.encode(initialization, forKey: .initialization)
    try container.encode(seed, forKey: .seed)
    try container.encode(precision, forKey: .precision)
  }
}
