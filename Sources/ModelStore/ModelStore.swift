import Foundation
import GRDB

/// Every version of every model in one SQLite file, and who put which into service when.
///
/// What is registered never changes, and each load checks it against its digests. A store may be used by any number of processes
/// at once, and from any thread; a writer waits for the others. `Schemas/store.md` describes the file.
public final class ModelStore: Sendable {
  /// What a store is opened for.
  public enum Mode: Sendable {
    /// To look, and to load versions. Works on read-only file systems.
    case readOnly
    /// To write as well; the store must exist.
    case readWrite
    /// To write as well; the store, and the folders above it, are created if they do not exist.
    case create
  }

  /// The absolute path of the file.
  public let path: String
  /// What the store was opened for.
  public let mode: Mode

  private let queue: DatabaseQueue
  private let timeout: Duration

  /// Opens a store.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - mode: what it is opened for.
  ///   - timeout: how long to wait for other processes that write; no longer than 23 days.
  /// - Throws: ``StoreError``: there is no file, or it is not a store, or one of a later version, or its schema was altered, or
  ///   the system refuses.
  public init(path: String, mode: Mode = .readOnly, timeout: Duration = .seconds(30)) throws(StoreError) {
    let file = try StoreFile(path: path)
    self.path = file.path
    self.mode = mode
    self.timeout = timeout
    do {
      try file.prepare(for: mode)
      queue = try StoreFile.open(file.path, timeout: timeout)
      try StoreSchema.establish(in: queue, path: file.path, mode: mode)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
      throw file.notAStore()
    } catch {
      throw StoreError(error, path: file.path)
    }
  }

  /// The same store to be read through another connection, which can do so at the same time.
  func anotherReader() throws(StoreError) -> ModelStore {
    try ModelStore(path: path, mode: .readOnly, timeout: timeout)
  }

  /// Who is written into the ledger unless another name is given: `user@host`.
  public static let defaultActor: String = {
    let host = (try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)) ?? ""
    let name = host.trimmingCharacters(in: .whitespacesAndNewlines)
    let user = ProcessInfo.processInfo.userName
    return "\(user.isEmpty ? "unknown" : user)@\(name.isEmpty ? "localhost" : name)"
  }()

  /// Runs a body within one read transaction: it sees one state of the store. What a body writes all the same is taken back, and
  /// an error.
  func read<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
    // GRDB's own read sets PRAGMA query_only before and resets it after, and at each of those SQLite compiles every statement that
    // was kept anew: longer than most reads take. Whether a body wrote is known afterwards just as well.
    try transaction(.deferred) { database in
      let result = try body(database)
      guard !database.isWriting else {
        throw StoreError(.internalError, "\(path): a read wrote to the store, which was taken back; please report it")
      }
      return result
    }
  }

  /// Tries to write, and takes it back: what would refuse a registration now is known before hours of training.
  ///
  /// - Throws: ``StoreError``: the store or its folder may not be written, the disk is full, or other processes hold the store for
  ///   longer than the timeout.
  public func checkWritable() throws(StoreError) {
    struct TakenBack: Error {}
    var isWritten = false
    do {
      try write { database in
        // A page is changed in earnest, so that SQLite opens its journal and writes to it.
        try database.execute(sql: "CREATE TABLE nnscore_write_probe (x)")
        isWritten = true
        throw TakenBack()
      }
    } catch {
      guard isWritten else { throw error }
    }
  }

  /// Runs a body that cannot be part of a transaction.
  func withoutTransaction<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
    do {
      return try queue.writeWithoutTransaction(body)
    } catch {
      throw StoreError(error, path: path)
    }
  }

  /// Runs a body within one write transaction: all that it writes becomes visible at once, or nothing.
  func write<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
    guard mode != .readOnly else {
      throw StoreError(.readOnly, "\(path) was opened to be read only; open it with .readWrite")
    }
    // Taking the write lock first is what lets SQLite wait: two readers that turn into writers cannot wait for each other.
    return try transaction(.immediate, body)
  }

  private func transaction<Result>(
    _ kind: Database.TransactionKind, _ body: (Database) throws -> Result
  ) throws(StoreError) -> Result {
    do {
      return try queue.writeWithoutTransaction { database in
        var result: Result?
        try database.inTransaction(kind) {
          result = try body(database)
          return .commit
        }
        guard let result else { throw StoreError(.internalError, "\(path): the transaction gave no result") }
        return result
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }
}
