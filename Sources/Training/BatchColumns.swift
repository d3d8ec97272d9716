internal import Inference

/// What a first layer of many outputs leaves out of a batch: the columns of its rows in which all bytes are 0.
///
/// Owned by a network; it changes between the phases of a training only.
final class BatchColumns<Element: TrainingElement>: @unchecked Sendable {
  /// Those that the batch uses; nil for all, where too few are left out to be worth copies of the others.
  private(set) var columns: UsedColumns?
  private let memory: Region<UInt32>
  /// The used columns of a chunk's rows.
  private let bytes: Region<UInt8>
  /// A row of the gradient, of each thread.
  private let rows: [Region<Element>]

  init(columns count: Int, chunk: Int, threads: Int) {
    memory = Region(count: UsedColumns.memory(columns: count))
    bytes = Region(count: chunk * count)
    rows = (0..<threads).map { _ in Region(count: count + UsedColumns.slack) }
  }

  /// Sets ``columns`` to those of a batch.
  func find(_ pixels: Matrix<UInt8>) {
    let found = UsedColumns(of: pixels, memory: memory.lent)
    // Copying them and spreading the gradient takes some 3 % of a step on MNIST; an eighth of the first layer's products is more.
    columns = found.all - found.count >= max(1, found.all / 8) ? found : nil
  }

  /// Where the used columns of some examples of a chunk are [m, columns].
  func bytes(_ examples: Range<Int>, _ columns: UsedColumns) -> Matrix<UInt8> {
    let width = columns.count
    return Matrix(
      bytes.lent.part(from: examples.lowerBound * width, count: examples.count * width), rows: examples.count,
      columns: width)
  }

  /// Memory of a thread for a row of the gradient.
  func row(_ worker: Int) -> Region<Element> { rows[worker].lent }
}
