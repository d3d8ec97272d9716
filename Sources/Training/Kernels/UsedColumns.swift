internal import CKernels
package import Inference

/// The columns of a batch's rows that have anything but zeros: pictures often have an edge, or a ground, in which they have none.
///
/// A column of zeros adds nothing to a product of finite numbers, to the last bit, and its weights' gradient is 0. (Of an infinite weight it
/// would make NaN: a training that has diverged so far is told of it in a later step.) Which columns are used is decided by the batch
/// alone, so neither threads nor the instruction set can show in the bits.
package struct UsedColumns: Sendable {
  /// The columns of a row.
  package let all: Int
  /// Those that are used: all that have anything but zeros, and some more.
  package let count: Int
  private let runCount: Int
  private let places: Region<UInt32>
  private let runs: Region<UInt32>

  /// Elements behind a row that is spread which are written too.
  package static var slack: Int { Int(NNK_SPREAD_SLACK) }

  /// The elements of memory that rows of `columns` columns need.
  package static func memory(columns: Int) -> Int { columns + nnk_column_runs(columns) }

  /// Finds those of some rows.
  ///
  /// - Parameter memory: as much as ``memory(columns:)`` says, which must not change as long as this is used.
  package init(of rows: Matrix<UInt8>, memory: Region<UInt32>) {
    Shapes.requireContiguous(rows)
    precondition(rows.columns > 0 && rows.columns <= UInt32.max)
    all = rows.columns
    places = memory.part(from: 0, count: all)
    runs = memory.part(from: all, count: nnk_column_runs(all))
    let found = unsafe nnk_find_columns(rows.rows, all, rows.region.base, places.base, runs.base)
    (count, runCount) = unsafe (found.count, found.run_count)
  }

  /// Copies them side by side: [m, ``all``] to [m, ``count``].
  package func take(of rows: Matrix<UInt8>, into taken: Matrix<UInt8>) {
    Shapes.requireContiguous(rows)
    Shapes.requireContiguous(taken)
    precondition(rows.columns == all && taken.rows == rows.rows && taken.columns == count)
    unsafe withColumns { unsafe nnk_take_columns(rows.rows, all, rows.region.base, $0, taken.region.base) }
  }

  func withColumns(_ body: (UnsafePointer<nnk_columns>) -> Void) {
    let columns = unsafe nnk_columns(count: count, run_count: runCount, places: places.base, runs: runs.base)
    unsafe withUnsafePointer(to: columns) { unsafe body($0) }
  }
}
