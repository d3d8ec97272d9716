import GRDB
import Inference

extension VersionSummary {
  /// The versions of a model that were not deleted, those that a filter takes, in the order asked for or by number.
  static func fetch(
    modelID: Int, model: String, filter: VersionFilter? = nil, sort: VersionSort? = nil, limit: Int? = nil,
    in database: Database
  ) throws -> [VersionSummary] {
    let serving = try ModelStore.serving(model, in: database)
    var statement = FilterStatement(modelID: modelID, model: model, serving: serving)
    let clauses = statement.clauses(filter: filter, sort: sort, limit: limit)
    return try fetch(
      clauses, StatementArguments(statement.arguments), isRecurring: filter == nil && sort == nil, model: model,
      serving: serving, in: database)
  }

  /// The version of that row id, deleted or not; nil if there is none.
  static func fetch(id: Int, model: String, in database: Database) throws -> VersionSummary? {
    try fetch(
      "WHERE versions.id = ?", [id], isRecurring: true, model: model,
      serving: ModelStore.serving(model, in: database), in: database
    ).first
  }

  /// One pass over the versions, one over their metrics, one over what was put on the model's versions. No JSON is decoded.
  private static func fetch(
    _ clauses: String, _ arguments: StatementArguments, isRecurring: Bool, model: String, serving: Int?,
    in database: Database
  ) throws -> [VersionSummary] {
    let sql = """
      SELECT versions.id, versions.number, digest, created_at, parameter_count, architecture, note, costs.count, costs.final,
        (SELECT dtype FROM tensors WHERE tensors.version = versions.id AND position = 0)
      FROM versions LEFT JOIN costs ON costs.version = versions.id \(clauses)
      """
    // A statement of someone's own filter is not kept for a next time that may not come.
    let statement = try isRecurring ? database.cachedStatement(sql: sql) : database.makeStatement(sql: sql)
    let row = try StatementRow(statement, arguments: arguments)
    var result: [VersionSummary] = []
    var ids: [Int] = []
    while try row.next() {
      ids.append(try row.integer(0))
      let number = try row.integer(1)
      result.append(
        VersionSummary(
          number: number, digest: Digest.withPrefix(try row.text(2)), createdAt: try row.timestamp(3),
          isServing: number == serving, costCount: try row.optionalInteger(7) ?? 0,
          finalCost: try row.optionalReal(8), metrics: [:], note: try row.text(6), aliases: [], tags: [:],
          architectureText: try row.text(5, like: result.last?.architectureText ?? ""),
          parameterCount: try row.integer(4),
          precision: row.holds(Int8.dtype, 9) ? .int8 : .float32))
    }
    guard !result.isEmpty else { return [] }
    try addMetrics(to: &result, ids: ids, in: database)
    try addMarks(to: &result, of: model, in: database)
    return result
  }

  private static func addMetrics(to versions: inout [VersionSummary], ids: [Int], in database: Database) throws {
    let places = Dictionary(zip(ids, ids.indices), uniquingKeysWith: { first, _ in first })
    let row = try StatementRow(
      try database.cachedStatement(
        sql: """
          SELECT version, name, value FROM metrics WHERE version IN (SELECT value FROM json_each(?)) ORDER BY version
          """),
      arguments: ["[" + ids.map { String($0) }.joined(separator: ",") + "]"])
    var metrics = MetricsReader()
    var current: Int?
    while try row.next() {
      let id = try row.integer(0)
      if id != current {
        if let current, let place = places[current] { versions[place].metrics = metrics.finish() }
        current = id
      }
      try metrics.add(row, name: 1, value: 2)
    }
    if let current, let place = places[current] { versions[place].metrics = metrics.finish() }
  }

  /// Adds aliases, tags and the last note, which were put on versions after they were registered.
  private static func addMarks(to versions: inout [VersionSummary], of model: String, in database: Database) throws {
    let places = Dictionary(
      zip(versions.map(\.number), versions.indices), uniquingKeysWith: { first, _ in first })
    // Constants, which SQLite takes into the views; a list of the numbers it would not.
    guard let first = places.keys.min(), let last = places.keys.max() else { return }
    func rows(_ columns: String, from table: String, _ rest: String = "") throws -> StatementRow {
      try StatementRow(
        try database.cachedStatement(
          sql: "SELECT version, \(columns) FROM \(table) WHERE model = ? AND version BETWEEN ? AND ? \(rest)"),
        arguments: [model, first, last])
    }
    let aliases = try rows("name", from: "aliases", "ORDER BY name")
    while try aliases.next() {
      if let place = places[try aliases.integer(0)] { versions[place].aliases.append(try aliases.text(1)) }
    }
    // As the view `tags` does it, but without the columns that take it half as long again.
    let tags = try rows(
      "name, value, kind = 'tag', max(sequence)", from: "ledger", "AND kind IN ('tag', 'untag') GROUP BY version, name")
    while try tags.next() {
      guard try tags.integer(3) == 1, let place = places[try tags.integer(0)] else { continue }
      versions[place].tags[try tags.text(1)] = try tags.text(2)
    }
    let notes = try rows("note", from: "notes")
    while try notes.next() {
      if let place = places[try notes.integer(0)] { versions[place].note = try notes.text(1) }
    }
  }
}
