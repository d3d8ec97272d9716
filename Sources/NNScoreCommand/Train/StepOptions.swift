import ArgumentParser
import Training

/// How long a run is, and what a step does.
struct StepOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The factor of the gradient (default: 0.0075).", valueName: "r"))
  var learningRate: Double?
  @Option(parsing: .unconditional, help: ArgumentHelp("Steps (default: 2500).", valueName: "n")) var iterations: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How often each example is used, in place of --iterations.", valueName: "n"))
  var epochs: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Examples a step, in a new order each epoch (default: all).", valueName: "n"))
  var batchSize: Int?
  @Option(
    help: ArgumentHelp(
      "gradient-descent (the default), momentum, nesterov, rmsprop, adam or adamw.", valueName: "name"),
    completion: .list(Optimizer.names))
  var optimizer: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Of momentum and nesterov (default: 0.9).", valueName: "x"))
  var momentum: Double?
  @Option(parsing: .unconditional, help: ArgumentHelp("Of adam and adamw (default: 0.9).", valueName: "x"))
  var beta1: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of rmsprop (default: 0.9), adam and adamw (0.999).", valueName: "x"))
  var beta2: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of rmsprop, adam and adamw (default: 1e-8).", valueName: "x"))
  var epsilon: Double?
  @Option(parsing: .unconditional, help: ArgumentHelp("Of adamw (default: 0.01).", valueName: "x"))
  var weightDecay: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The greatest norm of a step's gradient; a larger one is scaled down.", valueName: "x"))
  var clipNorm: Double?

  /// Sets what the options say.
  func apply(to builder: inout HyperparametersBuilder) throws {
    if iterations != nil, epochs != nil {
      throw OptionProblem(
        .epochs, "iterations and epochs exclude each other; leave out one of them",
        usage: "--iterations and --epochs exclude each other; leave out one of them")
    }
    try builder.set(.learningRate, learningRate) { $0.learningRate = $1 }
    try builder.set(.iterations, iterations) { $0.iterations = $1 }
    try builder.set(.epochs, epochs) { ($0.iterations, $0.epochs) = (nil, $1) }
    try builder.set(.batchSize, batchSize) { $0.batchSize = $1 }
    // One number after the other, so that the one that is wrong is named, and then all of them.
    let name = optimizer ?? Optimizer.gradientDescent.name
    try builder.set(.optimizer, optimizer) { $0.optimizer = try Optimizer(name: $1) }
    try builder.set(.momentum, momentum) { $0.optimizer = try Optimizer(name: name, momentum: $1) }
    try builder.set(.beta1, beta1) { $0.optimizer = try Optimizer(name: name, beta1: $1) }
    try builder.set(.beta2, beta2) { $0.optimizer = try Optimizer(name: name, beta2: $1) }
    try builder.set(.epsilon, epsilon) { $0.optimizer = try Optimizer(name: name, epsilon: $1) }
    try builder.set(.weightDecay, weightDecay) { $0.optimizer = try Optimizer(name: name, weightDecay: $1) }
    try builder.set(.optimizer, name) {
      $0.optimizer = try Optimizer(
        name: $1, momentum: momentum, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    }
    try builder.set(.clipNorm, clipNorm) { $0.clipNorm = $1 }
  }
}
