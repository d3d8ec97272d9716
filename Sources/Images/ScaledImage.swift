/// A picture as it was decoded, at its own size or a part of it.
struct ScaledImage {
  /// One of the two directions of a picture.
  struct Axis: Equatable {
    /// Rows or columns of the picture at its own size.
    let count: Int
    /// By what that was divided, and rounded up, as it was decoded: 1, 2, 4 or 8.
    let divisor: Int
    /// How many rows or columns at its own size were added to make that a whole number, and now stand before the picture's first.
    var leading = 0

    /// The same axis the other way round: what was added behind the last then stands before the first.
    var reversed: Axis {
      Axis(count: count, divisor: divisor, leading: (count + divisor - 1) / divisor * divisor - count - leading)
    }

    /// Where rows or columns of the picture at its own size lie in what was decoded: the whole ones that have a part of them, and
    /// where among these they begin and end, exactly, as the divisor is a power of two.
    func scaled(_ range: Range<Int>) -> (whole: Range<Int>, extent: Range<Double>) {
      let (start, end) = (range.lowerBound + leading, range.upperBound + leading)
      let first = start / divisor
      let whole = first..<(end + divisor - 1) / divisor
      func place(_ position: Int) -> Double { Double(position - first * divisor) / Double(divisor) }
      return (whole, place(start)..<place(end))
    }
  }

  let rows: Axis
  let columns: Axis
  /// What was decoded.
  let pixels: DecodedImage

  /// Rows of the picture at its own size.
  var height: Int { rows.count }
  /// Pixels in a row at its own size.
  var width: Int { columns.count }
  /// By what both were divided, and rounded up.
  var divisor: Int { rows.divisor }

  /// A picture that was decoded at its own size.
  init(_ pixels: DecodedImage) {
    self.init(
      rows: Axis(count: pixels.height, divisor: 1), columns: Axis(count: pixels.width, divisor: 1), pixels: pixels)
  }

  init(rows: Axis, columns: Axis, pixels: DecodedImage) {
    self.rows = rows
    self.columns = columns
    self.pixels = pixels
  }

  /// The picture turned as an orientation says.
  func turned(_ orientation: ImageOrientation) -> ScaledImage {
    let (newRows, newColumns) = orientation.swapsAxes ? (columns, rows) : (rows, columns)
    return ScaledImage(
      rows: orientation.reversesRows ? newRows.reversed : newRows,
      columns: orientation.reversesColumns ? newColumns.reversed : newColumns, pixels: orientation.apply(to: pixels))
  }
}
