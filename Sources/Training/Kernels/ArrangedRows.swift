internal import CKernels
package import Inference

/// A batch's rows of bytes once more, in the orders in which products and gradients of a first layer of few outputs read them: worth its
/// memory where the batch stays the same for many steps, each of which would put the bytes in order again.
package struct ArrangedRows: Sendable {
  /// Rows that products take at a time: ranges of a chunk's examples begin at multiples of it.
  static let rows = 16

  private let features: Int
  private let columns: Region<UInt8>
  /// What the gradient of a chunk reads.
  package let lines: Region<UInt8>

  /// Bytes of memory that some rows need; `Int.max` if more than that.
  static func memory(rows: Int, features: Int) -> Int {
    // Up to 16 times the columns of a row, and the lines.
    guard !rows.multipliedReportingOverflow(by: features).overflow, rows * features < Int.max / 32 else { return .max }
    return nnk_arranged_columns(rows, features) + nnk_arranged_lines(rows, features)
  }

  /// Memory for rows [m, features], to be filled.
  ///
  /// - Throws: ``InferenceError/Code/outOfMemory``.
  init(rows: Int, features: Int) throws(InferenceError) {
    self.features = features
    columns = try Region(allocating: nnk_arranged_columns(rows, features), isZeroed: false)
    lines = try Region(allocating: nnk_arranged_lines(rows, features), isZeroed: false)
  }

  /// Arranged rows [m, features].
  ///
  /// - Throws: ``InferenceError/Code/outOfMemory``.
  package init(_ rows: Matrix<UInt8>) throws(InferenceError) {
    try self.init(rows: rows.rows, features: rows.columns)
    fill(rows)
  }

  /// Arranges as many rows as the memory is for, each chunk of ``Kernels/blockLength`` by itself.
  func fill(_ rows: Matrix<UInt8>) {
    Shapes.requireContiguous(rows)
    precondition(rows.columns == features && columns.count == nnk_arranged_columns(rows.rows, features))
    for start in stride(from: 0, to: rows.rows, by: Kernels.blockLength) {
      let examples = start..<min(start + Kernels.blockLength, rows.rows)
      let arranged = chunk(examples)
      unsafe nnk_arrange(
        examples.count, features, rows.rows(examples).region.base, arranged.columns.base, arranged.lines.base)
    }
  }

  private init(features: Int, columns: Region<UInt8>, lines: Region<UInt8>) {
    (self.features, self.columns, self.lines) = (features, columns, lines)
  }

  /// Those of a chunk, lent.
  func chunk(_ examples: Range<Int>) -> ArrangedRows {
    precondition(examples.lowerBound % Kernels.blockLength == 0 && examples.count <= Kernels.blockLength)
    let ofLines = nnk_arranged_lines(examples.count, features)
    return ArrangedRows(
      features: features, columns: columns(examples).lent,
      lines: lines.part(from: nnk_arranged_lines(examples.lowerBound, features), count: ofLines).lent)
  }

  /// What products of some of the examples read.
  package func columns(_ examples: Range<Int>) -> Region<UInt8> {
    precondition(examples.lowerBound % Self.rows == 0)
    return columns.part(
      from: examples.lowerBound * features, count: nnk_arranged_columns(examples.count, features))
  }
}

extension Shapes {
  /// The arranged columns of rows.
  static func require(columns: Region<UInt8>?, of rows: Matrix<UInt8>) {
    precondition(columns?.count ?? .max >= nnk_arranged_columns(rows.rows, rows.columns))
  }

  /// The arranged lines of rows, of which a gradient takes those from `first` on.
  static func require(lines: Region<UInt8>?, of rows: Matrix<UInt8>, first: Int) {
    precondition(rows.rows > 0)
    guard let lines else { return }
    precondition(lines.count == nnk_arranged_lines(rows.rows, rows.columns) && first % 64 == 0)
  }
}
