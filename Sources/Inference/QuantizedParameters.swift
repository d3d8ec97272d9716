import CKernels

/// One dense layer in 8 bits: z[o] = (Σ (q[i] − zero)·w[o][i]) · inputScale·weightScale[o] + bias[o].
///
/// q[i] = round(x[i] / inputScale) + zero, held within 0 and 255, is the byte of an input x[i]. The sum is one of whole numbers,
/// so that it has no rounding and the same bits everywhere.
public struct QuantizedLayer: Sendable, Equatable {
  /// w, row-major, shape [outputs, inputs]; see ``QuantizedParameters/validate(against:_:)`` for the rule that it keeps.
  public var weight: [Int8]
  /// What a weight of 1 stands for, shape [outputs]; positive.
  public var weightScale: [Float]
  /// b, shape [outputs].
  public var bias: [Float]
  /// What a step of an input's byte stands for; positive.
  public var inputScale: Float
  /// The byte that stands for an input of 0.
  public var inputZeroPoint: UInt8

  /// A layer; checked by ``QuantizedParameters/validate(against:_:)``.
  public init(weight: [Int8], weightScale: [Float], bias: [Float], inputScale: Float, inputZeroPoint: UInt8) {
    self.weight = weight
    self.weightScale = weightScale
    self.bias = bias
    self.inputScale = inputScale
    self.inputZeroPoint = inputZeroPoint
  }

  /// The places within 64 inputs (x even, below 32, and x + 1, x + 32, x + 33) whose positive weights may make at most this
  /// together, and whose negative ones at least its negation.
  public static let maximumOfFour = 128
  /// The most that the absolute values of an output's weights may make together: 255 times as much is below 2³¹.
  public static let maximumAbsoluteSum = Int(Int32.max) / 255
}

/// The layers of a network that computes in 8 bits, first to last.
public struct QuantizedParameters: Sendable, Equatable {
  /// One entry a layer.
  public var layers: [QuantizedLayer]

  /// The parameters of a network.
  public init(layers: [QuantizedLayer]) {
    self.layers = layers
  }

  /// Checks shapes and values.
  ///
  /// - The shapes are those of the architecture.
  /// - The scales are positive and finite, and so are their products; the biases are finite.
  /// - Of the four weights of an output at x, x + 1, x + 32 and x + 33 of each 64 inputs (x even, below 32) the positive ones make
  ///   at most 128 together and the negative ones at least −128; all absolute values of an output's make at most
  ///   ``QuantizedLayer/maximumAbsoluteSum``. So no sum of products leaves 16 bits of four, or 32 bits of all.
  /// - The input format's scale is 1, its means 0 and its standard deviations 1: what it does is part of the first layer. Where
  ///   its elements are bytes, the first layer takes them as they are: an input scale of 1 and a zero point of 0.
  ///
  /// - Throws: ``InferenceError/Code/invalidParameters`` with the layer, what was expected and what was found.
  public func validate(against architecture: Architecture, _ inputFormat: InputFormat) throws(InferenceError) {
    guard layers.count == architecture.layers.count else {
      throw InferenceError(
        .invalidParameters,
        "the parameters have \(layers.count) layers; the architecture has \(architecture.layers.count)")
    }
    for index in layers.indices {
      try layers[index].validate(
        index: index, inputs: architecture.inputs(ofLayer: index), outputs: architecture.layers[index].outputs)
    }
    guard inputFormat.isUnscaled else {
      throw InferenceError(
        .invalidParameters,
        "the input format of a model in 8 bits has a scale, mean or standard deviation; expected 1, 0 and 1, as the first "
          + "layer takes the elements as they are")
    }
    let first = layers[0]
    guard inputFormat.elementType != .uint8 || (first.inputScale == 1 && first.inputZeroPoint == 0) else {
      throw InferenceError(
        .invalidParameters,
        "layers.0 has the input zero point \(first.inputZeroPoint) and an input scale; expected 0 and 1, as the model takes bytes"
      )
    }
  }

  /// The same network with weights and biases as floats: what a weight stands for, rounded once. Its answers are near to those in
  /// 8 bits, not the same.
  public var dequantized: Parameters {
    var result: [DenseParameters] = []
    for layer in layers {
      let inputs = layer.weight.count / max(layer.weightScale.count, 1)
      var weight: [Float] = []
      weight.reserveCapacity(layer.weight.count)
      for output in layer.weightScale.indices {
        let scale = layer.weightScale[output]
        for input in 0..<inputs { weight.append(Float(layer.weight[output * inputs + input]) * scale) }
      }
      result.append(DenseParameters(weight: weight, bias: layer.bias))
    }
    return Parameters(layers: result)
  }
}

extension QuantizedLayer {
  fileprivate func validate(index: Int, inputs: Int, outputs: Int) throws(InferenceError) {
    func refuse(_ message: String) -> InferenceError {
      InferenceError(.invalidParameters, "layers.\(index).\(message)")
    }
    guard weight.count == outputs * inputs else {
      throw refuse(
        "weight has \(weight.count) elements; expected \(outputs) × \(inputs) = \(outputs * inputs)")
    }
    guard weightScale.count == outputs else {
      throw refuse("weight_scale has \(weightScale.count) elements; expected \(outputs)")
    }
    guard bias.count == outputs else { throw refuse("bias has \(bias.count) elements; expected \(outputs)") }
    guard inputScale.isFinite, inputScale > 0, (1 / inputScale).isFinite else {
      throw refuse("input_scale is not a positive number within the range of floats")
    }
    for output in 0..<outputs {
      let factor = inputScale * weightScale[output]
      guard weightScale[output] > 0, factor.isFinite, factor > 0 else {
        throw refuse(
          "weight_scale: element \(output), or its product with input_scale, is not a positive number within the range of floats"
        )
      }
      guard bias[output].isFinite else { throw refuse("bias: element \(output) is not a finite number") }
    }
    try weight.span.withRegion { (region: Region<Int8>) throws(InferenceError) in
      for output in 0..<outputs {
        guard let place = Kernels.misfit(region.part(from: output * inputs, count: inputs)) else { continue }
        guard place < inputs else {
          throw refuse(
            "weight: the absolute values of output \(output) make more than \(Self.maximumAbsoluteSum) together; quantize again"
          )
        }
        throw refuse(
          "weight: of output \(output) the weights \(place), \(place + 1), \(place + 32) and \(place + 33) make more than "
            + "\(Self.maximumOfFour) together, the positive or the negative ones; quantize again")
      }
    }
  }
}

extension Kernels {
  /// Where the weights of one output break the rule of 8-bit layers: the first of the four, or their count if all together are too
  /// much; nil if they keep it.
  package static func misfit(_ weights: Region<Int8>) -> Int? {
    var place = 0
    var sum: Int64 = 0
    return unsafe nnk_int8_fits(weights.count, weights.base, &place, &sum) ? nil : place
  }

  /// Σ w of the weights of one output that keep the rule.
  static func sum(_ weights: Region<Int8>) -> Int32 {
    var place = 0
    var sum: Int64 = 0
    precondition(unsafe nnk_int8_fits(weights.count, weights.base, &place, &sum))
    return Int32(sum)
  }
}

extension InputFormat {
  /// Whether elements enter the first layer as they are.
  package var isUnscaled: Bool {
    scale == 1 && mean.allSatisfy { $0 == 0 } && standardDeviation.allSatisfy { $0 == 1 }
  }
}
