/// The parameters of a model, of either precision.
public enum ModelParameters: Sendable, Equatable {
  /// The kinds of numbers that a model computes with.
  public enum Precision: UInt8, Sendable, Equatable, CaseIterable {
    /// IEEE 754 binary32.
    case float32 = 0
    /// Bytes, added up in whole numbers of 32 bits, with float scales.
    case int8 = 1

    /// The name in `--json`.
    public var name: StaticString {
      switch self {
      case .float32: "float32"
      case .int8: "int8"
      }
    }
  }

  /// Weights and biases as floats.
  case float32(Parameters)
  /// Weights in 8 bits, with their scales.
  case int8(QuantizedParameters)

  /// The precision.
  public var precision: Precision {
    switch self {
    case .float32: .float32
    case .int8: .int8
    }
  }

  /// Weights and biases as floats; those of 8 bits ``QuantizedParameters/dequantized``.
  public var float32: Parameters {
    switch self {
    case .float32(let parameters): parameters
    case .int8(let parameters): parameters.dequantized
    }
  }

  /// Checks that the parameters fit a model.
  ///
  /// - Throws: ``InferenceError/Code/invalidParameters`` with the layer, what was expected and what was found.
  public func validate(against architecture: Architecture, _ inputFormat: InputFormat) throws(InferenceError) {
    switch self {
    case .float32(let parameters): try parameters.validate(against: architecture)
    case .int8(let parameters): try parameters.validate(against: architecture, inputFormat)
    }
  }
}

/// A tensor of a model's layers as files and stores have it.
package struct LayerTensor: Sendable {
  /// `layers.0.weight`, …
  package let name: String
  /// `F32`, `I8` or `U8`.
  package let dtype: StaticString
  /// The lengths of the dimensions, slowest first.
  package let shape: [Int]

  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// Bytes an element.
  package var elementSize: Int { type.size }
  /// Bytes of all elements.
  package var byteCount: Int { count * type.size }

  let type: TensorType

  init(_ name: String, _ type: TensorType, _ shape: [Int]) {
    self.name = name
    self.type = type
    dtype = type.name
    self.shape = shape
  }

  /// The tensors of an architecture's layers in the order of files and stores.
  package static func all(of architecture: Architecture, _ precision: ModelParameters.Precision) -> [LayerTensor] {
    var result: [LayerTensor] = []
    for index in architecture.layers.indices {
      let outputs = architecture.layers[index].outputs
      let weight = [outputs, architecture.inputs(ofLayer: index)]
      switch precision {
      case .float32:
        result.append(LayerTensor("layers.\(index).weight", .f32, weight))
        result.append(LayerTensor("layers.\(index).bias", .f32, [outputs]))
      case .int8:
        result.append(LayerTensor("layers.\(index).weight", .i8, weight))
        result.append(LayerTensor("layers.\(index).weight_scale", .f32, [outputs]))
        result.append(LayerTensor("layers.\(index).bias", .f32, [outputs]))
        result.append(LayerTensor("layers.\(index).input_scale", .f32, [1]))
        result.append(LayerTensor("layers.\(index).input_zero_point", .u8, [1]))
      }
    }
    return result
  }
}

extension ModelParameters {
  /// Calls `body` with the bytes of each tensor, little-endian, in the order of ``LayerTensor/all(of:_:)``.
  package func forEachTensor<Failure: Error>(_ body: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    switch self {
    case .float32(let parameters):
      for layer in parameters.layers {
        try body(layer.weight.littleEndianBytes)
        try body(layer.bias.littleEndianBytes)
      }
    case .int8(let parameters):
      for layer in parameters.layers {
        try body(layer.weight.littleEndianBytes)
        try body(layer.weightScale.littleEndianBytes)
        try body(layer.bias.littleEndianBytes)
        try body([layer.inputScale].littleEndianBytes)
        try body([layer.inputZeroPoint])
      }
    }
  }

  /// Parameters from their tensors.
  ///
  /// - Parameter tensor: the tensor at an index of ``LayerTensor/all(of:_:)``, of its type and shape.
  init<Failure: Error>(
    of architecture: Architecture, _ precision: Precision, tensor: (Int) throws(Failure) -> CheckedTensor
  ) throws(Failure) {
    switch precision {
    case .float32:
      var layers: [DenseParameters] = []
      for index in architecture.layers.indices {
        let weight = try tensor(2 * index).floats
        layers.append(DenseParameters(weight: weight, bias: try tensor(2 * index + 1).floats))
      }
      self = .float32(Parameters(layers: layers))
    case .int8:
      var layers: [QuantizedLayer] = []
      for index in architecture.layers.indices {
        layers.append(
          QuantizedLayer(
            weight: try tensor(5 * index).signedBytes,
            weightScale: try tensor(5 * index + 1).floats,
            bias: try tensor(5 * index + 2).floats,
            inputScale: try tensor(5 * index + 3).floats[0],
            inputZeroPoint: try tensor(5 * index + 4).bytes[0]))
      }
      self = .int8(QuantizedParameters(layers: layers))
    }
  }
}
