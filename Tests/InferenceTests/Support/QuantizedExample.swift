@testable import Inference

extension Example {
  /// A model in 8 bits of random parameters: weights from -32 to 32, of which any four keep the rule.
  static func quantized(
    inputs: Int = 4, layers: [(Int, Activation)] = [(3, .relu), (2, .softmax)],
    elementType: InputFormat.ElementType = .uint8, seed: UInt64 = 1
  ) throws -> Model {
    var random = RandomNumbers(seed: seed)
    let architecture = try Architecture(
      inputs: inputs, layers: layers.map { Architecture.Layer(outputs: $0.0, activation: $0.1) })
    let parameters = architecture.layers.indices.map { index in
      let (inputs, outputs) = (architecture.inputs(ofLayer: index), architecture.layers[index].outputs)
      let takesBytes = index == 0 && elementType == .uint8
      let inputScale: Float = takesBytes ? 1 : 0.01 + Float(random.next() % 100) / 4096
      // Weighted sums around 1, so that no activation is a constant.
      let scale = 1 / (inputScale * 100 * 18 * Float(inputs).squareRoot())
      return QuantizedLayer(
        weight: (0..<outputs * inputs).map { _ in Int8(Int(random.next() % 65) - 32) },
        weightScale: (0..<outputs).map { _ in scale * (1.5 + Float(random.unit())) }, bias: random.values(outputs),
        inputScale: inputScale, inputZeroPoint: takesBytes ? 0 : UInt8(random.next() % 256))
    }
    let single = architecture.outputs == 1 && layers.last?.1 == .sigmoid
    return try Model(
      architecture: architecture, parameters: .int8(QuantizedParameters(layers: parameters)),
      inputFormat: InputFormat(elementType: elementType, height: 1, width: inputs, channels: 1, scale: 1),
      labels: single ? ["non-cat", "cat"] : (0..<architecture.outputs).map { "class \($0)" },
      identity: Model.Identity(
        name: "cats", number: 8, digest: "sha256:" + String(repeating: "0123456789abcdef", count: 4)))
  }
}

/// Forward propagation in 8 bits as the documentation of `QuantizedLayer` says it, a number at a time.
enum QuantizedOracle {
  static func scores(_ model: Model, _ rows: [Float]) throws -> [Float] {
    guard case .int8(let parameters) = model.modelParameters else { return [] }
    let kernels = try Kernels.supporting(.portable)
    var values = rows
    for (index, layer) in parameters.layers.enumerated() {
      let (inputs, outputs) = (model.architecture.inputs(ofLayer: index), layer.bias.count)
      let zero = Float(layer.inputZeroPoint)
      let bytes = values.map { value in
        let byte = zero.addingProduct(value, 1 / layer.inputScale).rounded(.toNearestOrEven)
        return byte > 255 ? 255 : byte > 0 ? Int(byte) : 0
      }
      var z: [Float] = []
      for row in stride(from: 0, to: bytes.count, by: inputs) {
        for output in 0..<outputs {
          var sum = 0
          for input in 0..<inputs {
            sum += (bytes[row + input] - Int(layer.inputZeroPoint)) * Int(layer.weight[output * inputs + input])
          }
          z.append(layer.bias[output].addingProduct(Float(sum), layer.inputScale * layer.weightScale[output]))
        }
      }
      let region = Region<Float>(count: z.count)
      region.copy(from: z)
      Float.activate(
        kernels, model.architecture.layers[index].activation,
        Matrix(region, rows: z.count / outputs, columns: outputs))
      values = region.array
    }
    return values
  }
}
