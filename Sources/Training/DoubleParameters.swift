public import Inference

/// The weights and biases of a network in double precision: what a run in ``Precision/float64`` ends with, and what any run
/// can begin from.
public struct DoubleParameters: Sendable, Equatable {
  /// The weights and biases of one dense layer.
  public struct Layer: Sendable, Equatable {
    /// W, row-major, shape [outputs, inputs].
    public var weight: [Double]
    /// b, shape [outputs].
    public var bias: [Double]

    /// A layer's parameters.
    public init(weight: [Double], bias: [Double]) {
      self.weight = weight
      self.bias = bias
    }
  }

  /// One entry a layer, first to last.
  public var layers: [Layer]

  /// The parameters of a network; their lengths are checked against an architecture by the ``Trainer``.
  public init(layers: [Layer]) {
    self.layers = layers
  }

  /// The same numbers from 32 bits: exact.
  public init(_ parameters: Parameters) {
    layers = parameters.layers.map { Layer(weight: $0.weight.map(Double.init), bias: $0.bias.map(Double.init)) }
  }

  /// Each number rounded once to 32 bits.
  public var rounded: Parameters {
    Parameters(
      layers: layers.map { DenseParameters(weight: $0.weight.map(Float.init), bias: $0.bias.map(Float.init)) })
  }

  /// Checks lengths against an architecture, and that all numbers are finite in the precision of the run.
  ///
  /// - Throws: ``TrainingError/Code/shapeMismatch``, ``TrainingError/Code/invalidInitialization``.
  func validate(against architecture: Architecture, precision: Precision) throws(TrainingError) {
    guard layers.count == architecture.layers.count else {
      throw TrainingError(
        .shapeMismatch,
        "the starting parameters have \(layers.count) layers; the network has \(architecture.layers.count)")
    }
    for (index, layer) in layers.enumerated() {
      let outputs = architecture.layers[index].outputs
      let inputs = architecture.inputs(ofLayer: index)
      for (name, values, expected) in [
        ("weight", layer.weight, "\(outputs) × \(inputs) = \(outputs * inputs)"), ("bias", layer.bias, "\(outputs)"),
      ] {
        guard values.count == (name == "weight" ? outputs * inputs : outputs) else {
          throw TrainingError(
            .shapeMismatch,
            "layers.\(index).\(name) of the starting parameters has \(values.count) elements; expected \(expected)")
        }
        if let bad = values.firstIndex(where: { precision == .float32 ? !Float($0).isFinite : !$0.isFinite }) {
          throw TrainingError(
            .invalidInitialization,
            "layers.\(index).\(name) of the starting parameters is \(values[bad]) at element \(bad); "
              + "expected a finite number in \(precision.rawValue)")
        }
      }
    }
  }
}
