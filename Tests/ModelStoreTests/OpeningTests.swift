import Foundation
import GRDB
import Inference
import ModelStore
import Testing

@Suite struct OpeningTests {
  @Test("A store that is not there is an error to read or promote, and is created with its folders to register")
  func missing() throws {
    let scratch = try Scratch()
    let path = scratch.path("a/b/store.sqlite")
    for mode in [ModelStore.Mode.readOnly, .readWrite] {
      let error = storeError { _ = try ModelStore(path: path, mode: mode) }
      #expect(error?.code == .storeNotFound)
      #expect(error?.message.contains(path) == true)
      #expect(!FileManager.default.fileExists(atPath: scratch.path("a")))
    }
    let store = try ModelStore(path: path, mode: .create)
    #expect(try store.models().isEmpty)
    #expect(try ModelStore(path: path).models().isEmpty)
    #expect(try store.verify().isSound)
  }

  @Test("An empty file becomes a store when something is registered, not before")
  func empty() throws {
    let scratch = try Scratch()
    _ = FileManager.default.createFile(atPath: scratch.store, contents: nil)
    for mode in [ModelStore.Mode.readOnly, .readWrite] {
      #expect(storeError { _ = try ModelStore(path: scratch.store, mode: mode) }?.code == .storeNotFound)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.store)).isEmpty)
    #expect(try ModelStore(path: scratch.store, mode: .create).models().isEmpty)
  }

  @Test("A file that is something else is refused, and left as it was", arguments: [ModelStore.Mode.readOnly, .create])
  func otherFile(mode: ModelStore.Mode) throws {
    let scratch = try Scratch()
    let contents = Data("version https://git-lfs.github.com/spec/v1\n".utf8)
    try contents.write(to: URL(fileURLWithPath: scratch.store))
    let error = storeError { _ = try ModelStore(path: scratch.store, mode: mode) }
    #expect(error?.code == .notAStore)
    #expect(error?.message.contains("begins with \"version https://") == true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.store)) == contents)

    #expect(storeError { _ = try ModelStore(path: scratch.folder, mode: mode) }?.code == .notAStore)
    #expect(storeError { _ = try ModelStore(path: "/dev/null", mode: mode) }?.code == .notAStore)
    #expect(storeError { _ = try ModelStore(path: "", mode: mode) }?.code == .cannotOpen)
    #expect(storeError { _ = try ModelStore(path: "a\0b", mode: mode) }?.code == .cannotOpen)
    #expect(storeError { _ = try ModelStore(path: "/proc/none/store", mode: .create) }?.code == .cannotCreate)
  }

  @Test("Another program's database is refused, and left as it was")
  func otherDatabase() throws {
    let scratch = try Scratch()
    try execute("CREATE TABLE models (name TEXT)", on: scratch.store)
    let error = storeError { _ = try ModelStore(path: scratch.store, mode: .create) }
    #expect(error?.code == .notAStore)
    #expect(error?.message.contains("application_id is 0") == true)
    try execute("PRAGMA application_id = 77", on: scratch.store)
    #expect(storeError { _ = try ModelStore(path: scratch.store, mode: .create) }?.code == .notAStore)
    let tables = try DatabaseQueue(path: scratch.store).read { database in
      try String.fetchAll(database, sql: "SELECT name FROM sqlite_schema")
    }
    #expect(tables == ["models"])
  }

  @Test("A store of a later version is refused by its number")
  func newer() throws {
    let scratch = try Scratch()
    _ = try ModelStore(path: scratch.store, mode: .create)
    try execute("PRAGMA user_version = 99", on: scratch.store)
    for mode in [ModelStore.Mode.readOnly, .readWrite, .create] {
      let error = storeError { _ = try ModelStore(path: scratch.store, mode: mode) }
      #expect(error?.code == .newerStore)
      #expect(error?.message.contains("99") == true)
    }
    try execute("PRAGMA user_version = 0", on: scratch.store)
    #expect(storeError { _ = try ModelStore(path: scratch.store) }?.code == .notAStore)
  }

  @Test(
    "A store whose schema was changed is refused, and the change is named",
    arguments: [
      ("DROP TRIGGER versions_refuse_update", "trigger versions_refuse_update is missing"),
      ("CREATE TABLE extra (x)", "table extra does not belong there"),
      ("CREATE VIEW spy AS SELECT * FROM models", "view spy does not belong there"),
      ("DROP INDEX versions_by_digest", "index versions_by_digest is missing"),
      ("ALTER TABLE datasets ADD COLUMN x TEXT", "table datasets was altered"),
      (
        "CREATE TRIGGER evil AFTER INSERT ON ledger BEGIN SELECT load_extension('x'); END",
        "trigger evil does not belong there"
      ),
    ])
  func altered(change: String, problem: String) throws {
    let scratch = try Scratch()
    _ = try ModelStore(path: scratch.store, mode: .create)
    try execute(change, on: scratch.store)
    let error = storeError { _ = try ModelStore(path: scratch.store) }
    #expect(error?.code == .alteredSchema)
    #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
  }

  @Test("SQLite's own statistics do not count as a change")
  func analyzed() throws {
    let scratch = try Scratch()
    try ModelStore(path: scratch.store, mode: .create).register(makeDraft())
    try execute("ANALYZE", on: scratch.store)
    #expect(try ModelStore(path: scratch.store, mode: .readWrite).verify().isSound)
  }

  @Test("A store that another program turned to a write-ahead log is turned back by the next writer")
  func writeAheadLog() throws {
    let scratch = try Scratch()
    try ModelStore(path: scratch.store, mode: .create).register(makeDraft())
    try execute("PRAGMA journal_mode = WAL", on: scratch.store)
    #expect(try ModelStore(path: scratch.store).models().count == 1)
    _ = try ModelStore(path: scratch.store, mode: .readWrite)
    let mode = try DatabaseQueue(path: scratch.store).read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
    #expect(mode == "delete")
  }

  @Test("The file that a writer leaves is one file")
  func oneFile() throws {
    let scratch = try Scratch()
    try ModelStore(path: scratch.store, mode: .create).register(makeDraft(), promote: true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder) == ["store.sqlite"])
  }

  @Test("A writer that died in the middle of a transaction is undone by the next reader")
  func hotJournal() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft(seed: 1), promote: true)
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.store))

    // A transaction that has written to the file already, copied with its journal: what a power cut would leave.
    let copy = scratch.path("copy.sqlite")
    let writer = try DatabaseQueue(path: scratch.store)
    try writer.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA cache_size = 2; PRAGMA cache_spill = 1")
      try database.inTransaction(.immediate) {
        for index in 0..<200 {
          try database.execute(
            sql: "INSERT INTO chunks (sha256, position, bytes) VALUES (?, 0, randomblob(20000))",
            arguments: [String(repeating: "0", count: 60) + String(1000 + index)])
        }
        try database.execute(sql: "INSERT INTO models VALUES (9, 'half', '2026-11-24T12:15:25.123Z')")
        try FileManager.default.copyItem(atPath: scratch.store, toPath: copy)
        try FileManager.default.copyItem(atPath: scratch.store + "-journal", toPath: copy + "-journal")
        return .rollback
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: copy)).count > before.count)

    let recovered = try ModelStore(path: copy)
    #expect(try recovered.models().map(\.name) == ["cats"])
    #expect(try recovered.verify().findings == [])
    #expect(!FileManager.default.fileExists(atPath: copy + "-journal"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == before)
  }
}
