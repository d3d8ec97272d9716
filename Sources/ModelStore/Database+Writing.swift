import GRDB
import GRDBSQLite

extension Database {
  /// Whether the transaction that runs has written, or tried to: to any table of the store, or to its schema or header.
  var isWriting: Bool {
    unsafe sqlite3_txn_state(sqliteConnection, nil) == SQLITE_TXN_WRITE
  }
}
