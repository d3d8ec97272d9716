import GRDB
import Inference

extension StoredVersion {
  /// A digest of what the version is and what was said about it, whatever its number, its model's name and its parent's number:
  /// two rows with the same one are the same version in two stores.
  var contentDigest: String {
    var content = self
    content.model = ""
    content.number = 0
    content.parent = nil
    return content.computedRecord
  }

  /// The digests of the blobs that the version refers to, each once.
  var blobDigests: [String] {
    var seen: Set<String> = []
    let others = [costs?.sha256, epochMetrics?.sha256, golden?.inputs, golden?.outputs].compactMap { $0 }
    return (tensors.map(\.sha256) + others).filter { seen.insert($0).inserted }
  }

  /// Checks the version in full: its digest and record, its texts, every byte that it refers to, and what it answers to its golden
  /// examples.
  ///
  /// - Throws: ``StoreError/Code/damaged`` with the first thing that is wrong, or ``StoreError/Code/goldenMismatch``.
  func requireSound(in database: Database) throws {
    func refuse(_ problem: String) -> StoreError { StoreError(.damaged, "\(reference): \(problem); restore a backup") }
    let decoded = try ModelStore.model(self, in: database)
    guard computedRecord == record else {
      throw refuse(
        "expected the record \(record), but what is said about it (metrics, hyperparameters, lineage, …) has "
          + computedRecord)
    }
    guard decoded.architecture.parameterCount == parameterCount else {
      throw refuse("expected \(decoded.architecture.parameterCount) parameters, found \(parameterCount)")
    }
    for metric in metrics {
      guard Reference.isName(metric.name), metric.value.isFinite else {
        throw refuse("a metric \"\(metric.name)\" of \(metric.value) cannot be")
      }
    }
    _ = try decodedLineage()
    let last = try ModelStore.costs(of: self, in: database).last
    guard last.flatMap({ $0.isNaN ? nil : $0 }) == costs?.final else {
      throw refuse("the final cost is not the last of its history")
    }
    _ = try ModelStore.epochMetrics(of: self, in: database)
    try decoded.replayGolden()
  }
}
