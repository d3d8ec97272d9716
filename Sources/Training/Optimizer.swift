/// How a step changes the parameters p by the gradient g of the cost, with the learning rate r; √ and / are by element.
///
/// The forms are PyTorch's, so that its learning rates carry over:
/// - `gradient-descent`: p −= r·g
/// - `momentum` (B. Polyak, 1964): v = momentum·v + g, p −= r·v
/// - `nesterov` (I. Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013):
///   v = momentum·v + g, p −= r·(g + momentum·v)
/// - `rmsprop` (T. Tieleman and G. Hinton, 2012): s = beta2·s + (1 − beta2)·g², p −= r·g / (√s + epsilon)
/// - `adam` (D. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2015): m = beta1·m + (1 − beta1)·g,
///   s = beta2·s + (1 − beta2)·g², and after step t p −= r / (1 − beta1ᵗ)·m / (√(s / (1 − beta2ᵗ)) + epsilon)
/// - `adamw` (I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", 2019): weights (not biases) are multiplied by
///   1 − r·weightDecay first, then as `adam`
///
/// Below 2⁻¹⁰⁰ (in double precision 2⁻¹⁰⁰⁰) v, m and s are 0, and so is g² of a g below 2⁻⁵⁰ (2⁻⁵⁰⁰): what a unit that is never active
/// again leaves in them would become subnormal, and each step slow.
public enum Optimizer: Sendable, Equatable {
  case gradientDescent
  case momentum(Double)
  case nesterov(Double)
  case rmsProp(beta2: Double, epsilon: Double)
  case adam(beta1: Double, beta2: Double, epsilon: Double)
  case adamW(beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double)

  /// The names, in the order of the list above.
  public static let names = ["gradient-descent", "momentum", "nesterov", "rmsprop", "adam", "adamw"]

  /// The name in hyperparameters and on the command line.
  public var name: String {
    switch self {
    case .gradientDescent: "gradient-descent"
    case .momentum: "momentum"
    case .nesterov: "nesterov"
    case .rmsProp: "rmsprop"
    case .adam: "adam"
    case .adamW: "adamw"
    }
  }

  /// An optimiser by its name, with the numbers that are given and the usual ones for the others.
  ///
  /// - Parameters:
  ///   - name: one of ``names``.
  ///   - momentum: for `momentum` and `nesterov`; 0.9 by default.
  ///   - beta1: for `adam` and `adamw`; 0.9 by default.
  ///   - beta2: for `rmsprop` (0.9 by default), `adam` and `adamw` (0.999).
  ///   - epsilon: for `rmsprop`, `adam` and `adamw`; 1e-8 by default.
  ///   - weightDecay: for `adamw`; 0.01 by default.
  /// - Throws: ``TrainingError/Code/invalidHyperparameter`` for another name, a number out of range, and a number that the
  ///   optimiser does not have.
  public init(
    name: String, momentum: Double? = nil, beta1: Double? = nil, beta2: Double? = nil, epsilon: Double? = nil,
    weightDecay: Double? = nil
  ) throws(TrainingError) {
    switch name {
    case "gradient-descent": self = .gradientDescent
    case "momentum": self = .momentum(momentum ?? 0.9)
    case "nesterov": self = .nesterov(momentum ?? 0.9)
    case "rmsprop": self = .rmsProp(beta2: beta2 ?? 0.9, epsilon: epsilon ?? 1e-8)
    case "adam": self = .adam(beta1: beta1 ?? 0.9, beta2: beta2 ?? 0.999, epsilon: epsilon ?? 1e-8)
    case "adamw":
      self = .adamW(
        beta1: beta1 ?? 0.9, beta2: beta2 ?? 0.999, epsilon: epsilon ?? 1e-8, weightDecay: weightDecay ?? 0.01)
    default:
      throw TrainingError(
        .invalidHyperparameter,
        "unknown optimizer \"\(name)\"; expected \(Self.names.dropLast().joined(separator: ", ")) or adamw")
    }
    let numbers = numbers
    for (key, value) in [
      ("momentum", momentum), ("beta1", beta1), ("beta2", beta2), ("epsilon", epsilon), ("weight_decay", weightDecay),
    ] where value != nil && !numbers.contains(where: { $0.key == key }) {
      throw TrainingError(
        .invalidHyperparameter, "the optimizer \(name) has no \(key)\(Self.owners(of: key)); leave it out")
    }
    try validate()
  }

  /// The numbers of this optimiser by their keys.
  var numbers: [(key: String, value: Double)] {
    switch self {
    case .gradientDescent: []
    case .momentum(let momentum), .nesterov(let momentum): [("momentum", momentum)]
    case .rmsProp(let beta2, let epsilon): [("beta2", beta2), ("epsilon", epsilon)]
    case .adam(let beta1, let beta2, let epsilon): [("beta1", beta1), ("beta2", beta2), ("epsilon", epsilon)]
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      [("beta1", beta1), ("beta2", beta2), ("epsilon", epsilon), ("weight_decay", weightDecay)]
    }
  }

  /// Whether the memory of first and of second moments is used.
  var moments: (first: Bool, second: Bool) {
    switch self {
    case .gradientDescent: (false, false)
    case .momentum, .nesterov: (true, false)
    case .rmsProp: (false, true)
    case .adam, .adamW: (true, true)
    }
  }

  func validate() throws(TrainingError) {
    for (key, value) in numbers {
      let isRight =
        switch key {
        case "epsilon": value > 0 && value.isFinite
        case "weight_decay": value >= 0 && value.isFinite
        default: value >= 0 && value < 1
        }
      let expected =
        switch key {
        case "epsilon": "a positive number, such as 1e-8"
        case "weight_decay": "a number from 0 up, such as 0.01"
        default: "a number from 0 to below 1, such as 0.9"
        }
      guard isRight else {
        throw TrainingError(.invalidHyperparameter, "\(key) of the optimizer \(name) is \(value); expected \(expected)")
      }
    }
  }

  private static func owners(of key: String) -> String {
    switch key {
    case "momentum": " (momentum and nesterov have it)"
    case "beta1": " (adam and adamw have it)"
    case "beta2", "epsilon": " (rmsprop, adam and adamw have it)"
    default: " (adamw has it)"
    }
  }
}
