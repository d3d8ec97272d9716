/// Pixels of 1 or 3 channels on their way to a rule's size, row-major.
struct Raster {
  /// A rectangle of whole pixels.
  struct Box: Equatable {
    let top: Int
    let left: Int
    let height: Int
    let width: Int
  }

  let height: Int
  let width: Int
  let channels: Int
  let pixels: [UInt8]

  func cropped(_ box: Box) -> Raster {
    if box.height == height && box.width == width { return self }
    var result = [UInt8]()
    result.reserveCapacity(box.height * box.width * channels)
    for row in box.top..<(box.top + box.height) {
      let start = (row * width + box.left) * channels
      result.append(contentsOf: pixels[start..<(start + box.width * channels)])
    }
    return Raster(height: box.height, width: box.width, channels: channels, pixels: result)
  }

  /// Columns and rows of a raster that a result is made from; the ends may lie within a pixel.
  struct Extent: Equatable {
    let columns: Range<Double>
    let rows: Range<Double>
  }

  /// All of it.
  var whole: Extent { Extent(columns: 0..<Double(width), rows: 0..<Double(height)) }

  /// A part of the raster at another size: first along rows, rounded to 8 bits, then along columns, rounded again.
  ///
  /// An axis that does not change is left as it is.
  func resized(_ extent: Extent, height newHeight: Int, width newWidth: Int, filter: ImageRule.Filter) -> Raster {
    let across = Self.taps(from: width, over: extent.columns, to: newWidth, filter: filter)
    let down = Self.taps(from: height, over: extent.rows, to: newHeight, filter: filter)
    if across == nil && down == nil { return self }
    return PixelKernels.resample(self, across: across, down: down)
  }

  private static func taps(
    from count: Int, over extent: Range<Double>, to newCount: Int, filter: ImageRule.Filter
  ) -> ResamplingTaps? {
    newCount == count && extent == 0..<Double(count)
      ? nil : ResamplingTaps(from: count, over: extent, to: newCount, filter: filter)
  }
}
