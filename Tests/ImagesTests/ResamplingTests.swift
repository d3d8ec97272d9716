import CPixels
import Testing

@testable import Images

@Suite("Resampling")
struct ResamplingTests {
  /// The sums one by one, as `ResamplingTaps` describes them.
  private func oracle(_ raster: Raster, _ across: ResamplingTaps?, _ down: ResamplingTaps?) -> Raster {
    let channels = raster.channels
    func pass(_ count: Int, _ taps: ResamplingTaps?, _ input: (Int) -> UInt8, _ output: (Int, UInt8) -> Void) {
      guard let taps else { return (0..<count).forEach { output($0, input($0)) } }
      for place in 0..<taps.count {
        var sum = Int64(ResamplingTaps.half)
        for tap in 0..<taps.length[place] {
          sum += Int64(taps.weights[place * taps.stride + tap]) * Int64(input(taps.first[place] + tap))
        }
        output(place, UInt8(clamping: sum >> Int64(ResamplingTaps.fractionBits)))
      }
    }
    let (width, height) = (across?.count ?? raster.width, down?.count ?? raster.height)
    var middle = [UInt8](repeating: 0, count: raster.height * width * channels)
    var result = [UInt8](repeating: 0, count: height * width * channels)
    for channel in 0..<channels {
      for row in 0..<raster.height {
        pass(
          raster.width, across, { raster.pixels[(row * raster.width + $0) * channels + channel] },
          { middle[(row * width + $0) * channels + channel] = $1 })
      }
      for column in 0..<width {
        pass(
          raster.height, down, { middle[($0 * width + column) * channels + channel] },
          { result[($0 * width + column) * channels + channel] = $1 })
      }
    }
    return Raster(height: height, width: width, channels: channels, pixels: result)
  }

  @Test(
    "the kernels give the sums' bytes for any size, filter and part of a picture, with every instruction set",
    arguments: [1, 3])
  func conformance(channels: Int) {
    let sizes = [(1, 1), (1, 9), (17, 1), (7, 5), (8, 8), (9, 16), (23, 31), (40, 12)]
    for (height, width) in sizes {
      // Extremes in the first: the sums of a cubic's lobes go beyond a byte on both sides.
      let pixels = (0..<height * width * channels).map { _ in
        Bool.random() ? UInt8.random(in: 0...255) : [0, 255][Int.random(in: 0...1)]
      }
      let raster = Raster(height: height, width: width, channels: channels, pixels: pixels)
      for (newHeight, newWidth) in sizes {
        for filter in ImageRule.Filter.allCases {
          let start = Double.random(in: 0..<1)
          let across =
            newWidth == width
            ? nil : ResamplingTaps(from: width, over: start..<Double(width), to: newWidth, filter: filter)
          let down =
            newHeight == height
            ? nil : ResamplingTaps(from: height, over: 0..<Double(height) - start / 2, to: newHeight, filter: filter)
          let expected = oracle(raster, across, down).pixels
          #expect(PixelKernels.resample(raster, across: across, down: down).pixels == expected)
          #expect(portable(raster, across, down) == expected)
        }
      }
    }
  }

  private func portable(_ raster: Raster, _ across: ResamplingTaps?, _ down: ResamplingTaps?) -> [UInt8] {
    unsafe PixelKernels.withTaps(across) { across in
      unsafe PixelKernels.withTaps(down) { down in
        let (height, width, channels) = (raster.height, raster.width, raster.channels)
        var scratch = unsafe [Int32](repeating: 0, count: cpx_resample_scratch(height, width, channels, across, down))
        let count = unsafe (down?.pointee.count ?? height) * (across?.pointee.count ?? width) * channels
        var result = [UInt8](repeating: 0, count: count)
        unsafe cpx_resample_portable(raster.pixels, height, width, channels, across, down, &result, &scratch)
        return result
      }
    }
  }
}
