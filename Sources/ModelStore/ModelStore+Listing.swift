import GRDB
import Inference

extension ModelStore {
  /// All models, by name.
  ///
  /// - Throws: ``StoreError`` if the store cannot be read.
  public func models() throws(StoreError) -> [ModelSummary] {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT name, models.created_at, count(number), max(number),
            (SELECT version FROM ledger
              WHERE ledger.model = models.name AND \(LedgerEntry.isService) ORDER BY sequence DESC LIMIT 1)
          FROM models JOIN versions ON versions.model = models.id
          WHERE NOT EXISTS (
            SELECT 1 FROM deletions WHERE deletions.model = models.name AND deletions.version = versions.number)
          GROUP BY models.id ORDER BY name
          """)
      return try rows.map { row in
        ModelSummary(
          name: try row.text(0), versionCount: try row.integer(2), latest: try row.optionalInteger(3) ?? 0,
          serving: try row.optionalInteger(4), createdAt: try row.timestamp(1))
      }
    }
  }

  /// The versions of a model that were not deleted.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - filter: which of them; nil for all.
  ///   - sort: their order; nil for by number.
  ///   - limit: how many at most, the first ones of that order; nil for all.
  /// - Throws: ``StoreError/Code/noSuchModel``, ``StoreError/Code/invalidFilter`` for a limit below 0, or why the store cannot be
  ///   read.
  public func versions(
    of model: String, where filter: VersionFilter? = nil, sort: VersionSort? = nil, limit: Int? = nil
  ) throws(StoreError) -> [VersionSummary] {
    if let limit, limit < 0 {
      throw StoreError(.invalidFilter, "a list of at most \(limit) versions cannot be; give a limit of 0 or more")
    }
    return try read { database in
      let modelID = try Self.modelID(named: model, in: database)
      return try VersionSummary.fetch(
        modelID: modelID, model: model, filter: filter, sort: sort, limit: limit, in: database)
    }
  }

  /// One version in full, without its weights.
  ///
  /// - Throws: ``StoreError``: the reference names nothing, or what it names is damaged.
  public func version(_ reference: Reference) throws(StoreError) -> VersionRecord {
    try read { try VersionRecord(id: Self.resolve(reference, in: $0), in: $0) }
  }

  /// The cost at each iteration of a version, the first at iteration 0; empty if none were registered.
  ///
  /// - Throws: ``StoreError``: the reference names nothing, or the history's digest differs.
  public func costs(of reference: Reference) throws(StoreError) -> [Double] {
    try read { database in
      let id = try Self.resolve(reference, in: database)
      guard let version = try StoredVersion(id: id, in: database) else { throw Self.vanished(id) }
      return try Self.costs(of: version, in: database)
    }
  }

  /// The checked cost history of a version.
  static func costs(of version: StoredVersion, in database: Database) throws -> [Double] {
    guard let costs = version.costs else { return [] }
    let (size, overflow) = costs.count.multipliedReportingOverflow(by: 8)
    guard !overflow, costs.count > 0 else {
      throw StoreError(.damaged, "\(version.model)@\(version.number): a history of \(costs.count) costs cannot be")
    }
    do {
      let bytes = try BlobStorage.load(costs.sha256, rawSize: size, in: database)
      return LittleEndian.doubles(bytes.span)
    } catch let error as StoreError where error.code == .damaged {
      throw StoreError(.damaged, "\(version.model)@\(version.number), costs: \(error.message)")
    }
  }
}
