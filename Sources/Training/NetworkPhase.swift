/// A part of forward and backward propagation of a chunk that threads share, and after which they wait for each other.
///
/// In wide layers they share the units: each reads some of the weights, for all examples. Where layers are narrow they share the examples,
/// through as many layers as there are, as all weights together are little.
enum NetworkPhase: Sendable, Equatable {
  /// The rows of bytes become panels of numbers, which all units of the first layer read.
  case inputs
  /// Forward through a layer, by its units.
  case forward(layer: Int)
  /// Some examples forward through layers; if the last one is among them the loss and its gradient; then the gradient backward from
  /// layers to those below them.
  case examples(forward: Range<Int>, backward: ClosedRange<Int>?)
  /// The gradient backward from a layer to the one below, by the units of that.
  case backward(layer: Int)

  /// Units that the tiles of all instruction sets divide, whatever the batch; dropout needs a multiple of 4.
  static let unitGrain = 24
  /// Fewer weights are not worth a phase.
  private static let worthSharing = 1 << 14
  /// The most elements of a chunk's rows that are kept as numbers.
  private static let mostInputs = 1 << 22

  /// Whether a layer's weights are more than what goes through it.
  static func hasManyWeights(_ inputs: Int, _ outputs: Int) -> Bool {
    outputs > narrowOutputs && inputs * outputs >= worthSharing
  }

  /// The phases of a network, in order: every layer once forward, and every one but the first once backward.
  ///
  /// - Parameter chunk: the most examples that go through at once.
  static func plan(_ layers: [(inputs: Int, outputs: Int)], chunk: Int) -> [NetworkPhase] {
    let last = layers.count - 1
    let isWide = layers.enumerated().map { index, layer in
      index < last && hasManyWeights(layer.inputs, layer.outputs) && (index > 0 || layer.inputs * chunk <= mostInputs)
    }
    var phases: [NetworkPhase] = []
    var narrow = 0
    for layer in 0...last where isWide[layer] {
      if narrow < layer { phases.append(.examples(forward: narrow..<layer, backward: nil)) }
      if layer == 0 { phases.append(.inputs) }
      phases.append(.forward(layer: layer))
      narrow = layer + 1
    }
    // The last layer is never wide: one phase of examples goes on backward from it.
    var forward = narrow..<last + 1
    var first = last
    for layer in stride(from: last, to: 0, by: -1) where isWide[layer] && isWide[layer - 1] {
      phases.append(.examples(forward: forward, backward: layer < first ? layer + 1...first : nil))
      phases.append(.backward(layer: layer))
      (forward, first) = (last..<last, layer - 1)
    }
    if !forward.isEmpty || first > 0 {
      phases.append(.examples(forward: forward, backward: first > 0 ? 1...first : nil))
    }
    return phases.filter { $0 != .examples(forward: last..<last, backward: nil) }
  }
}
