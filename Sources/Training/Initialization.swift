public import Inference

/// How the weights of a network are drawn before the first step. Biases start at 0.
///
/// With n_prev the inputs and n the outputs of a layer, each weight on its own:
/// - `zeros`: 0; for a network of one layer only
/// - `normal:SIGMA`: normal, mean 0, standard deviation SIGMA
/// - `scaled`: normal, standard deviation 1/√n_prev (LeCun et al., "Efficient BackProp", 1998)
/// - `he`: normal, standard deviation √(2/n_prev) (He et al., "Delving Deep into Rectifiers", 2015)
/// - `xavier`: uniform in ±√(6/(n_prev + n)) (Glorot and Bengio, "Understanding the difficulty of training deep feedforward
///   neural networks", 2010, the normalised initialisation)
///
/// Weights are drawn in double precision, layer by layer, row by row, and rounded to the precision of the run: one seed gives
/// the same start in both precisions, up to that rounding, and the same bits on every machine.
public enum Initialization: Sendable, Equatable {
  case zeros
  case normal(standardDeviation: Double)
  case scaled
  case he
  case xavier

  /// Reads the text form: `zeros`, `normal:0.01`, `scaled`, `he` or `xavier`.
  ///
  /// - Throws: ``TrainingError/Code/invalidInitialization`` for any other text.
  public init(text: String) throws(TrainingError) {
    switch text {
    case "zeros": self = .zeros
    case "scaled": self = .scaled
    case "he": self = .he
    case "xavier": self = .xavier
    default:
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0] == "normal" else {
        throw TrainingError(
          .invalidInitialization,
          "unknown initialisation \"\(text)\"; expected zeros, normal:SIGMA, scaled, he or xavier")
      }
      guard let sigma = Double(parts[1]), sigma.isFinite, sigma > 0 else {
        throw TrainingError(
          .invalidInitialization,
          "the initialisation \"\(text)\" has \"\(parts[1])\" for a standard deviation; expected a positive number, "
            + "as in normal:0.01")
      }
      self = .normal(standardDeviation: sigma)
    }
  }

  /// The text form, which ``init(text:)`` reads.
  public var text: String {
    switch self {
    case .zeros: "zeros"
    case .normal(let sigma): "normal:\(sigma)"
    case .scaled: "scaled"
    case .he: "he"
    case .xavier: "xavier"
    }
  }

  /// What to use where nothing is said: `zeros` without hidden layers (the cost is convex, any start leads to the same place),
  /// `he` for relu and leakyRelu, `scaled` for the others.
  public static func standard(hiddenLayers: Int, activation: Activation) -> Initialization {
    guard hiddenLayers > 0 else { return .zeros }
    return activation == .relu || activation == .leakyRelu ? .he : .scaled
  }

  /// Checks that the rule can work for so many layers.
  ///
  /// - Throws: ``TrainingError/Code/invalidInitialization``.
  package func validate(layers: Int) throws(TrainingError) {
    if case .zeros = self, layers > 1 {
      throw TrainingError(
        .invalidInitialization,
        "the initialisation zeros cannot train hidden layers: all units of a layer would get the same gradient and stay the same for ever; "
          + "use he, scaled, xavier or normal:SIGMA")
    }
    if case .normal(let sigma) = self, !(sigma.isFinite && sigma > 0) {
      throw TrainingError(
        .invalidInitialization, "the standard deviation of the initialisation is \(sigma); expected a positive number")
    }
  }

  /// Fills a weight matrix [outputs, inputs] (row-major) with draws.
  package func fill<Element: KernelElement>(
    _ weight: Region<Element>, inputs: Int, outputs: Int, from generator: inout RandomNumbers
  ) {
    switch self {
    case .zeros:
      for index in 0..<weight.count { weight[index] = 0 }
    case .normal(let sigma):
      fillNormal(weight, standardDeviation: sigma, from: &generator)
    case .scaled:
      fillNormal(weight, standardDeviation: (1 / Double(inputs)).squareRoot(), from: &generator)
    case .he:
      fillNormal(weight, standardDeviation: (2 / Double(inputs)).squareRoot(), from: &generator)
    case .xavier:
      let limit = (6 / (Double(inputs) + Double(outputs))).squareRoot()
      for index in 0..<weight.count { weight[index] = Element(generator.symmetricUniform() * limit) }
    }
  }

  private func fillNormal<Element: KernelElement>(
    _ weight: Region<Element>, standardDeviation: Double, from generator: inout RandomNumbers
  ) {
    for index in 0..<weight.count { weight[index] = Element(generator.normal() * standardDeviation) }
  }
}

extension Initialization: Codable {
  /// Reads the text form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(text: container.decode(String.self))
    } catch let error as TrainingError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
    }
  }

  /// Writes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
