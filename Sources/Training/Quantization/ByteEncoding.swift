internal import Inference

/// How the inputs of a layer become bytes: q = round(x / scale) + zero, held within 0 and 255.
struct ByteEncoding {
  let scale: Float
  let zero: UInt8

  /// Bytes as they are.
  static let pixels = ByteEncoding(scale: 1, zero: 0)

  private init(scale: Float, zero: UInt8) {
    self.scale = scale
    self.zero = zero
  }

  /// That of what an activation gives, which lay within a range.
  init(_ activation: Activation, _ range: ValueRange) {
    switch activation {
    case .sigmoid: self.init(from: 0, to: 1)
    case .tanh: self.init(from: -1, to: 1)
    case .linear, .relu, .leakyRelu, .softmax: self.init(from: Double(range.lowest), to: Double(range.highest))
    }
  }

  /// Steps of the same length from the lowest to the highest; 0 is one of them.
  private init(from lowest: Double, to highest: Double) {
    let step = (highest - lowest) / 255
    // The inverse of a scale must be a 32-bit number as well; where all is 0, any scale does.
    scale = step > 0 ? Float(max(step, Double(Float.leastNormalMagnitude))) : 1
    zero = UInt8(min(255, (-lowest / Double(scale)).rounded(.toNearestOrEven)))
  }
}
