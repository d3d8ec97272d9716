import Datasets
import Inference

extension LabelledSet {
  /// The most rows that are chosen.
  private static let goldenCount = 4

  /// Rows to keep as golden examples: the first example of each class, of four classes spread over all if there are more; of labels and
  /// quantities four examples spread over the set.
  ///
  /// - Parameter format: the model's, whose rows these are.
  func goldenRows(for format: InputFormat) -> GoldenExamples.Rows {
    let first =
      targets.kind == .classes ? classNames.indices.compactMap { labels.firstIndex(of: $0) } : Array(0..<self.count)
    let count = min(Self.goldenCount, first.count)
    let rows = (0..<count).flatMap { index in
      let row = first[index * first.count / count]
      return pixels[row * format.features..<(row + 1) * format.features]
    }
    switch format.elementType {
    case .uint8: return .uint8(rows)
    case .float32: return .float32(rows.map { Float($0) })
    }
  }
}
