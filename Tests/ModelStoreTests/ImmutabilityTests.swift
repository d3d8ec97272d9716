import GRDB
import ModelStore
import Testing

/// What another program may try on a store's file.
@Suite struct ImmutabilityTests {
  static let tables = [
    "models", "versions", "metrics", "costs", "datasets", "tensors", "goldens", "epoch_metrics", "blobs", "chunks",
    "ledger",
  ]

  static func makeStore(_ scratch: Scratch) throws {
    let store = try ModelStore(path: scratch.store, mode: .create)
    var first = try makeDraft(seed: 1)
    first.epochMetrics = EpochMetrics(epochs: [1], names: ["cost"], values: [0.5])
    try store.register(first, promote: true)
    try store.register(makeDraft(seed: 2))
  }

  /// The message with which SQLite refuses, or nil if it does not.
  static func refusal(_ sql: String, on path: String) throws -> String? {
    do {
      try execute(sql, on: path)
      return nil
    } catch let error as DatabaseError {
      return error.message ?? ""
    }
  }

  @Test("No row can be updated, whatever the conflict clause", arguments: tables)
  func update(table: String) throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    let columns = try DatabaseQueue(path: scratch.store).read { try $0.columns(in: table).map(\.name) }
    for column in columns {
      for clause in ["", "OR REPLACE", "OR IGNORE"] {
        let message = try Self.refusal("UPDATE \(clause) \(table) SET \(column) = \(column)", on: scratch.store)
        #expect(message?.hasPrefix("nnscore:") == true, "\(column) \(clause)")
      }
    }
  }

  @Test("No row can be deleted", arguments: tables)
  func delete(table: String) throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    for prelude in ["", "PRAGMA foreign_keys = OFF; "] {
      let message = try Self.refusal("\(prelude)DELETE FROM \(table)", on: scratch.store)
      #expect(
        message?.hasPrefix("nnscore:") == true && message?.contains("deleted") == true, "\(message ?? "accepted")")
    }
  }

  @Test(
    "No row can be inserted over another, whatever the conflict clause", arguments: tables,
    ["", "OR REPLACE", "OR IGNORE", "OR FAIL", "OR ROLLBACK"])
  func replace(table: String, clause: String) throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    let before = try Self.contents(scratch.store)
    for order in ["ASC", "DESC"] {
      let message = try Self.refusal(
        "INSERT \(clause) INTO \(table) SELECT * FROM \(table) ORDER BY 1 \(order) LIMIT 1", on: scratch.store)
      #expect(message?.hasPrefix("nnscore:") == true, "\(message ?? "accepted")")
    }
    #expect(try Self.contents(scratch.store) == before)
  }

  @Test("A row that shares only one of several keys is no way around")
  func otherKeys() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    let attacks = [
      "INSERT OR REPLACE INTO models VALUES (99, 'cats', '2026-11-24T12:15:25.123Z')",
      "INSERT OR REPLACE INTO models VALUES (1, 'dogs', '2026-11-24T12:15:25.123Z')",
      """
      INSERT OR REPLACE INTO versions SELECT 99, model, number, digest, record, created_at, parameter_count, architecture,
        note, input_format, labels, hyperparameters, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM versions LIMIT 1
      """,
      """
      INSERT OR REPLACE INTO versions SELECT id, model, 99, digest, record, created_at, parameter_count, architecture,
        note, input_format, labels, hyperparameters, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM versions LIMIT 1
      """,
      "INSERT OR REPLACE INTO tensors SELECT version, 99, name, dtype, shape, sha256 FROM tensors LIMIT 1",
      "INSERT OR REPLACE INTO goldens SELECT version, 1, outputs, inputs FROM goldens LIMIT 1",
      "INSERT OR REPLACE INTO chunks SELECT 1, sha256, 99, bytes FROM chunks LIMIT 1",
      "INSERT OR REPLACE INTO chunks SELECT 99, sha256, position, bytes FROM chunks LIMIT 1",
    ]
    for attack in attacks {
      #expect(try Self.refusal(attack, on: scratch.store)?.hasPrefix("nnscore:") == true, "\(attack)")
    }
  }

  @Test("Nothing can be added to a complete version or blob")
  func sealed() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    let additions = [
      "INSERT INTO metrics VALUES (1, 'accuracy.test', 1.0)",
      "INSERT INTO costs SELECT 1, 5, 0.0, sha256 FROM blobs LIMIT 1",
      "INSERT INTO datasets VALUES (1, 'validation', 'x', 1, 'x', 'x')",
      "INSERT INTO tensors SELECT 1, 99, 'layers.9.weight', 'F32', '[1,1]', sha256 FROM blobs LIMIT 1",
      "INSERT INTO goldens SELECT 1, 1, sha256, sha256 FROM blobs LIMIT 1",
      "INSERT INTO epoch_metrics SELECT 2, 1, '[\"cost\"]', sha256 FROM blobs LIMIT 1",
      "INSERT INTO chunks (sha256, position, bytes) SELECT sha256, 99, x'00' FROM blobs LIMIT 1",
    ]
    for addition in additions {
      #expect(try Self.refusal(addition, on: scratch.store)?.contains("complete") == true, "\(addition)")
    }
  }

  @Test("The ledger takes no entry out of order, of another kind, with another predecessor or of an unknown version")
  func ledger() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    let hash = String(repeating: "a", count: 64)
    func entry(
      sequence: String = "4", kind: String = "promote", model: String = "cats", version: Int = 2,
      digest: String = "(SELECT digest FROM versions WHERE number = 2)", predecessor: String = "1"
    ) -> String {
      """
      INSERT OR REPLACE INTO ledger VALUES (
        \(sequence), '2026-11-24T12:15:25.123Z', 'me', '\(kind)', '\(model)', \(version), \(digest), \(predecessor), NULL, NULL, '',
        '\(hash)')
      """
    }
    let attacks = [
      (entry(sequence: "1"), "sequence"), (entry(sequence: "5"), "sequence"), (entry(sequence: "NULL"), "sequence"),
      (entry(kind: "demote"), "CHECK"), (entry(version: 3), "no such version"),
      (entry(digest: "'\(hash)'"), "no such version"), (entry(predecessor: "NULL"), "predecessor"),
      (entry(predecessor: "2"), "predecessor"), (entry(model: "dogs", predecessor: "NULL"), "no such"),
    ]
    for (attack, reason) in attacks {
      #expect(try Self.refusal(attack, on: scratch.store)?.contains(reason) == true, "\(attack)")
    }
    // An entry that all triggers accept still has to fit the chain.
    try execute(entry(), on: scratch.store)
    let report = try ModelStore(path: scratch.store).verify()
    #expect(report.findings.map(\.subject) == ["ledger, entry 4"])
  }

  /// All rows of all tables, as text.
  static func contents(_ path: String) throws -> [String] {
    try DatabaseQueue(path: path).read { database in
      try tables.flatMap { table in
        try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map { "\(table) \($0.databaseValues)" }
      }
    }
  }
}
