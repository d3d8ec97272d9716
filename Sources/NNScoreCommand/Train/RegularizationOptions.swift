import ArgumentParser
import Training

/// What keeps a network from learning its examples by heart.
struct RegularizationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("λ of λ/2·Σ w² over all weights, a part of the cost.", valueName: "x"))
  var l2: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The part of a hidden layer's units left out of each step: 0.2, or 0.5,0.2 for each layer.", valueName: "p"))
  var dropout: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The part of each target that is spread over all classes.", valueName: "x"))
  var labelSmoothing: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How much a class counts: balanced (the fewer, the more), or a number each, such as 1,2.", valueName: "w"))
  var classWeights: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "End when the cost on --validation has not become less in so many measurements, and take the best.",
      valueName: "n"))
  var earlyStopping: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Epochs between measurements (default: 1, more beyond 100).", valueName: "n"))
  var measureEvery: Int?

  /// The dropout rates, if any were given.
  var dropoutRates: [Double]? {
    get throws(OptionProblem) {
      guard let dropout else { return nil }
      return try HyperparametersBuilder.numbers(
        dropout, .dropout, expected: "numbers from 0 to below 1, such as 0.2 or 0.5,0.2")
    }
  }

  /// Sets what the options say.
  ///
  /// - Parameter hasValidation: whether there is a set to watch.
  func apply(to builder: inout HyperparametersBuilder, hasValidation: Bool) throws {
    try builder.set(.l2, l2) { $0.l2 = $1 }
    try builder.set(.dropout, dropoutRates) { $0.dropout = $1 }
    try builder.set(.labelSmoothing, labelSmoothing) { $0.labelSmoothing = $1 }
    if classWeights == "balanced" {
      try builder.set(.classWeights, ClassWeights.balanced) { $0.classWeights = $1 }
    } else if let classWeights {
      let weights: [Double] = try HyperparametersBuilder.numbers(
        classWeights, .classWeights, expected: "balanced, or a positive number for each class, such as 1,2")
      try builder.set(.classWeights, ClassWeights.values(weights)) { $0.classWeights = $1 }
    }
    try builder.set(.earlyStopping, earlyStopping) { $0.earlyStopping = $1 }
    if earlyStopping != nil, !hasValidation {
      throw OptionProblem(
        .earlyStopping, "it watches the cost on a validation set, and there is none; give one by --validation")
    }
    try builder.set(.measureEvery, measureEvery) { $0.measureEvery = $1 }
  }
}
