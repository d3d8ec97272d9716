import Foundation
import GRDB
import Inference

@testable import ModelStore

/// Changes to a store by someone who knows how its digests are made.
enum Forgery {
  /// Runs SQL past triggers and conditions, and then makes every digest, record and hash that which belongs to what is there now.
  static func change(_ path: String, _ sql: String) throws {
    try tamper(path, "PRAGMA ignore_check_constraints = ON; \(sql)")
    var changes = ""
    try DatabaseQueue(path: path).read { database in
      for id in try Int.fetchAll(database, sql: "SELECT id FROM versions") {
        guard var version = try? StoredVersion(id: id, in: database) else { continue }
        version.digest = version.computedDigest
        changes += """
          UPDATE versions SET digest = '\(version.digest)', record = '\(version.computedRecord)' WHERE id = \(id);
          UPDATE ledger SET digest = '\(version.digest)' WHERE model = '\(version.model)' AND version = \(version.number);

          """
      }
    }
    try tamper(path, "PRAGMA ignore_check_constraints = ON; \(changes)")
    changes = ""
    try DatabaseQueue(path: path).read { database in
      var previous = Digest.none
      for entry in (try? LedgerEntry.fetch(in: database)) ?? [] {
        previous = entry.computedHash(following: previous)
        changes += "UPDATE ledger SET hash = '\(previous)' WHERE sequence = \(entry.sequence);"
      }
    }
    try tamper(path, "PRAGMA ignore_check_constraints = ON; \(changes)")
  }
}

/// A store whose tables take any value, and which looks like any other store once one was written.
struct LooseStore {
  /// Each column of each table.
  let columns: [(table: String, column: String)]

  private let contents: Data
  /// SQL that makes the schema what it was.
  private let restoration: String

  /// Takes a sound store, which it changes.
  init(_ path: String) throws {
    var restoration = "PRAGMA writable_schema = ON;"
    var columns: [(String, String)] = []
    try DatabaseQueue(path: path).writeWithoutTransaction { database in
      func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
      let rows = try Row.fetchAll(
        database, sql: "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
      try database.execute(sql: "PRAGMA writable_schema = ON")
      for row in rows {
        let (type, name, table, sql) = (
          row["type"] as String, row["name"] as String, row["tbl_name"] as String, row["sql"] as String
        )
        switch type {
        case "table":
          columns += try database.columns(in: name).map { (name, $0.name) }
          let loose = sql.replacing(") STRICT, WITHOUT", with: ") WITHOUT").replacing(") STRICT", with: ")")
            .replacing(/(TEXT|INTEGER|REAL|BLOB) NOT NULL/) { $0.output.1 }
          try database.execute(
            sql: "UPDATE sqlite_schema SET sql = ? WHERE name = ?", arguments: [loose, name])
          restoration += "UPDATE sqlite_schema SET sql = \(literal(sql)) WHERE name = \(literal(name));"
        case "trigger":
          try database.execute(sql: "DELETE FROM sqlite_schema WHERE name = ?", arguments: [name])
          restoration += """
            INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
              VALUES ('trigger', \(literal(name)), \(literal(table)), 0, \(literal(sql)));
            """
        default: break
        }
      }
    }
    self.columns = columns
    self.restoration = restoration
    contents = try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// Writes the store, changed by one statement that nothing checks; false if SQLite itself refuses that.
  func write(to path: String, change: String) throws -> Bool {
    try contents.write(to: URL(fileURLWithPath: path))
    return try DatabaseQueue(path: path).writeWithoutTransaction { database in
      try database.execute(
        sql: "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF")
      do { try database.execute(sql: change) } catch is DatabaseError { return false }
      let count = database.changesCount
      try database.execute(sql: restoration)
      return count > 0
    }
  }
}
