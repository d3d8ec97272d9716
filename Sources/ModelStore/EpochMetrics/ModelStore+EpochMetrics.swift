import GRDB
import Inference

extension ModelStore {
  /// What was measured after epochs of a version's training; nil if nothing was registered.
  ///
  /// - Throws: ``StoreError``: the reference names nothing, or ``StoreError/Code/damaged`` if the numbers are not those that were
  ///   written.
  public func epochMetrics(of reference: Reference) throws(StoreError) -> EpochMetrics? {
    try read { database in
      let id = try Self.resolve(reference, in: database)
      guard let version = try StoredVersion(id: id, in: database) else { throw Self.vanished(id) }
      return try Self.epochMetrics(of: version, in: database)
    }
  }

  /// The checked numbers by epoch of a version.
  static func epochMetrics(of version: StoredVersion, in database: Database) throws -> EpochMetrics? {
    guard let stored = version.epochMetrics else { return nil }
    do {
      let names = try Model.labels(canonicalText: Array(stored.names.utf8), name: "names")
      if let problem = EpochMetrics.problem(ofNames: names)
        ?? EpochMetrics.problem(ofCount: stored.count, names: names.count)
      {
        throw StoreError(.damaged, problem)
      }
      let size = 8 * stored.count * (names.count + 1)
      let bytes = try BlobStorage.load(stored.sha256, rawSize: size, in: database)
      return try EpochMetrics(rows: LittleEndian.doubles(bytes.span), names: names)
    } catch let error as InferenceError {
      throw StoreError(.damaged, "\(version.reference), epoch metrics: \(error.message)")
    } catch let error as StoreError where error.code == .damaged {
      throw StoreError(.damaged, "\(version.reference), epoch metrics: \(error.message)")
    }
  }
}

extension StoredVersion {
  /// The numbers by epoch, as the tables hold them.
  struct StoredEpochMetrics {
    /// How many rows there are.
    let count: Int
    /// A JSON array of the names.
    let names: String
    let sha256: String

    init(count: Int, names: String, sha256: String) {
      self.count = count
      self.names = names
      self.sha256 = sha256
    }

    /// Those of a draft, whose bytes have that digest.
    init(_ metrics: EpochMetrics, sha256: String) {
      self.init(
        count: metrics.epochs.count, names: Model.canonicalText(ofLabels: metrics.names), sha256: sha256)
    }
  }
}
