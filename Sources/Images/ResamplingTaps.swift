/// The weights of a one-dimensional resampling: for each output, a run of inputs and a fixed-point weight for each.
///
/// The same arithmetic as the 8-bit resampling of Pillow (`Image.resize`, `libImaging/Resample.c`), so that pictures
/// prepared with it have the same bits: an output's centre is (i + 1/2) · scale; the filter's support is widened by the
/// scale when reducing; inputs outside count as not there; weights are normalised to a sum of 1 in double precision and rounded to 22 fractional bits
/// (32 bits, less 8 for the pixel and 2 for the lobes of the cubic); each pass is rounded to 8 bits. Rows come before
/// columns always, as in Pillow before release 13, which takes columns first where the height shrinks much more.
struct ResamplingTaps {
  /// The number of outputs.
  let count: Int
  /// The distance between the weights of one output and the next in `weights`.
  let stride: Int
  /// For each output, its first input.
  let first: [Int]
  /// For each output, how many inputs it has.
  let length: [Int]
  /// `count × stride` weights with 22 fractional bits.
  let weights: [Int32]

  static let fractionBits: Int32 = 22
  /// One half, the start of every sum.
  static let half: Int32 = 1 << (fractionBits - 1)

  /// A sum back in 8 bits, clamped.
  @inline(__always)
  static func rounded(_ sum: Int32) -> UInt8 {
    UInt8(clamping: sum >> fractionBits)
  }

  /// The weights of a resampling.
  ///
  /// - Parameters:
  ///   - inputCount: The number of inputs.
  ///   - extent: What part of them the outputs cover: from 0 to `inputCount` for all of it, and the ends may lie within an input.
  ///   - outputCount: The number of outputs.
  ///   - filter: The filter.
  init(from inputCount: Int, over extent: Range<Double>, to outputCount: Int, filter: ImageRule.Filter) {
    let scale = (extent.upperBound - extent.lowerBound) / Double(outputCount)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    let stride = Int(support.rounded(.up)) * 2 + 1
    let inverseScale = 1 / filterScale
    var first = [Int](repeating: 0, count: outputCount)
    var length = [Int](repeating: 0, count: outputCount)
    var weights = [Int32](repeating: 0, count: outputCount * stride)
    var row = [Double](repeating: 0, count: stride)
    for output in 0..<outputCount {
      let centre = extent.lowerBound + (Double(output) + 0.5) * scale
      let start = max(0, Int(centre - support + 0.5))
      let end = min(inputCount, Int(centre + support + 0.5))
      var total = 0.0
      for tap in 0..<(end - start) {
        row[tap] = filter.weight(at: (Double(tap + start) - centre + 0.5) * inverseScale)
        total += row[tap]
      }
      for tap in 0..<(end - start) {
        let weight = (total == 0 ? row[tap] : row[tap] / total) * Double(Int32(1) << Self.fractionBits)
        weights[output * stride + tap] = Int32(weight + (weight < 0 ? -0.5 : 0.5))
      }
      first[output] = start
      length[output] = end - start
    }
    count = outputCount
    self.stride = stride
    self.first = first
    self.length = length
    self.weights = weights
  }
}

extension ImageRule.Filter {
  /// The radius outside which the filter is zero, in pixels of the coarser side.
  var support: Double {
    switch self {
    case .box: 0.5
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// The filter's value at a distance, in pixels of the coarser side.
  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .box:
      return distance > -0.5 && distance <= 0.5 ? 1 : 0
    case .bilinear:
      return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}
