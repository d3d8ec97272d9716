import GRDB

/// The rows of a statement, one after the other, for lists of thousands: a column is read from SQLite itself, where GRDB's rows
/// look up a generic type for each value, which takes longer than all else together.
struct StatementRow: CheckedColumns {
  private let statement: Statement
  /// Steps through the statement, and resets it when it goes.
  private let cursor: RowCursor

  /// Stands before the first row.
  init(_ statement: Statement, arguments: StatementArguments) throws {
    self.statement = statement
    cursor = try Row.fetchCursor(statement, arguments: arguments)
  }

  /// Goes to the next row; false behind the last.
  func next() throws -> Bool { try cursor.next() != nil }

  /// SQLite gives NULL for a column that is not there.
  func value(_ column: Int) -> DatabaseValue {
    unsafe DatabaseValue(sqliteStatement: statement.sqliteStatement, index: CInt(column))
  }

  func name(_ column: Int) -> String { statement.columnNames[column] }
}
