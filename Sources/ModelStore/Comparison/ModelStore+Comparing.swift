import GRDB
import Inference

extension ModelStore {
  /// Compares two versions, of one model or of two: architecture, input format, hyperparameters, metrics, costs, lineage and weights.
  ///
  /// What is compared is checked against its digests first. No more than one tensor of each version is in memory at a time.
  ///
  /// - Throws: ``StoreError``: a reference names nothing, or something damaged.
  public func compare(_ first: Reference, _ second: Reference) throws(StoreError) -> VersionComparison {
    try read { database in
      let ids = (try Self.resolve(first, in: database), try Self.resolve(second, in: database))
      guard let a = try StoredVersion(id: ids.0, in: database) else { throw Self.vanished(ids.0) }
      guard let b = try StoredVersion(id: ids.1, in: database) else { throw Self.vanished(ids.1) }
      return VersionComparison(
        first: try VersionRecord(id: ids.0, in: database), second: try VersionRecord(id: ids.1, in: database),
        firstCosts: try Self.costs(of: a, in: database), secondCosts: try Self.costs(of: b, in: database),
        tensors: try Self.compareTensors(a, b, in: database))
    }
  }

  private static func compareTensors(
    _ first: StoredVersion, _ second: StoredVersion, in database: Database
  ) throws -> [VersionComparison.Tensor] {
    let (_, ours) = try checkedTensors(of: first)
    let (_, theirs) = try checkedTensors(of: second)
    var result: [VersionComparison.Tensor] = []
    // Both are layer after layer from the first on, so that what has one name has one place.
    for place in 0..<max(ours.count, theirs.count) {
      let a = place < ours.count ? ours[place] : nil
      let b = place < theirs.count ? theirs[place] : nil
      var change: TensorChange?
      let isEqual = a?.sha256 == b?.sha256 && a?.shape == b?.shape
      if let a, let b, a.shape == b.shape, !isEqual {
        try PhysicalMemory.require(2 * 4 * a.shape.reduce(1, *), for: "\(a.name) of both versions")
        change = TensorChange(
          from: try floats(of: [a], first, in: database)[0], to: try floats(of: [b], second, in: database)[0],
          shape: a.shape)
      }
      result.append(
        VersionComparison.Tensor(
          name: a?.name ?? b?.name ?? "", firstShape: a?.shape, secondShape: b?.shape, isEqual: isEqual, change: change)
      )
    }
    return result
  }
}
