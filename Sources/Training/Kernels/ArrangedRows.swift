internal import CKernels
package import Inference

/// A batch's rows of bytes once more, in the orders in which products and gradients of a first layer of few outputs read them: worth its memory
/// where the batch stays the same for many steps, each of which would put the bytes in order again.
package struct ArrangedRows: Sendable {
  /// Rows that products take at a time: ranges of a chunk's examples begin at multiples of it.
  static let rows = 16
  /// The most bytes of a batch's rows that are arranged.
  private static let most = 1 << 25

  private let count: Int
  private let features: Int
  private let columns: Region<UInt8>
  private let lines: Region<UInt8>

  /// Bytes of memory that some rows need, or nil where they are so many that they stay as they are.
  static func memory(rows: Int, features: Int) -> Int? {
    let size = rows.multipliedReportingOverflow(by: features)
    guard !size.overflow, size.partialValue <= most else { return nil }
    return nnk_arranged_columns(rows, features) + nnk_arranged_lines(rows, features)
  }

  /// Arranges rows [m, features], each chunk of ``Kernels/blockLength`` by itself.
  package init(_ rows: Matrix<UInt8>) {
    Shapes.requireContiguous(rows)
    (count, features) = (rows.rows, rows.columns)
    columns = Region(count: nnk_arranged_columns(count, features), isZeroed: false)
    lines = Region(count: nnk_arranged_lines(count, features), isZeroed: false)
    for start in stride(from: 0, to: count, by: Kernels.blockLength) {
      let chunk = rows.rows(start..<min(start + Kernels.blockLength, count))
      let arranged = self.chunk(start..<start + chunk.rows)
      unsafe nnk_arrange(chunk.rows, features, chunk.region.base, arranged.columns.base, arranged.lines.base)
    }
  }

  private init(count: Int, features: Int, columns: Region<UInt8>, lines: Region<UInt8>) {
    (self.count, self.features, self.columns, self.lines) = (count, features, columns, lines)
  }

  /// Those of a chunk, lent.
  func chunk(_ examples: Range<Int>) -> ArrangedRows {
    precondition(examples.lowerBound % Kernels.blockLength == 0 && examples.count <= Kernels.blockLength)
    let width = nnk_arranged_lines(1, features)
    return ArrangedRows(
      count: examples.count, features: features,
      columns: columns.part(
        from: examples.lowerBound * features, count: nnk_arranged_columns(examples.count, features)
      ).lent,
      lines: lines.part(from: examples.lowerBound * width, count: examples.count * width).lent)
  }

  /// What products of some of a chunk's examples read.
  package func columns(_ examples: Range<Int>) -> Region<UInt8> {
    precondition(examples.lowerBound % Self.rows == 0)
    return columns.part(
      from: examples.lowerBound * features, count: nnk_arranged_columns(examples.count, features))
  }

  /// What the gradient of a chunk reads.
  package var allLines: Region<UInt8> { lines }
}

extension Shapes {
  /// The arranged columns of rows.
  static func require(columns: Region<UInt8>?, of rows: Matrix<UInt8>) {
    precondition(columns?.count ?? .max >= nnk_arranged_columns(rows.rows, rows.columns))
  }

  /// The arranged lines of rows, of which a gradient takes those from `first` on.
  static func require(lines: Region<UInt8>?, of rows: Matrix<UInt8>, first: Int) {
    guard let lines else { return }
    precondition(lines.count == nnk_arranged_lines(rows.rows, rows.columns) && first % 64 == 0)
  }
}
