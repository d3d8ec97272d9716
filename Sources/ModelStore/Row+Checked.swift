import Foundation
import GRDB

/// Columns of rows from outside. GRDB's own accessors stop the process when a damaged row holds another type than asked for.
protocol CheckedColumns {
  /// The value of a column, counted from 0.
  func value(_ column: Int) -> DatabaseValue
  /// The name of a column, for messages.
  func name(_ column: Int) -> String
}

extension Row: CheckedColumns {
  func value(_ column: Int) -> DatabaseValue { self[column] as DatabaseValue }
  func name(_ column: Int) -> String { Array(columnNames)[column] }

  /// Hands over the bytes of a blob where SQLite has them, which a large one is worth.
  func withBlob<Result>(_ column: Int, _ body: (Span<UInt8>) throws -> Result) throws -> Result {
    try withUnsafeData(atIndex: column) { data in
      // Empty data comes for an empty blob, nil for NULL.
      guard let data else { throw unexpected(column, "a blob") }
      return try body(data.span)
    }
  }
}

extension CheckedColumns {
  fileprivate func unexpected(_ column: Int, _ expected: String) -> StoreError {
    let name = name(column)
    return StoreError(.damaged, "column \"\(name)\" is not \(expected); run nnscore verify, and restore a backup")
  }

  func text(_ column: Int) throws(StoreError) -> String {
    guard case .string(let text) = value(column).storage else { throw unexpected(column, "text") }
    return text
  }

  func optionalText(_ column: Int) throws(StoreError) -> String? {
    value(column).isNull ? nil : try text(column)
  }

  func integer(_ column: Int) throws(StoreError) -> Int {
    guard case .int64(let number) = value(column).storage else { throw unexpected(column, "an integer") }
    return Int(number)
  }

  func optionalInteger(_ column: Int) throws(StoreError) -> Int? {
    value(column).isNull ? nil : try integer(column)
  }

  func real(_ column: Int) throws(StoreError) -> Double {
    switch value(column).storage {
    case .double(let number): return number
    case .int64(let number): return Double(number)
    default: throw unexpected(column, "a number")
    }
  }

  func optionalReal(_ column: Int) throws(StoreError) -> Double? {
    value(column).isNull ? nil : try real(column)
  }

  func blob(_ column: Int) throws(StoreError) -> Data {
    // SQLite gives an empty blob as NULL pointer; GRDB makes empty data of it.
    guard case .blob(let data) = value(column).storage else { throw unexpected(column, "a blob") }
    return data
  }

  func timestamp(_ column: Int) throws(StoreError) -> Timestamp {
    guard let timestamp = Timestamp(try text(column)) else {
      throw unexpected(column, "a time such as 2026-11-24T12:15:25.123Z")
    }
    return timestamp
  }
}
