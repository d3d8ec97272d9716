import GRDB
import Inference

extension StoreError {
  /// The one place where an error from below becomes an error of the store.
  ///
  /// - Parameter path: the store's path, for the message.
  init(_ error: any Error, path: String) {
    switch error {
    case let error as StoreError: self = error
    case let error as PlaneCodec.Damage where error.isOutOfMemory: self = .outOfMemory("\(path): \(error.problem)")
    case let error as DatabaseError: self.init(sqlite: error, path: path)
    case let error as InferenceError where error.code == .goldenMismatch: self.init(.goldenMismatch, error.message)
    case let error as InferenceError where error.code == .unsupportedInstructionSet:
      self.init(.unsupportedInstructionSet, error.message)
    case let error as InferenceError: self.init(.damaged, "\(path): \(error.message)")
    default: self.init(.internalError, "\(path): \(error)")
    }
  }

  /// The system had no memory left.
  static func outOfMemory(_ problem: String) -> StoreError {
    StoreError(
      .outOfMemory,
      "\(problem). The system is out of memory; nothing is known to be damaged. End other programs and try again")
  }

  private init(sqlite error: DatabaseError, path: String) {
    let code = error.extendedResultCode
    let detail = "SQLite \(code.rawValue)\(error.message.map { ", \($0)" } ?? "")"
    switch code.primaryResultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(
        .busy,
        "\(path): another process has been writing to the store for longer than this one waits; try again (\(detail))")
    case .SQLITE_FULL:
      self.init(.diskFull, "\(path): the disk is full; nothing was changed. Free some space and try again (\(detail))")
    case .SQLITE_READONLY:
      let rollback = code == .SQLITE_READONLY_ROLLBACK
      self.init(
        .readOnly,
        rollback
          ? "\(path): a write was interrupted, and undoing it needs permission to write; open the store once with that "
            + "permission, for example by nnscore verify (\(detail))"
          : "\(path): the store cannot be written; check the permissions of the file and of its folder (\(detail))")
    case .SQLITE_IOERR where code == .SQLITE_IOERR_WRITE:
      // SQLite does not tell a failing disk from a file that may not grow (EFBIG).
      self.init(
        .inputOutput,
        "\(path): the disk or file system failed, or the file may not grow (ulimit -f); nothing was changed unless the next open "
          + "shows it. Check these, then run nnscore verify (\(detail))")
    case .SQLITE_IOERR:
      self.init(
        .inputOutput,
        "\(path): the disk or file system failed; nothing was changed unless the next open shows it. "
          + "Check the disk, then run nnscore verify (\(detail))")
    case .SQLITE_CORRUPT:
      self.init(
        .damaged,
        "\(path): the database is damaged; run nnscore verify to see what is lost, and restore a backup (\(detail))")
    case .SQLITE_NOTADB:
      self.init(
        .notAStore, "\(path) is not a store: it is not an SQLite database, or its first page is damaged (\(detail))")
    case .SQLITE_CANTOPEN:
      self.init(
        .cannotOpen, "\(path): cannot be opened; check that it is a file and that its folder is accessible (\(detail))")
    case .SQLITE_PERM, .SQLITE_AUTH:
      self.init(.readOnly, "\(path): access was refused; check the permissions (\(detail))")
    case .SQLITE_TOOBIG:
      self.init(.invalidDraft, "\(path): a value is larger than SQLite stores (\(detail))")
    case .SQLITE_NOMEM:
      self = .outOfMemory("\(path): \(detail)")
    case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_SCHEMA, .SQLITE_FORMAT, .SQLITE_MISMATCH:
      // Our statements are right for a sound store; what refuses them is not.
      self.init(
        .damaged, "\(path): the store is not as it should be; run nnscore verify, and restore a backup (\(detail))")
    default:
      self.init(.internalError, "\(path): \(detail)")
    }
  }
}
