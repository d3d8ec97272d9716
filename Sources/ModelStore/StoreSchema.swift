import GRDB
import Schemas

/// What a store must look like, and how it comes to look so.
enum StoreSchema {
  /// "nnsc": what tells a store from another program's database.
  static let applicationID = 0x6e6e_7363
  /// The schema version that this code reads and writes.
  static let version = Schemas.migrations.last?.version ?? 0

  /// A table, index, trigger or view.
  struct Object: Hashable {
    let type: String
    let name: String
    let sql: String?

    /// Whether it is one of the tables that ANALYZE makes. Their names alone tell nothing: who writes the file by hand can give them
    /// to a trigger as well.
    var isStatistics: Bool {
      type == "table" && ["sqlite_stat1", "sqlite_stat4"].contains(name)
        && sql?.hasPrefix("CREATE TABLE \(name)(") == true
    }
  }

  /// Creates or migrates the store where the mode allows it, and checks that the schema is exactly what it should be.
  static func establish(in queue: DatabaseQueue, path: String, mode: ModelStore.Mode) throws {
    var found = try queue.read { database in try state(of: database) }
    if found.isEmpty {
      guard mode == .create else {
        throw StoreError(
          .storeNotFound, "\(path) is an empty database, not a store yet; registering a version makes it one")
      }
      try migrate(queue, path: path)
      found = try queue.read { database in try state(of: database) }
    }
    try found.check(path: path)
    if found.version < version {
      guard mode != .readOnly else {
        throw StoreError(
          .olderStore,
          "\(path) has schema version \(found.version), this nnscore reads \(version); open it once for writing to migrate it"
        )
      }
      try migrate(queue, path: path)
    }
    if mode != .readOnly { try leaveWriteAheadLog(queue) }

    try queue.read { database in try requireExpectedObjects(in: database, path: path) }
  }

  private static func requireExpectedObjects(in database: Database, path: String) throws {
    let differences = try differences(in: database)
    guard differences.isEmpty else {
      throw StoreError(
        .alteredSchema,
        "\(path): the schema is not that of a store of version \(version): \(differences.joined(separator: "; ")). "
          + "Restore a backup, or undo what was changed by other programs")
    }
  }

  /// The digest of the objects that the migrations make, as SQLite has written them down since 3.26. A store of other objects is
  /// compared object by object with what the SQLite at hand makes of the migrations.
  static let recordedDigest = "f00c8b53c92e3e57ca7997fd01fc301dd183791ba3a595fd513a8c77bf2c4ddc"

  /// SHA-256 over all objects.
  static func digest(of objects: Set<Object>) -> String {
    var form = CanonicalForm("nnscore schema 1")
    for object in objects.sorted(by: { ($0.type, $0.name) < ($1.type, $1.name) }) {
      form.append(object.type)
      form.append(object.name)
      form.append(object.sql)
    }
    return form.sha256
  }

  /// What in the schema is not as the migrations make it, one line for each object.
  static func differences(in database: Database) throws -> [String] {
    let found = try objects(in: database)
    // Making the schema to compare with takes longer than all else of opening a store.
    if digest(of: found) == recordedDigest { return [] }
    let expected = try expectedObjects.get()
    if found == expected { return [] }
    let expectedNames = Set(expected.map { "\($0.type) \($0.name)" })
    let foundNames = Set(found.map { "\($0.type) \($0.name)" })
    var lines: [String] = []
    lines += expectedNames.subtracting(foundNames).sorted().map { "\($0) is missing" }
    lines += foundNames.subtracting(expectedNames).sorted().map { "\($0) does not belong there" }
    let altered = Set(found.subtracting(expected).map { "\($0.type) \($0.name)" }).intersection(expectedNames)
    lines += altered.sorted().map { "\($0) was altered" }
    return lines
  }

  /// All objects of a database but SQLite's own statistics.
  static func objects(in database: Database) throws -> Set<Object> {
    let rows = try Row.fetchCursor(database, sql: "SELECT type, name, sql FROM sqlite_schema")
    var result: Set<Object> = []
    while let row = try rows.next() {
      let object = Object(type: try row.text(0), name: try row.text(1), sql: try row.optionalText(2))
      if !object.isStatistics { result.insert(object) }
    }
    return result
  }

  /// The schema as the SQLite at hand writes it down, which is what a store is compared with.
  private static let expectedObjects: Result<Set<Object>, any Error> = Result { try makeExpectedObjects() }

  private static func makeExpectedObjects() throws -> Set<Object> {
    let queue = try DatabaseQueue()
    return try queue.writeWithoutTransaction { database in
      for migration in Schemas.migrations {
        try database.inTransaction {
          try database.execute(sql: migration.sql)
          return .commit
        }
      }
      return try objects(in: database)
    }
  }

  private struct State {
    let applicationID: Int
    let version: Int
    let objectCount: Int

    var isEmpty: Bool { applicationID == 0 && version == 0 && objectCount == 0 }

    func check(path: String) throws(StoreError) {
      guard applicationID == StoreSchema.applicationID else {
        throw StoreError(
          .notAStore,
          "\(path) is an SQLite database, but not a store: its application_id is \(applicationID), "
            + "expected \(StoreSchema.applicationID)")
      }
      guard version <= StoreSchema.version else {
        throw StoreError(
          .newerStore,
          "\(path) has schema version \(version), this nnscore knows up to \(StoreSchema.version); use a later nnscore")
      }
      guard version > 0 else {
        throw StoreError(
          .notAStore, "\(path) is marked as a store, but its user_version is \(version); restore a backup")
      }
    }
  }

  private static func state(of database: Database) throws -> State {
    func number(_ sql: String) throws -> Int { try Row.fetchOne(database, sql: sql)?.integer(0) ?? 0 }
    return State(
      applicationID: try number("PRAGMA application_id"), version: try number("PRAGMA user_version"),
      objectCount: try number("SELECT count(*) FROM sqlite_schema"))
  }

  private static func migrate(_ queue: DatabaseQueue, path: String) throws {
    try queue.writeWithoutTransaction { database in
      // Weights are most of a store, and SQLite reads and writes them page by page: of 16 KiB, half as many as of 8.
      try database.execute(sql: "PRAGMA page_size = 16384")
      try database.inTransaction(.immediate) {
        // Another process may have been faster.
        let current = try state(of: database)
        if !current.isEmpty { try current.check(path: path) }
        for migration in Schemas.migrations where migration.version > current.version {
          try database.execute(sql: migration.sql)
        }
        let reached = try state(of: database)
        guard reached.version == version else {
          throw StoreError(
            .internalError, "\(path): migration reached schema version \(reached.version), not \(version)")
        }
        // Before the commit, so that a store that another program changed stays as it was.
        try requireExpectedObjects(in: database, path: path)
        return .commit
      }
    }
  }

  /// A write-ahead log would need two more files and a folder that can be written, even to read.
  private static func leaveWriteAheadLog(_ queue: DatabaseQueue) throws {
    try queue.writeWithoutTransaction { database in
      guard try Row.fetchOne(database, sql: "PRAGMA journal_mode")?.text(0) == "wal" else { return }
      try database.execute(sql: "PRAGMA journal_mode = DELETE")
    }
  }
}
