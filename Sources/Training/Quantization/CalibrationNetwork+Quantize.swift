internal import Inference

extension CalibrationNetwork.Layer {
  /// The layer in 8 bits, whose inputs become bytes in a given way; ``Quantizer`` has the formulas.
  func quantized(
    _ encoding: ByteEncoding, index: Int, _ workers: Workers
  ) throws(TrainingError) -> QuantizedLayer {
    let bytes = Region<Int8>(count: weight.count)
    let scales = Region<Float>(count: outputs)
    workers.share(outputs, grain: 1) { _, range in
      for output in range {
        let row = self.weight.part(from: output * self.inputs, count: self.inputs)
        scales[output] = Self.quantize(
          row, inputScale: encoding.scale, into: bytes.part(from: output * self.inputs, count: self.inputs))
      }
    }
    for output in 0..<outputs where !(scales[output] * encoding.scale).isFinite {
      throw TrainingError(
        .notQuantizable,
        "layers.\(index).weight: the weights of output \(output) are too large for a scale that is a 32-bit number")
    }
    return QuantizedLayer(
      weight: bytes.array, weightScale: scales.array, bias: bias.array, inputScale: encoding.scale,
      inputZeroPoint: encoding.zero)
  }

  /// Rounds the weights of one output to steps of a scale, which is returned; infinite if there is none.
  private static func quantize(_ row: Region<Float>, inputScale: Float, into bytes: Region<Int8>) -> Float {
    let least = leastScale(of: row)
    guard least > 0 else { return 1 }
    var scale = Float(least)
    // What a product of both scales rounds to must not be 0.
    if !(scale * inputScale >= .leastNormalMagnitude) {
      scale = Float(Double(Float.leastNormalMagnitude) / Double(inputScale)).nextUp
    }
    while scale.isFinite, !round(row, scale: scale, into: bytes) {
      scale = max(scale.nextUp, Float(Double(scale) * (1 + 1.0 / 64)))
    }
    return scale
  }

  /// w = round(W / s) of all weights; false if they then break a rule.
  private static func round(_ row: Region<Float>, scale: Float, into bytes: Region<Int8>) -> Bool {
    for place in 0..<row.count {
      let value = (Double(row[place]) / Double(scale)).rounded(.toNearestOrEven)
      guard value.magnitude <= 127 else { return false }
      bytes[place] = Int8(value)
    }
    return Kernels.misfit(bytes) == nil
  }

  /// The smallest scale for which weights keep the rules if rounding adds one half to each of four.
  private static func leastScale(of row: Region<Float>) -> Double {
    var (largest, largestOfFour, sum) = (0.0, 0.0, 0.0)
    for block in stride(from: 0, to: row.count, by: 64) {
      for first in stride(from: block, to: min(block + 32, row.count), by: 2) {
        var (positive, negative) = (0.0, 0.0)
        func take(_ place: Int) {
          guard place < row.count else { return }
          let value = Double(row[place])
          if value > 0 { positive += value } else { negative -= value }
          largest = max(largest, value.magnitude)
          sum += value.magnitude
        }
        take(first)
        take(first + 1)
        take(first + 32)
        take(first + 33)
        largestOfFour = max(largestOfFour, max(positive, negative))
      }
    }
    let slack = 2
    return max(
      largest / 127, largestOfFour / Double(QuantizedLayer.maximumOfFour - slack),
      sum / Double(QuantizedLayer.maximumAbsoluteSum))
  }
}
