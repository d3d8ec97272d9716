import Foundation
import GRDB
import Inference
import Schemas
import Testing

@testable import ModelStore

/// Stores that someone made to do harm. Each is refused with an error or answers; none crashes, hangs or takes all memory.
///
/// The long form, where NNSCORE_TORTURE=1 is set, tries every bad value in every column.
@Suite struct HostileStoreTests {
  /// Asks everything of a store, and expects that nothing happened that should not.
  @discardableResult
  static func exercise(
    _ path: String, mode: ModelStore.Mode = .readOnly, writingTo folder: String? = nil, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> StoreExercise {
    let exercise = StoreExercise(path, mode: mode, writingTo: folder)
    #expect(exercise.mishaps == [], "\(what)", sourceLocation: sourceLocation)
    return exercise
  }

  @Test("A store that is sound answers everything")
  func sound() throws {
    let scratch = try Scratch(inMemory: true)
    try SmallStore.make(scratch.store)
    let exercise = Self.exercise(scratch.store, mode: .readWrite, writingTo: scratch.folder)
    // dogs have no version in service and no champion; at the end the store has nothing to roll back to.
    let refused = exercise.errors.keys.filter { !$0.hasSuffix("dogs") && !$0.hasSuffix("dogs@champion") }
    #expect(refused.isEmpty, "\(exercise.errors)")
    #expect(try ModelStore(path: scratch.store).verify().findings == [])
  }

  // MARK: Schemas

  /// Changes to a sound store, and the error that opening it must give.
  static let schemas: [(String, StoreError.Code, String)] = [
    (
      // SQLite's own names are reserved, but who writes the schema by hand is not asked.
      """
      PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('trigger', 'sqlite_stat5', 'ledger', 0,
        'CREATE TRIGGER sqlite_stat5 AFTER INSERT ON ledger BEGIN DELETE FROM tensors; END')
      """, .alteredSchema, "trigger sqlite_stat5 does not belong there"
    ),
    (
      """
      PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('view', 'sqlite_stat1', 'sqlite_stat1', 0,
        'CREATE VIEW sqlite_stat1 AS SELECT name AS tbl, name AS idx, name AS stat FROM models')
      """, .alteredSchema, "view sqlite_stat1 does not belong there"
    ),
    ("CREATE VIRTUAL TABLE spy USING fts5(x)", .alteredSchema, "spy does not belong there"),
    (
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE' WHERE name = 'ledger'", .damaged,
      "malformed database schema"
    ),
    ("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = NULL WHERE name = 'ledger'", .damaged, "malformed"),
    (
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'ledger'", .damaged,
      "malformed"
    ),
    ("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET type = 7 WHERE name = 'models'", .damaged, "malformed"),
    ("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema", .alteredSchema, "table models is missing"),
    (
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'kind IN', 'kind NOT IN') WHERE name = 'aliases'",
      .alteredSchema, "view aliases was altered"
    ),
    ("PRAGMA user_version = -1", .notAStore, "user_version is -1"),
    ("PRAGMA user_version = -2147483648", .notAStore, "user_version is -2147483648"),
    ("PRAGMA user_version = 2147483647", .newerStore, "2147483647"),
    ("PRAGMA application_id = -1", .notAStore, "application_id is -1"),
  ]

