import Foundation
import GRDB

/// The store's file before SQLite sees it, and the connection to it.
struct StoreFile {
  /// Absolute, so that SQLite takes it for neither `:memory:` nor a URI.
  let path: String

  /// What the names of the files end with that SQLite keeps beside a database.
  static let companions = ["-journal", "-wal", "-shm"]

  init(path: String) throws(StoreError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw StoreError(
        .cannotOpen, "the path of the store is \(path.isEmpty ? "empty" : "not a path"); give a file's path")
    }
    self.path = URL(fileURLWithPath: path).path
  }

  /// Checks what is at the path, and for `.create` makes the folders above it.
  ///
  /// Danger: the file must not be opened here. Closing it would drop the locks that other connections of this process hold on it
  /// (POSIX locks belong to the process), so what is in it is left to SQLite.
  func prepare(for mode: ModelStore.Mode) throws(StoreError) {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let attributes = try? FileManager.default.attributesOfItem(atPath: target)
    switch attributes?[.type] as? FileAttributeType {
    case .typeRegular?:
      // After a crash within its creation, an empty file has a journal.
      let isEmpty = (attributes?[.size] as? NSNumber)?.intValue == 0
      guard !isEmpty || mode == .create || FileManager.default.fileExists(atPath: path + "-journal") else {
        throw notFound("\(path) is an empty file, not a store yet")
      }
    case .typeDirectory?:
      throw StoreError(
        .notAStore, "\(path) is a folder; give the path of a store's file, for example \(path)/store.sqlite")
    case nil:
      guard mode == .create else { throw notFound("there is no store at \(path)") }
      try createFolder()
    default:
      throw StoreError(.notAStore, "\(path) is not a regular file; a store is one")
    }
  }

  /// What to say about a file that SQLite does not take for a database, so that no connection has locks on it.
  func notAStore() -> StoreError {
    let handle = try? FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? handle?.close() }
    let start = (try? handle?.read(upToCount: 16)) ?? Data()
    let shown = start.map { (0x20...0x7e).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
    return StoreError(
      .notAStore,
      start == Data("SQLite format 3\0".utf8)
        ? "\(path) is not a store: it is an SQLite database whose first page is damaged; restore a backup"
        : "\(path) is not a store: it begins with \"\(shown)\"; expected an SQLite database made by nnscore")
  }

  /// A connection with the settings that the store's promises rest on.
  static func open(_ path: String, timeout: Duration) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "nnscore"
    configuration.foreignKeysEnabled = true
    // SQLite counts milliseconds in 32 bits.
    let timeout = min(max(timeout, .zero), .seconds(2_000_000))
    configuration.busyMode = .timeout(
      Double(timeout.components.seconds) + Double(timeout.components.attoseconds) * 1e-18)
    // Also to read: SQLite must be able to play back the journal of a writer that died. Where writing is not permitted, it opens
    // the file to be read only by itself.
    configuration.readonly = false
    configuration.prepareDatabase { database in
      // A store from elsewhere may hold functions in its schema; they do not run.
      try database.execute(sql: "PRAGMA trusted_schema = OFF")
      try database.execute(sql: "PRAGMA cell_size_check = ON")
      // FULL, and the folder is synced when the journal is gone: without that, a power cut soon after could undo a commit.
      try database.execute(sql: "PRAGMA synchronous = EXTRA")
      // KiB, taken as needed: the rows of some ten thousand versions, which SQLite would else read from the system at each list; and
      // what most transactions write, which would else go to the disk and be synced before its time.
      try database.execute(sql: "PRAGMA cache_size = -16384")
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  private func notFound(_ problem: String) -> StoreError {
    StoreError(
      .storeNotFound, "\(problem); registering a version creates one (nnscore train), --store FILE names another")
  }

  func createFolder() throws(StoreError) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw StoreError(.cannotCreate, "the folder \(folder.path) cannot be created: \(error.localizedDescription)")
    }
  }
}
