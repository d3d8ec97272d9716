/// The weights and biases of one dense layer.
public struct DenseParameters: Sendable, Equatable {
  /// W, row-major, shape [outputs, inputs].
  public var weight: [Float]
  /// b, shape [outputs].
  public var bias: [Float]

  /// A layer's parameters; their lengths are checked against an architecture by ``Parameters/validate(against:)``.
  public init(weight: [Float], bias: [Float]) {
    self.weight = weight
    self.bias = bias
  }
}

/// The weights and biases of a network, layer by layer.
public struct Parameters: Sendable, Equatable {
  /// One entry a layer, first to last.
  public var layers: [DenseParameters]

  /// The parameters of a network.
  public init(layers: [DenseParameters]) {
    self.layers = layers
  }

  /// Checks that there is a weight [outputs, inputs] and a bias [outputs] for each layer of the architecture.
  ///
  /// - Throws: ``InferenceError/Code/invalidParameters`` with the layer, the length expected and the length found.
  public func validate(against architecture: Architecture) throws(InferenceError) {
    guard layers.count == architecture.layers.count else {
      throw InferenceError(
        .invalidParameters,
        "the parameters have \(layers.count) layers; the architecture has \(architecture.layers.count)")
    }
    for index in layers.indices {
      let outputs = architecture.layers[index].outputs
      let inputs = architecture.inputs(ofLayer: index)
      guard layers[index].weight.count == outputs * inputs else {
        throw InferenceError(
          .invalidParameters,
          "layers.\(index).weight has \(layers[index].weight.count) elements; "
            + "expected \(outputs) × \(inputs) = \(outputs * inputs)")
      }
      guard layers[index].bias.count == outputs else {
        throw InferenceError(
          .invalidParameters,
          "layers.\(index).bias has \(layers[index].bias.count) elements; expected \(outputs)")
      }
    }
  }
}
