// The one file of this module that calls the C kernels.
import CPixels

/// The inner loops of pictures, in C.
enum PixelKernels {
  /// A raster at another size; an axis without taps stays as it is. The taps are made for the raster's height and width.
  static func resample(_ raster: Raster, across: ResamplingTaps?, down: ResamplingTaps?) -> Raster {
    let (height, width, channels) = (raster.height, raster.width, raster.channels)
    let (newHeight, newWidth) = (down?.count ?? height, across?.count ?? width)
    let result = unsafe withTaps(across) { across in
      unsafe withTaps(down) { down in
        let needed = unsafe cpx_resample_scratch(height, width, channels, across, down)
        var scratch = [Int32](repeating: 0, count: needed)
        let count = newHeight * newWidth * channels
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { result, initializedCount in
          unsafe cpx_resample(
            raster.pixels, height, width, channels, across, down, result.baseAddress, &scratch)
          initializedCount = count
        }
      }
    }
    return Raster(height: newHeight, width: newWidth, channels: channels, pixels: result)
  }

  static func withTaps<Result>(
    _ taps: ResamplingTaps?, _ body: (UnsafePointer<cpx_taps>?) -> Result
  ) -> Result {
    guard let taps else { return body(nil) }
    return unsafe taps.first.withUnsafeBufferPointer { first in
      unsafe taps.length.withUnsafeBufferPointer { length in
        unsafe taps.weights.withUnsafeBufferPointer { weights in
          var bridged = unsafe cpx_taps(
            count: taps.count, stride: taps.stride, first: first.baseAddress, length: length.baseAddress,
            weights: weights.baseAddress)
          return unsafe body(&bridged)
        }
      }
    }
  }

  /// Undoes the filters of a PNG picture of 8 bits a sample; nil where a row's filter is none that there is.
  ///
  /// - Parameters:
  ///   - filtered: `height` rows of a filter's number and `width × channels` bytes.
  ///   - shape: Its shape.
  static func unfilter(_ filtered: [UInt8], shape: ImageShape) -> [UInt8]? {
    let rowBytes = shape.width * shape.channels
    guard filtered.count == shape.height * (1 + rowBytes) else { return nil }
    var isFiltered = false
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: shape.height * rowBytes) { result, initializedCount in
      isFiltered = unsafe cpx_unfilter(filtered, shape.height, rowBytes, shape.channels, result.baseAddress) != 0
      initializedCount = isFiltered ? shape.height * rowBytes : 0
    }
    return isFiltered ? pixels : nil
  }
}
