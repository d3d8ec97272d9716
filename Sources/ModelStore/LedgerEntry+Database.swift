import GRDB

extension LedgerEntry {
  /// An entry with its hash, given the hash of the entry before it.
  init(
    sequence: Int, at: Timestamp, actor: String, kind: Kind, model: String, version: Int, digest: String,
    predecessor: Int?, reason: String, following previous: String
  ) {
    let entry = LedgerEntry(
      sequence: sequence, at: at, actor: actor, kind: kind, model: model, version: version, digest: digest,
      predecessor: predecessor, reason: reason, hash: "")
    self.init(
      sequence: sequence, at: at, actor: actor, kind: kind, model: model, version: version, digest: digest,
      predecessor: predecessor, reason: reason, hash: entry.computedHash(following: previous))
  }

  /// The hash of the entry. `Schemas/store.md` specifies the form.
  ///
  /// - Parameter previous: the hash of the entry with the sequence number before, of whatever model; 64 zeros for the first.
  func computedHash(following previous: String) -> String {
    var form = CanonicalForm("nnscore ledger 1")
    form.append(previous)
    form.append(sequence)
    form.append(at.description)
    form.append(actor)
    form.append(kind.rawValue)
    form.append(model)
    form.append(version)
    form.append(Digest.withoutPrefix(digest))
    form.append(predecessor.map { String($0) })
    form.append(reason)
    return form.sha256
  }

  private static let columns = "sequence, at, actor, kind, model, version, digest, predecessor, reason, hash"

  /// Reads a row of ``columns``.
  private init(_ row: Row) throws {
    let sequence = try row.integer(0)
    guard let kind = Kind(rawValue: try row.text(3)) else {
      throw StoreError(.damaged, "the entry \(sequence) of the ledger is of an unknown kind, \"\(try row.text(3))\"")
    }
    self.init(
      sequence: sequence, at: try row.timestamp(1), actor: try row.text(2), kind: kind, model: try row.text(4),
      version: try row.integer(5), digest: Digest.withPrefix(try row.text(6)),
      predecessor: try row.optionalInteger(7), reason: try row.text(8), hash: try row.text(9))
  }

  /// The entries of a model, or of all models, oldest first.
  static func fetch(model: String?, in database: Database) throws -> [LedgerEntry] {
    let condition = model == nil ? "" : "WHERE model = ?"
    let statement = try database.cachedStatement(sql: "SELECT \(columns) FROM ledger \(condition) ORDER BY sequence")
    let rows = try Row.fetchCursor(statement, arguments: model.map { [$0] } ?? [])
    var entries: [LedgerEntry] = []
    while let row = try rows.next() { entries.append(try LedgerEntry(row)) }
    return entries
  }

  /// The last entry of a model, or of all models.
  static func fetchLast(model: String?, in database: Database) throws -> LedgerEntry? {
    let condition = model == nil ? "" : "WHERE model = ?"
    let statement = try database.cachedStatement(
      sql: "SELECT \(columns) FROM ledger \(condition) ORDER BY sequence DESC LIMIT 1")
    return try Row.fetchOne(statement, arguments: model.map { [$0] } ?? []).map { try LedgerEntry($0) }
  }

  /// Checks the entry against its hash and that of the entry before it, which a forged or changed entry does not fit.
  func requireHash(in database: Database) throws {
    let previous =
      sequence == 1
      ? Digest.none
      : try Row.fetchOne(
        database.cachedStatement(sql: "SELECT hash FROM ledger WHERE sequence = ?"), arguments: [sequence - 1]
      )?.text(0)
    guard let previous, computedHash(following: previous) == hash else {
      throw StoreError(
        .damaged,
        "the entry \(sequence) of the ledger, which puts \(model)@\(version) into service, does not fit its hash: it was not "
          + "written by nnscore, or was changed; `nnscore verify` checks all entries")
    }
  }

  func insert(in database: Database) throws {
    try database.cachedStatement(
      sql: "INSERT INTO ledger (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(
      arguments: [
        sequence, at.description, actor, kind.rawValue, model, version, Digest.withoutPrefix(digest), predecessor,
        reason, hash,
      ])
  }
}
