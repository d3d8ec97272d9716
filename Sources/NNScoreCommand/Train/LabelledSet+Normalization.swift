import Datasets
import Images

extension LabelledSet {
  /// The mean and the standard deviation of the pixels of each channel, as an input format has them: of pixels scaled to 0…1. A
  /// channel whose pixels are all the same has the deviation 1, so that nothing is divided by 0.
  ///
  /// Both come from exact sums of whole numbers: the population's variance is (n·Σv² − (Σv)²) / n².
  var normalization: (mean: [Double], standardDeviation: [Double]) {
    let channels = shape.channels
    var sums = [UInt64](repeating: 0, count: channels)
    var squares = [UInt64](repeating: 0, count: channels)
    let bytes = pixels.span
    var channel = 0
    for index in bytes.indices {
      let value = UInt64(bytes[index])
      sums[channel] &+= value
      squares[channel] &+= value &* value
      channel = channel + 1 == channels ? 0 : channel + 1
    }
    let count = pixels.count / channels
    let deviations = zip(sums, squares).map { sum, square in
      let variance = UInt128(count) * UInt128(square) - UInt128(sum) * UInt128(sum)
      return variance == 0 ? 1 : Double(variance).squareRoot() / (Double(count) * 255)
    }
    return (sums.map { Double($0) / (Double(count) * 255) }, deviations)
  }
}