  @Test("A schema from elsewhere, planted or damaged, is refused by every mode and left as it was", arguments: schemas)
  func schema(change: String, code: StoreError.Code, problem: String) throws {
    let scratch = try Scratch(inMemory: true)
    try SmallStore.make(scratch.store)
    // fts5 is not in every SQLite.
    do { try execute(change, on: scratch.store) } catch let error as DatabaseError {
      if error.message?.contains("no such module") == true { return }
      throw error
    }
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.store))
    for mode in [ModelStore.Mode.readOnly, .readWrite, .create] {
      let error = storeError { _ = try ModelStore(path: scratch.store, mode: mode) }
      #expect(error?.code == code && error?.message.contains(problem) == true, "\(error?.message ?? "")")
    }
    Self.exercise(scratch.store, mode: .readWrite, writingTo: scratch.folder)
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.store)) == before)
  }

  @Test(
    "A database that only says that it is a store is refused, whatever schema version it claims", arguments: [1, 2, 3])
  func hollow(version: Int) throws {
    let scratch = try Scratch(inMemory: true)
    let claim = "PRAGMA application_id = \(StoreSchema.applicationID); PRAGMA user_version = \(version)"
    for schema in ["", "CREATE TABLE models (name); CREATE TABLE ledger (x)", "CREATE VIEW ledger AS SELECT 1"] {
      let path = scratch.path("hollow-\(schema.count).sqlite")
      try execute("\(schema); \(claim)", on: path)
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      for mode in [ModelStore.Mode.readOnly, .readWrite, .create] {
        let code = storeError { _ = try ModelStore(path: path, mode: mode) }?.code
        #expect([.alteredSchema, .damaged, .olderStore].contains(code))
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }

  @Test(
    "A store of an earlier schema with something planted in it is not migrated, and stays as it was",
    arguments: [
      "CREATE TRIGGER evil AFTER DELETE ON models BEGIN SELECT 1; END",
      "CREATE VIEW ledger_v1 AS SELECT * FROM ledger", "CREATE TABLE service (x)", "DROP TRIGGER ledger_refuse_update",
      "DROP TRIGGER models_refuse_update", "ALTER TABLE metrics ADD COLUMN x TEXT",
    ])
  func plantedBeforeMigration(change: String) throws {
    let scratch = try Scratch(inMemory: true)
    try MigrationTests.unpack(1, to: scratch.store)
    try execute(change, on: scratch.store)
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.store))
    let error = storeError { _ = try ModelStore(path: scratch.store, mode: .readWrite) }
    #expect([.alteredSchema, .damaged].contains(error?.code), "\(error?.message ?? "")")
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.store)) == before)
  }

  // MARK: Values

  /// What no column holds, or only one of another type.
  static let values = [
    "NULL", "-1", "0", "9223372036854775807", "-9223372036854775808", "1e300", "9e999", "''", "'x'", "x'ff'",
    "zeroblob(70)",
    "CAST(x'c328a0ff' AS TEXT)", "CAST(x'41004200' AS TEXT)", "CAST(zeroblob(64) AS TEXT)",
    "replace(hex(zeroblob(500000)), '0', 'a')", "char(27) || '[2J' || char(10) || 'x'",
    "replace(hex(zeroblob(50000)), '0', '[')", "replace(hex(zeroblob(50000)), '0', '{\"a\":')", "'{}'", "'[]'",
    "'[[1]]'",
    "'[2147483648,2147483648]'", "'[4611686018427387904]'", "'2026-02-30T00:00:00.000Z'", "'9999-12-31T23:59:59.999Z'",
  ]

  @Test("A value of the wrong type or size in any column is an error, or does no harm", .timeLimit(.minutes(60)))
  func columns() throws {
    let scratch = try Scratch(inMemory: true)
    let base = scratch.path("base.sqlite")
    try SmallStore.make(base, pageSize: 1024)
    let loose = try LooseStore(base)
    var generator = SeededGenerator(11)
    var (candidates, tried, rounds) = (0, 0, 0)
    for (table, column) in loose.columns {
      let values = Torture.isLong ? Self.values : [Self.values.randomElement(using: &generator) ?? "NULL"]
      for value in values {
        for rows in Torture.isLong ? ["", " WHERE rowid = 1"] : [""] {
          let change = "UPDATE OR IGNORE \(table) SET \(column) = \(value)\(table == "blobs" ? "" : rows)"
          candidates += 1
          guard !Torture.isLong || candidates % Torture.step == 0 else { continue }
          tried += 1
          guard try loose.write(to: scratch.store, change: change) else { continue }
          rounds += 1
          Self.exercise(scratch.store, change)
          guard Torture.isLong || rounds % 10 == 0 else { continue }
          Self.exercise(scratch.store, mode: .readWrite, writingTo: scratch.folder, change)
          for name in try FileManager.default.contentsOfDirectory(atPath: scratch.folder) where name != "base.sqlite" {
            try FileManager.default.removeItem(atPath: scratch.path(name))
          }
        }
      }
    }
    #expect(rounds > tried / 4)
    Torture.report("\(rounds) stores with a bad value in one of \(loose.columns.count) columns")
  }

  // MARK: What fits its digests

  /// Changes to what versions are made of, after which every digest is made right again.
  static let forgeries: [(String, String)] = {
    // Bytes, of which hex() makes twice as many.
    let long = Torture.rounds(250_000, long: 8_000_000)
    func architecture(_ inputs: String, _ outputs: String, layers: Int = 1) -> String {
      let layer = "{\"outputs\":\(outputs),\"activation\":\"relu\"}"
      let list = Array(repeating: layer, count: layers).joined(separator: ",")
      return "UPDATE versions SET architecture = '{\"inputs\":\(inputs),\"layers\":[\(list)]}'"
    }
    func nested(_ column: String, _ open: String, _ close: String) -> (String, String) {
      let text = String(repeating: open, count: 100_000) + "1" + String(repeating: close, count: 100_000)
      return ("\(column) nested by \(open)", "UPDATE versions SET \(column) = '\(text)'")
    }
    let tensors = """
      ; DELETE FROM tensors;
      INSERT INTO tensors (version, position, name, dtype, shape, sha256)
        SELECT versions.id, 2 * layer.value, 'layers.' || layer.value || '.weight', 'F32', '[16777216,16777216]',
          (SELECT sha256 FROM blobs LIMIT 1) FROM versions, generate AS layer;
      INSERT INTO tensors (version, position, name, dtype, shape, sha256)
        SELECT versions.id, 2 * layer.value + 1, 'layers.' || layer.value || '.bias', 'F32', '[16777216]',
          (SELECT sha256 FROM blobs LIMIT 1) FROM versions, generate AS layer
      """.replacing(
        "generate AS layer",
        with:
          "(WITH RECURSIVE n (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value < 63) SELECT value FROM n) AS layer"
      )
    return [
      ("2^31 inputs", architecture("2147483648", "3")), ("2^62 inputs", architecture("4611686018427387904", "3")),
      ("2^64 inputs", architecture("18446744073709551616", "3")),
      ("2^62 outputs", architecture("64", "4611686018427387904")),
      ("2^24 by 2^24", architecture("16777216", "16777216")),
      ("64 layers of 2^48 weights", architecture("16777216", "16777216", layers: 64) + tensors),
      ("more layers than there are", architecture("64", "64", layers: 100_000)),
      ("no layers", "UPDATE versions SET architecture = '{\"inputs\":64,\"layers\":[]}'"),
      nested("architecture", "[", "]"), nested("architecture", "{\"a\":", "}"), nested("labels", "[", "]"),
      nested("input_format", "{\"a\":", "}"), nested("hyperparameters", "{\"a\":", "}"),
      nested("hyperparameters", "{\"learning_rate\":[", "]}"),
      (
        "long labels",
        "UPDATE versions SET labels = '[\"' || replace(hex(zeroblob(\(long))), '0', 'a') || '\",\"b\",\"c\"]'"
      ),
      (
        "more labels than outputs",
        "UPDATE versions SET labels = '[' || replace(hex(zeroblob(\(long / 80))), '0', '\"a\",') || '\"b\"]'"
      ),
      ("a long note", "UPDATE versions SET note = replace(hex(zeroblob(\(long))), '0', 'a')"),
      ("infinite metrics", "UPDATE metrics SET value = 9e999"),
      ("a history of 2^62", "UPDATE costs SET count = 4611686018427387904"),
      ("a history of -2^63", "UPDATE costs SET count = -9223372036854775808"),
      ("4611686018427387904 epochs", "UPDATE epoch_metrics SET count = 4611686018427387904"),
      ("-2^63 epochs", "UPDATE epoch_metrics SET count = -9223372036854775808"),
      ("metrics of no epoch", "UPDATE epoch_metrics SET names = '[]'"),
      ("metrics of no text", "UPDATE epoch_metrics SET names = '[1,2]'"),
      ("other bytes", "UPDATE epoch_metrics SET sha256 = (SELECT sha256 FROM costs LIMIT 1)"),
      (
        "a million metrics",
        "UPDATE epoch_metrics SET names = '[' || replace(hex(zeroblob(\(long / 2))), '0', '\"a\",') || '\"b\"]'"
      ),
      ("nested metrics", "UPDATE epoch_metrics SET names = replace(hex(zeroblob(50000)), '0', '[')"),
      ("trial -2^63", "UPDATE versions SET sweep = 'x', trial = -9223372036854775808"),
      ("a sweep of no name", "UPDATE versions SET sweep = '', trial = 0"),
      ("its own parent", "UPDATE versions SET parent_model = 'cats', parent_number = number, parent_digest = digest"),
      ("equal tensor names", "UPDATE OR IGNORE tensors SET name = 'layers.0.weight'"),
      ("a duration of -2^63", "UPDATE versions SET duration_ms = -9223372036854775808"),
      ("numbers of 2^63 - 1", "UPDATE OR IGNORE versions SET number = 9223372036854775807 WHERE id = 3"),
      ("sizes of 2^63 - 1", "UPDATE blobs SET stored_size = 9223372036854775807"),
      ("sizes of -2^63", "UPDATE blobs SET stored_size = -9223372036854775808"),
      (
        "blobs of 2^62 bytes",
        "UPDATE blobs SET raw_size = 4611686018427387904, stored_size = 4611686018427387904, chunk_size = 8388608"
      ),
      (
        "a ledger at its end",
        """
        UPDATE ledger SET sequence = 9223372036854775807
          WHERE sequence = (SELECT sequence FROM ledger ORDER BY sequence DESC LIMIT 1)
        """
      ),
      ("a ledger before its beginning", "UPDATE ledger SET sequence = sequence - 9223372036854775807 - 1"),
    ]
  }()

  @Test(
    "Impossible sizes, endless texts and nesting are refused or harmless also where every digest fits",
    .timeLimit(.minutes(30)),
    arguments: forgeries.map(\.0))
  func forged(name: String) throws {
    let change = try #require(Self.forgeries.first { $0.0 == name }?.1)
    let scratch = try Scratch(inMemory: true)
    try SmallStore.make(scratch.store)
    try Forgery.change(scratch.store, change)
    let exercise = Self.exercise(scratch.store, mode: .readWrite, writingTo: scratch.folder, name)
    for (question, error) in exercise.errors {
      // One clear error: not a page of what the store holds.
      #expect(error.message.utf8.count < 20_000, "\(question): \(error.message.prefix(300))")
    }
  }

  @Test("A model of a thousand terabytes from a small file is refused before anything is allocated")
  func amplified() throws {
    let scratch = try Scratch(inMemory: true)
    try SmallStore.make(scratch.store)
    let forgery = try #require(Self.forgeries.first { $0.0.hasPrefix("64 layers") })
    try Forgery.change(scratch.store, forgery.1)
    let store = try ModelStore(path: scratch.store)
    let error = storeError { _ = try store.model(Reference("cats@1")) }
    #expect(error?.code == .notEnoughMemory, "\(error?.message ?? "")")
    #expect(
      error?.message.contains("cats@1 takes 72057598332895232 bytes of memory") == true, "\(error?.message ?? "")")
  }

  // MARK: Chunks

  /// Runs a body and expects that it does not take much memory, in all of this process.
  static func bounded(_ body: () throws -> Void) throws {
    func peak() throws -> Int {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return line.flatMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) } ?? 0
    }
    let before = try peak()
    try body()
    // Other tests run at the same time, hence the room.
    #expect(try peak() < before + 1 << 20, "in KiB")
  }

  /// A zlib stream of some 2 GiB of zeros, in 14 MB. It has no end, and a checksum would never be reached.
  static let bomb: [UInt8] = {
    var bytes: [UInt8] = [0x78, 0x01]
    var (pending, count) = (UInt8(0), 0)
    func append(_ bits: String) {
      for bit in bits.utf8 {
        pending |= (bit == UInt8(ascii: "1") ? 1 : 0) << count
        count += 1
        if count == 8 {
          bytes.append(pending)
          (pending, count) = (0, 0)
        }
      }
    }
    // A block that is not the last, of fixed codes: one zero, and then 258 more of it in every 13 bits (RFC 1951, 3.2.5 and 3.2.6).
    append("0" + "10" + "00110000")
    let repetition = "11000101" + "00000"
    for _ in 0..<8 { append(repetition) }
    // From here on the bits come back after 13 bytes.
    let start = bytes.count
    for _ in 0..<8 { append(repetition) }
    let period = Array(repeating: bytes[start...], count: 4096).flatMap { $0 }
    for _ in 0..<(1 << 31) / (4096 * 8 * 258) { bytes += period }
    return bytes
  }()

  @Test(
    "A zlib stream that holds two gigabytes where bytes were said stops at those", .timeLimit(.minutes(5)),
    arguments: [0, 4])
  func bomb(plane: Int) throws {
    let scratch = try Scratch(inMemory: true)
    try SmallStore.make(scratch.store)
    let zeros = [UInt8](repeating: 0, count: 1 << 24)
    let stream = try Zlib.compress(zeros.span, .runs)
    let planes = (0..<4).map { $0 == plane % 4 ? Self.bomb : stream }
    var chunk = Data(planes.flatMap { plane in [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: plane.count >> $0) } })
    for plane in planes { chunk.append(contentsOf: plane) }
    let weight = "sha256 = (SELECT sha256 FROM tensors WHERE version = 1 AND position = 0)"
    try tamper(
      scratch.store,
      """
      UPDATE chunks SET bytes = ? WHERE \(weight);
      UPDATE blobs SET stored_size = \(chunk.count)\(plane == 4 ? ", raw_size = 4194304, chunk_size = 4194304" : "")
        WHERE \(weight)
      """, arguments: [chunk])
    try Self.bounded {
      let exercise = Self.exercise(scratch.store)
      #expect(exercise.errors["cats@1"]?.code == .damaged)
      let findings = try ModelStore(path: scratch.store).verify().findings
      for version in ["cats@1", "cats@2", "cats@3"] {
        #expect(findings.contains { $0.subject.hasPrefix("\(version), layers.0.weight") }, "\(findings)")
      }
    }
  }

  // MARK: Files beside the store

  @Test(
    "What lies beside a store and is not its own ends nothing",
    arguments: ["-wal", "-shm", "-journal"], ["garbage", "empty", "folder", "other"])
  func companions(suffix: String, kind: String) throws {
    let scratch = try Scratch(inMemory: true)
    try SmallStore.make(scratch.store)
    let companion = URL(fileURLWithPath: scratch.store + suffix)
    switch kind {
    case "garbage":
      var generator = SeededGenerator(9)
      try Data((0..<100_000).map { _ in UInt8.random(in: 0...255, using: &generator) }).write(to: companion)
    case "empty": try Data().write(to: companion)
    case "folder": try FileManager.default.createDirectory(at: companion, withIntermediateDirectories: false)
    default:
      // That of another database, taken in the middle of a transaction.
      let other = scratch.path("other.sqlite")
      let queue = try DatabaseQueue(path: other)
      try queue.writeWithoutTransaction { database in
        try database.execute(
          sql: "PRAGMA page_size = 16384; PRAGMA journal_mode = \(suffix == "-journal" ? "DELETE" : "WAL")")
        try database.execute(
          sql: "CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(100000)); PRAGMA cache_size = 2")
        try database.inTransaction(.immediate) {
          try database.execute(sql: "UPDATE t SET x = randomblob(200000)")
          try? FileManager.default.copyItem(atPath: other + suffix, toPath: companion.path)
          return .rollback
        }
      }
      #expect(FileManager.default.fileExists(atPath: companion.path))
    }
    Self.exercise(scratch.store)
    Self.exercise(scratch.store, mode: .readWrite, writingTo: scratch.folder)
  }

  @Test("A store in WAL mode with a log that was never played back is read with what the log holds")
  func leftoverLog() throws {
    let scratch = try Scratch(inMemory: true)
    try SmallStore.make(scratch.store)
    let copy = scratch.path("copy.sqlite")
    let writer = try DatabaseQueue(path: scratch.store)
    try writer.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
      try database.execute(sql: "INSERT INTO models VALUES (9, 'late', '2026-11-24T12:15:25.123Z')")
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: scratch.store + suffix, toPath: copy + suffix)
      }
    }
    let names = try DatabaseQueue(path: copy).read {
      try String.fetchAll($0, sql: "SELECT name FROM models ORDER BY id")
    }
    #expect(names == ["cats", "dogs", "late"])
    let exercise = Self.exercise(copy, mode: .readWrite, writingTo: scratch.folder)
    #expect(exercise.errors["cats"] == nil)
    #expect(try ModelStore(path: copy).verify().findings == [])
  }
}
