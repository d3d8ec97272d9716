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
  /// An axis that does not change is left as it is. Source rows are taken one at a time and added to the result
  /// rows that they belong to, so that a very tall picture needs no memory between the two steps.
  func resized(_ extent: Extent, height newHeight: Int, width newWidth: Int, filter: ImageRule.Filter) -> Raster {
    let across = Self.taps(from: width, over: extent.columns, to: newWidth, filter: filter)
    let down = Self.taps(from: height, over: extent.rows, to: newHeight, filter: filter)
    if across == nil && down == nil { return self }
    let rowValues = newWidth * channels
    var result = [UInt8](repeating: 0, count: newHeight * rowValues)
    var sums = [Int32](repeating: ResamplingTaps.half, count: down == nil ? 0 : newHeight * rowValues)
    var resampledRow = [UInt8](repeating: 0, count: rowValues)
    var firstOpen = 0
    for row in 0..<height {
      let source = pixels.span.extracting(row * width * channels..<(row + 1) * width * channels)
      var target = resampledRow.mutableSpan
      if let across {
        channels == 1
          ? Self.resampleGrey(source, with: across, into: &target)
          : Self.resampleColour(source, with: across, into: &target)
      } else {
        for index in source.indices { target[index] = source[index] }
      }
      guard let down else {
        for index in 0..<rowValues { result[row * rowValues + index] = resampledRow[index] }
        continue
      }
      while firstOpen < newHeight, down.first[firstOpen] + down.length[firstOpen] <= row { firstOpen += 1 }
      var open = firstOpen
      while open < newHeight, down.first[open] <= row {
        let tap = row - down.first[open]
        if tap < down.length[open] {
          let factor = down.weights[open * down.stride + tap]
          let addend = resampledRow.span
          var sum = sums.mutableSpan
          let start = open * rowValues
          for index in addend.indices { sum[start &+ index] &+= Int32(addend[index]) &* factor }
        }
        open += 1
      }
    }
    if down != nil {
      for index in result.indices { result[index] = ResamplingTaps.rounded(sums[index]) }
    }
    return Raster(height: newHeight, width: newWidth, channels: channels, pixels: result)
  }

  private static func taps(
    from count: Int, over extent: Range<Double>, to newCount: Int, filter: ImageRule.Filter
  ) -> ResamplingTaps? {
    newCount == count && extent == 0..<Double(count)
      ? nil : ResamplingTaps(from: count, over: extent, to: newCount, filter: filter)
  }

  private static func resampleGrey(_ row: Span<UInt8>, with taps: ResamplingTaps, into result: inout MutableSpan<UInt8>)
  {
    let weights = taps.weights.span
    for column in 0..<taps.count {
      let inputs = row.extracting(taps.first[column]..<taps.first[column] + taps.length[column])
      let factors = weights.extracting(column * taps.stride..<column * taps.stride + taps.length[column])
      var sum = ResamplingTaps.half
      for tap in factors.indices { sum &+= Int32(inputs[tap]) &* factors[tap] }
      result[column] = ResamplingTaps.rounded(sum)
    }
  }

  private static func resampleColour(
    _ row: Span<UInt8>, with taps: ResamplingTaps, into result: inout MutableSpan<UInt8>
  ) {
    let weights = taps.weights.span
    for column in 0..<taps.count {
      let inputs = row.extracting(taps.first[column] * 3..<(taps.first[column] + taps.length[column]) * 3)
      let factors = weights.extracting(column * taps.stride..<column * taps.stride + taps.length[column])
      var red = ResamplingTaps.half
      var green = ResamplingTaps.half
      var blue = ResamplingTaps.half
      for tap in factors.indices {
        let factor = factors[tap]
        red &+= Int32(inputs[3 &* tap]) &* factor
        green &+= Int32(inputs[3 &* tap &+ 1]) &* factor
        blue &+= Int32(inputs[3 &* tap &+ 2]) &* factor
      }
      result[3 * column] = ResamplingTaps.rounded(red)
      result[3 * column + 1] = ResamplingTaps.rounded(green)
      result[3 * column + 2] = ResamplingTaps.rounded(blue)
    }
  }
}
