import Foundation
import GRDB
import ModelStore
import Testing

/// A folder of its own for a test, removed afterwards.
final class Scratch {
  let folder: String

  /// Linux keeps this folder in memory: tests that write thousands of stores do not wait for a disk to sync each.
  private static let memory = URL(fileURLWithPath: "/dev/shm")

  init(inMemory: Bool = false) throws {
    let isMemory = inMemory && FileManager.default.isWritableFile(atPath: Self.memory.path)
    let parent = isMemory ? Self.memory : FileManager.default.temporaryDirectory
    folder = parent.appendingPathComponent("nnscore-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var store: String { folder + "/store.sqlite" }

  func path(_ name: String) -> String { folder + "/" + name }
}

/// The error of a body that must throw one of the store's.
func storeError(_ body: () throws -> Void) -> StoreError? {
  do {
    try body()
    Issue.record("nothing was thrown")
  } catch let error as StoreError {
    return error
  } catch {
    Issue.record("another error was thrown: \(error)")
  }
  return nil
}

/// Changes a store as damage would: without its triggers, which are back afterwards.
func tamper(_ path: String, _ sql: String, arguments: StatementArguments = []) throws {
  try DatabaseQueue(path: path).writeWithoutTransaction { database in
    let triggers = try Row.fetchAll(database, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    try database.execute(sql: "PRAGMA foreign_keys = OFF")
    try database.inTransaction {
      for row in triggers { try database.execute(sql: "DROP TRIGGER \(row["name"] as String)") }
      try database.execute(sql: sql, arguments: arguments)
      for row in triggers { try database.execute(sql: row["sql"] as String) }
      return .commit
    }
  }
}
