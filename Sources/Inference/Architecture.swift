/// The shape of a fully connected network: how many inputs, and each layer's outputs and activation.
public struct Architecture: Sendable, Equatable {
  /// One dense layer: a = activation(W·x + b), W of shape [outputs, inputs of the layer].
  public struct Layer: Sendable, Equatable {
    /// The number of units.
    public let outputs: Int
    /// The function applied to the weighted sums.
    public let activation: Activation

    /// A layer of so many units. Checked when it becomes part of an ``Architecture``.
    public init(outputs: Int, activation: Activation) {
      self.outputs = outputs
      self.activation = activation
    }
  }

  /// The most inputs or outputs a layer may have.
  public static let maximumWidth = 1 << 24
  /// The most layers a network may have.
  public static let maximumDepth = 1024

  /// The length of one input row.
  public let inputs: Int
  /// The layers, first to last; at least one.
  public let layers: [Layer]

  /// Checks and makes an architecture.
  ///
  /// - Throws: ``InferenceError/Code/invalidArchitecture`` when there is no layer or more than ``maximumDepth``, a width is not
  ///   in 1…``maximumWidth``, or softmax stands before the last layer or has one output only.
  public init(inputs: Int, layers: [Layer]) throws(InferenceError) {
    func refuse(_ message: String) -> InferenceError { InferenceError(.invalidArchitecture, message) }
    let widths = 1...Self.maximumWidth
    guard widths.contains(inputs) else {
      throw refuse("the architecture has \(inputs) inputs; expected 1 to \(Self.maximumWidth)")
    }
    guard !layers.isEmpty, layers.count <= Self.maximumDepth else {
      throw refuse("the architecture has \(layers.count) layers; expected 1 to \(Self.maximumDepth)")
    }
    for index in layers.indices {
      let layer = layers[index]
      guard widths.contains(layer.outputs) else {
        throw refuse("layer \(index) has \(layer.outputs) outputs; expected 1 to \(Self.maximumWidth)")
      }
      guard layer.activation == .softmax else { continue }
      guard index == layers.count - 1 else {
        throw refuse("layer \(index) is softmax; softmax is for the last layer only (here layer \(layers.count - 1))")
      }
      guard layer.outputs > 1 else {
        throw refuse("layer \(index) is softmax with one output, which is always 1; use sigmoid for two classes")
      }
    }
    self.inputs = inputs
    self.layers = layers
  }

  /// The number of outputs of the last layer.
  public var outputs: Int { layers[layers.count - 1].outputs }

  /// The number of inputs of layer `index`: the outputs of the layer before, or ``inputs`` for the first.
  public func inputs(ofLayer index: Int) -> Int {
    index == 0 ? inputs : layers[index - 1].outputs
  }

  /// The number of weights and biases of all layers together.
  public var parameterCount: Int {
    var total = 0
    for index in layers.indices {
      total += (inputs(ofLayer: index) + 1) * layers[index].outputs
    }
    return total
  }
}
