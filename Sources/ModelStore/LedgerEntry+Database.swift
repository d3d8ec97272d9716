import GRDB

extension LedgerEntry {
  /// What the entry is about, before it has a place in the ledger.
  struct Draft {
    var kind: Kind
    var model: String?
    var version: Int?
    var digest: String?
    var predecessor: Int?
    var name: String?
    var value: String?
    var reason = ""
    var actor: String
  }

  /// Writes an entry at the end of the ledger.
  ///
  /// - Parameter moment: when, by the clock.
  @discardableResult
  static func append(_ draft: Draft, at moment: Timestamp = .now, in database: Database) throws -> LedgerEntry {
    let last = try fetchLast(in: database)
    let (sequence, overflow) = (last?.sequence ?? 0).addingReportingOverflow(1)
    guard !overflow else {
      throw StoreError(.damaged, "the last entry of the ledger has the number \(Int.max), so that none can follow it")
    }
    func entry(hash: String) -> LedgerEntry {
      LedgerEntry(
        sequence: sequence, at: at, actor: draft.actor, kind: draft.kind, model: draft.model,
        version: draft.version, digest: draft.digest.map { Digest.withPrefix(Digest.withoutPrefix($0)) },
        predecessor: draft.predecessor, name: draft.name, value: draft.value, reason: draft.reason, hash: hash)
    }
    // The clock may go back; the ledger's does not, so that what served at some moment has one answer. Whoever writes while it is far
    // ahead is warned: see entryAheadOfClock().
    let at = max(moment, last?.at ?? moment)
    let result = entry(hash: entry(hash: "").computedHash(following: last?.hash ?? Digest.none))
    try result.insert(in: database)
    return result
  }

  /// The hash of the entry. `Schemas/store.md` specifies the two forms: promotes and rollbacks have the one that schema version 1
  /// gave them, all else has the second.
  ///
  /// - Parameter previous: the hash of the entry with the sequence number before, of whatever model; 64 zeros for the first.
  func computedHash(following previous: String) -> String {
    let isFirstForm = kind == .promote || kind == .rollback
    var form = CanonicalForm(isFirstForm ? "nnscore ledger 1" : "nnscore ledger 2")
    form.append(previous)
    form.append(sequence)
    form.append(at.description)
    form.append(actor)
    form.append(kind.rawValue)
    if isFirstForm {
      form.append(model ?? "")
      form.append(version ?? 0)
      form.append(Digest.withoutPrefix(digest ?? ""))
    } else {
      form.append(model)
      form.append(version.map { String($0) })
      form.append(digest.map { Digest.withoutPrefix($0) })
      form.append(name)
      form.append(value)
    }
    form.append(predecessor.map { String($0) })
    form.append(reason)
    return form.sha256
  }

  private static let columns =
    "sequence, at, actor, kind, model, version, digest, predecessor, name, value, reason, hash"

  /// Reads a row of ``columns``.
  private init(_ row: Row) throws {
    let sequence = try row.integer(0)
    guard let kind = Kind(rawValue: try row.text(3)) else {
      throw StoreError(.damaged, "the entry \(sequence) of the ledger is of an unknown kind, \"\(try row.text(3))\"")
    }
    self.init(
      sequence: sequence, at: try row.timestamp(1), actor: try row.text(2), kind: kind, model: try row.optionalText(4),
      version: try row.optionalInteger(5), digest: try row.optionalText(6).map(Digest.withPrefix),
      predecessor: try row.optionalInteger(7), name: try row.optionalText(8), value: try row.optionalText(9),
      reason: try row.text(10), hash: try row.text(11))
  }

  /// The condition of the index `ledger_service`, word by word, as SQLite compares it.
  static let isService = "kind IN ('promote', 'rollback', 'retire')"

  /// The entries that fulfil a condition, oldest first.
  static func fetch(
    where condition: String = "1", _ arguments: StatementArguments = [], in database: Database
  ) throws -> [LedgerEntry] {
    let statement = try database.cachedStatement(
      sql: "SELECT \(columns) FROM ledger WHERE \(condition) ORDER BY sequence")
    let rows = try Row.fetchCursor(statement, arguments: arguments)
    var entries: [LedgerEntry] = []
    while let row = try rows.next() { entries.append(try LedgerEntry(row)) }
    return entries
  }

  /// The last entry that fulfils a condition.
  static func fetchLast(
    where condition: String = "1", _ arguments: StatementArguments = [], in database: Database
  ) throws -> LedgerEntry? {
    let statement = try database.cachedStatement(
      sql: "SELECT \(columns) FROM ledger WHERE \(condition) ORDER BY sequence DESC LIMIT 1")
    return try Row.fetchOne(statement, arguments: arguments).map { try LedgerEntry($0) }
  }

  /// The entry that says what of a model is in service.
  static func fetchServing(_ model: String, in database: Database) throws -> LedgerEntry? {
    try fetchLast(where: "model = ? AND \(isService)", [model], in: database)
  }

  /// The entry that says what of a model is in service, checked: its hash, and that no other is the last.
  static func fetchCheckedServing(_ model: String, in database: Database) throws -> LedgerEntry? {
    let entry = try fetchServing(model, in: database)
    try entry?.requireHash(in: database)
    try requireNone(after: entry, where: isService, of: model, in: database)
    return entry
  }

  /// Checks by another index than the one that found an entry that none of its kind follows it. A damaged index can hide the last
  /// promote, and what was in service before would be served without a word: all that it consists of is in order.
  static func requireNone(
    after entry: LedgerEntry?, where condition: String, _ arguments: StatementArguments = [], of model: String,
    in database: Database
  ) throws {
    // From the end, so that only what was done to the model since is looked at.
    let statement = try database.cachedStatement(
      sql: """
        SELECT sequence FROM ledger INDEXED BY ledger_by_model WHERE model = ? AND sequence > ? AND \(condition)
        ORDER BY sequence DESC LIMIT 1
        """)
    let all: StatementArguments = [model, entry?.sequence ?? 0]
    guard let hidden = try Row.fetchOne(statement, arguments: all + arguments)?.integer(0) else { return }
    throw StoreError(
      .damaged,
      "an index of the ledger is damaged: it does not show the entry \(hidden), about \(model); run nnscore verify, and "
        + "restore a backup")
  }

  /// Checks the entry against its hash and that of the entry before it, which a forged or changed entry does not fit.
  func requireHash(in database: Database) throws {
    let previous =
      sequence > 1
      ? try Row.fetchOne(
        database.cachedStatement(sql: "SELECT hash FROM ledger WHERE sequence = ?"), arguments: [sequence - 1]
      )?.text(0)
      : Digest.none
    guard let previous, computedHash(following: previous) == hash else {
      throw StoreError(
        .damaged,
        "the entry \(sequence) of the ledger, \(summary), does not fit its hash: it was not written by nnscore, or was "
          + "changed; `nnscore verify` checks all entries")
    }
  }

  /// What the entry does, for messages.
  private var summary: String {
    let subject = (model ?? "the store") + (version.map { "@\($0)" } ?? "")
    return kind.isService && version != nil
      ? "which puts \(subject) into service"
      : "\(kind.rawValue) of \(name.map { "\"\($0)\", " } ?? "")\(subject)"
  }

  private func insert(in database: Database) throws {
    try database.cachedStatement(
      sql: "INSERT INTO ledger (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(
      arguments: [
        sequence, at.description, actor, kind.rawValue, model, version, digest.map { Digest.withoutPrefix($0) },
        predecessor, name, value, reason, hash,
      ])
  }
}
