import GRDB

/// That a version was deleted.
struct Deletion {
  let at: Timestamp
  let actor: String
  let reason: String
  /// Whether its rows are gone for good.
  let isPurged: Bool

  /// The condition of the index `ledger_deletions`, word by word, as SQLite compares it.
  static let isDeletion = "kind IN ('delete', 'undelete', 'purge')"

  /// The deletion that the last entry about it means, or nil if it brought the version back.
  private init?(kind: String, at: Timestamp, actor: String, reason: String) {
    guard kind != LedgerEntry.Kind.undelete.rawValue else { return nil }
    self.at = at
    self.actor = actor
    self.reason = reason
    isPurged = kind == LedgerEntry.Kind.purge.rawValue
  }

  /// The deletions of a model's versions by their numbers.
  static func fetch(model: String, number: Int?, in database: Database) throws -> [Int: Deletion] {
    // With max(), the other columns are those of the row that has it (a promise of SQLite).
    let statement = try database.cachedStatement(
      sql: """
        SELECT version, kind, at, actor, reason, max(sequence) FROM ledger
        WHERE model = ?1 AND \(isDeletion)\(number == nil ? "" : " AND version = ?2") GROUP BY version
        """)
    let rows = try Row.fetchCursor(statement, arguments: number.map { [model, $0] } ?? [model])
    var result: [Int: Deletion] = [:]
    while let row = try rows.next() {
      result[try row.integer(0)] = Deletion(
        kind: try row.text(1), at: try row.timestamp(2), actor: try row.text(3), reason: try row.text(4))
    }
    return result
  }
}

extension ModelStore {
  /// The versions of a model that were deleted and not brought back, by number.
  static func deletedVersions(of model: String, in database: Database) throws -> [Int: Deletion] {
    try Deletion.fetch(model: model, number: nil, in: database)
  }

  /// Whether a version was deleted.
  static func deletion(of model: String, number: Int, in database: Database) throws -> Deletion? {
    try Deletion.fetch(model: model, number: number, in: database)[number]
  }
}
