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

  /// The versions of a model, by number.
  ///
  /// - Throws: ``StoreError/Code/noSuchModel``, or why the store cannot be read.
  public func versions(of model: String) throws(StoreError) -> [VersionSummary] {
    try read { database in
      let modelID = try Self.modelID(named: model, in: database)
      return try VersionSummary.fetch(modelID: modelID, model: model, number: nil, in: database)
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
      let bytes = try BlobStorage.load(costs.sha256, elementSize: 8, rawSize: size, in: database)
      return LittleEndian.doubles(bytes.span)
    } catch let error as StoreError where error.code == .damaged {
      throw StoreError(.damaged, "\(version.model)@\(version.number), costs: \(error.message)")
    }
  }
}

extension VersionSummary {
  /// The versions of a model by number that were not deleted, or the one of a number whether deleted or not. A pass over an index
  /// for each kind of row; no JSON is decoded.
  static func fetch(modelID: Int, model: String, number: Int?, in database: Database) throws -> [VersionSummary] {
    let serving = try ModelStore.serving(model, in: database)
    let deleted = try number == nil ? ModelStore.deletedVersions(of: model, in: database) : [:]
    let marks = try Marks(of: model, in: database)
    let selection = "versions.model = ?1" + (number == nil ? "" : " AND versions.number = ?2")
    let arguments: StatementArguments = number.map { [modelID, $0] } ?? [modelID]
    let metricRows = try Row.fetchCursor(
      try database.cachedStatement(
        sql: """
          SELECT versions.number, metrics.name, metrics.value
          FROM versions JOIN metrics ON metrics.version = versions.id
          WHERE \(selection) ORDER BY versions.number
          """),
      arguments: arguments)
    var metrics: [Int: [String: Double]] = [:]
    while let row = try metricRows.next() {
      metrics[try row.integer(0), default: [:]][try row.text(1)] = try row.real(2)
    }

    let rows = try Row.fetchCursor(
      try database.cachedStatement(
        sql: """
          SELECT versions.number, digest, created_at, parameter_count, architecture, note, costs.count, costs.final
          FROM versions LEFT JOIN costs ON costs.version = versions.id
          WHERE \(selection) ORDER BY versions.number
          """),
      arguments: arguments)
    var result: [VersionSummary] = []
    while let row = try rows.next() {
      let number = try row.integer(0)
      guard deleted[number] == nil else { continue }
      result.append(
        VersionSummary(
          number: number, digest: Digest.withPrefix(try row.text(1)), createdAt: try row.timestamp(2),
          isServing: number == serving, costCount: try row.optionalInteger(6) ?? 0,
          finalCost: try row.optionalReal(7), metrics: metrics[number] ?? [:],
          note: try marks.notes[number] ?? row.text(5), aliases: marks.aliases[number] ?? [],
          tags: marks.tags[number] ?? [:], architectureText: try row.text(4), parameterCount: try row.integer(3)))
    }
    return result
  }

  /// What was put on a model's versions after they were registered, by their numbers.
  private struct Marks {
    var aliases: [Int: [String]] = [:]
    var tags: [Int: [String: String]] = [:]
    var notes: [Int: String] = [:]

    init(of model: String, in database: Database) throws {
      for alias in try Alias.fetch(model: model, in: database) {
        aliases[alias.version, default: []].append(alias.name)
      }
      let tagRows = try Row.fetchCursor(
        try database.cachedStatement(
          sql: "SELECT version, name, value FROM tags WHERE model = ? AND version IS NOT NULL"), arguments: [model])
      while let row = try tagRows.next() {
        tags[try row.integer(0), default: [:]][try row.text(1)] = try row.text(2)
      }
      let noteRows = try Row.fetchCursor(
        try database.cachedStatement(sql: "SELECT version, note FROM notes WHERE model = ? AND version IS NOT NULL"),
        arguments: [model])
      while let row = try noteRows.next() { notes[try row.integer(0)] = try row.text(1) }
    }
  }
}
