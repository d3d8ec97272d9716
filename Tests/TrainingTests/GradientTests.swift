import Inference
import Testing
import Training

@Suite("Gradients against central differences, in Double")
struct GradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let activation: Activation
    let depth: Int
    let classes: Int
    var dropout = 0.0
    var smoothing = 0.0
    var weighted = false
    var l2 = 0.0
    var task = PredictionTask.classification

    var testDescription: String {
      "\(activation.name), \(depth) layers, \(task) of \(classes), dropout \(dropout), smoothing \(smoothing), "
        + "\(weighted ? "weighted" : "equal") classes, l2 \(l2)"
    }
  }

  static let activations: [Activation] = [.linear, .relu, .leakyRelu, .tanh, .sigmoid]

  static let cases = activations.flatMap { activation in
    (1...5).flatMap { depth in [2, 4].map { Case(activation: activation, depth: depth, classes: $0) } }
  }

  /// Each regulariser and class weights, on and off, with each other.
  static let combinations = activations.flatMap { activation in
    [2, 3].flatMap { classes in
      (1..<16).map { bits in
        Case(
          activation: activation, depth: 3, classes: classes, dropout: bits & 1 == 0 ? 0 : 0.4,
          smoothing: bits & 2 == 0 ? 0 : 0.1, weighted: bits & 4 != 0, l2: bits & 8 == 0 ? 0 : 0.3)
      }
    }
  }

  /// Several labels and quantities, one among them, with and without regularisers.
  static let targets = activations.flatMap { activation in
    [PredictionTask.multilabel, .regression].flatMap { task in
      [1, 3].flatMap { outputs in
        (1...4).flatMap { depth in
          [false, true].map { isRegular in
            Case(
              activation: activation, depth: depth, classes: outputs, dropout: isRegular ? 0.3 : 0,
              smoothing: isRegular && task == .multilabel ? 0.1 : 0, l2: isRegular ? 0.2 : 0, task: task)
          }
        }
      }
    }
  }

  @Test("‖g − g̃‖ / (‖g‖ + ‖g̃‖) is at most 1e-7 for every activation and depth", arguments: cases)
  func gradient(_ example: Case) throws { try check(example) }

  @Test("So it is with dropout (its mask fixed), label smoothing, class weights and l2", arguments: combinations)
  func combination(_ example: Case) throws { try check(example) }

  @Test("So it is for independent labels and for quantities", arguments: targets)
  func target(_ example: Case) throws { try check(example) }

  private func check(_ example: Case) throws {
    let format = try normalisedFormat(area: 5)
    let data =
      example.task == .classification
      ? try syntheticData(count: 11, features: format.features, classes: example.classes, seed: 3)
      : try syntheticData(
        count: 11, features: format.features, example.task, outputs: example.classes, seed: 3)
    let architecture = try Architecture(
      inputs: format.features, hidden: Array([7, 5, 6, 4].prefix(example.depth - 1)), activation: example.activation,
      task: example.task, count: example.classes)
    let whole = WholeBatch<Double>(
      architecture, format, data, kernels: try Kernels.selected(),
      dropout: [Double](repeating: example.dropout, count: example.dropout > 0 ? example.depth - 1 : 0),
      smoothing: example.smoothing, weights: example.weighted ? (0..<example.classes).map { 0.5 + Double($0) } : nil)
    let network = whole.network
    var random = RandomNumbers(seed: UInt64(example.depth))
    for index in 0..<network.parameters.count { network.parameters[index] = 0.5 * random.normal() }
    let mask = example.dropout > 0 ? RandomStream(key: 7, stream: 0, step: 3) : nil

    func cost() -> Double { whole.cost(l2: example.l2, random: mask) }
    _ = cost()
    network.completeGradients(l2: example.l2)
    let gradients = network.gradients.array
    // Small enough that no unit of relu passes its kink between the two points (one that did would show as a difference far
    // above the bound), large enough that rounding in the cost, 1e-16 / step, stays below it.
    let step = 1e-6
    var difference = 0.0
    var computed = 0.0
    var approximated = 0.0
    for index in gradients.indices {
      let value = network.parameters[index]
      network.parameters[index] = value + step
      let above = cost()
      network.parameters[index] = value - step
      let below = cost()
      network.parameters[index] = value
      let approximation = (above - below) / (2 * step)
      difference += (gradients[index] - approximation) * (gradients[index] - approximation)
      computed += gradients[index] * gradients[index]
      approximated += approximation * approximation
    }
    let relative = difference.squareRoot() / (computed.squareRoot() + approximated.squareRoot())
    #expect(computed > 0)
    #expect(relative <= 1e-7, "relative difference \(relative)")
  }
}
