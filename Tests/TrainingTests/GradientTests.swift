import Inference
import Testing
import Training

@Suite("Gradients against central differences, in Double")
struct GradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let activation: Activation
    let depth: Int
    let classes: Int

    var testDescription: String { "\(activation.name), \(depth) layers, \(classes) classes" }
  }

  static let cases = [Activation.linear, .relu, .leakyRelu, .tanh, .sigmoid].flatMap { activation in
    (1...5).flatMap { depth in [2, 4].map { Case(activation: activation, depth: depth, classes: $0) } }
  }

  @Test("‖g − g̃‖ / (‖g‖ + ‖g̃‖) is at most 1e-7 for every activation and depth", arguments: cases)
  func gradient(_ example: Case) throws {
    let format = try normalisedFormat(area: 5)
    let data = try syntheticData(count: 11, features: format.features, classes: example.classes, seed: 3)
    let architecture = try Architecture(
      inputs: format.features, hidden: Array([7, 5, 6, 4].prefix(example.depth - 1)), activation: example.activation,
      classCount: example.classes)
    let network = Network<Double>(
      architecture, inputFormat: format, labels: data.labels, kernels: try Kernels.selected(), threads: 1)
    var random = RandomNumbers(seed: UInt64(example.depth))
    for index in 0..<network.parameters.count { network.parameters[index] = 0.5 * random.normal() }

    func cost() -> Double { data.pixels.span.withRegion { network.computeGradients(pixels: $0) } }
    _ = cost()
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
