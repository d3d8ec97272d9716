import GRDB
import GRDBSQLite

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

  /// Whether a column holds that text; it is compared where it lies.
  func holds(_ text: String, _ column: Int) -> Bool {
    withText(column) { bytes in
      let known = text.utf8.span
      guard bytes.count == known.count else { return false }
      for index in bytes.indices where bytes[index] != known[index] { return false }
      return true
    } ?? false
  }

  /// The text of a column: `known` itself where it is the same, as it often is from one row to the next.
  func text(_ column: Int, like known: String) throws(StoreError) -> String {
    holds(known, column) ? known : try text(column)
  }

  /// A time, read where it lies.
  func timestamp(_ column: Int) throws(StoreError) -> Timestamp {
    if let timestamp = withText(column, { Timestamp(utf8: $0) }) ?? nil { return timestamp }
    // Says what is wrong with it.
    return try (self as any CheckedColumns).timestamp(column)
  }

  /// Shows the bytes of a column to a body, while the row lasts; nil if it is not text.
  private func withText<Result>(_ column: Int, _ body: (Span<UInt8>) -> Result) -> Result? {
    let (row, index) = unsafe (statement.sqliteStatement, CInt(column))
    guard unsafe sqlite3_column_type(row, index) == SQLITE_TEXT, let start = unsafe sqlite3_column_text(row, index)
    else { return nil }
    let count = Int(unsafe sqlite3_column_bytes(row, index))
    return body(unsafe Span(_unsafeStart: start, count: count))
  }
}
