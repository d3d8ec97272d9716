import Foundation
import GRDB

/// What ``ModelStore/restore(from:to:replacing:timeout:progress:)`` did.
public struct RestoreReport: Sendable, Equatable {
  /// What checking the backup found, which was nothing wrong.
  public let verification: VerificationReport
  /// Where the store that was there before is kept; nil if there was none.
  public let kept: String?
}

extension ModelStore {
  /// Puts a backup in the place of a store, after checking all of it.
  ///
  /// Where there is a store already, it is kept beside the restored one, as `STORE.before-restore-TIME`, and programs that have it
  /// open go on with what was restored. Killed at any moment, this leaves the one or the other, whole.
  ///
  /// - Parameters:
  ///   - backup: a backup, or any store.
  ///   - path: the store's path.
  ///   - replacing: whether there may be a store.
  ///   - timeout: how long to wait for other processes that use the store.
  ///   - progress: called with the pages copied so far and in all.
  /// - Throws: ``StoreError``: ``StoreError/Code/damaged`` for a backup that is not sound, ``StoreError/Code/fileExists`` if there is
  ///   a store and replacing it was not asked for, …; the store is as it was then.
  @discardableResult
  public static func restore(
    from backup: String, to path: String, replacing: Bool = false, timeout: Duration = .seconds(30),
    progress: (_ pages: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(StoreError) -> RestoreReport {
    let file = try StoreFile(path: path)
    let target = URL(fileURLWithPath: file.path).resolvingSymlinksInPath().path
    guard !DurableFile.areSame(backup, target) else {
      throw StoreError(.refused, "\(backup) is the store itself; give the path of a backup")
    }
    let source = try ModelStore(path: backup)
    let checker = try ModelStore(path: backup)
    return try source.read { database in
      // Holds a lock, so that what is checked is what is copied.
      _ = try Row.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema")
      let verification = try checker.verify()
      if let finding = verification.findings.first {
        throw StoreError(
          .damaged,
          "\(backup) is damaged and was not restored: \(finding); nnscore verify --store \(backup) shows all")
      }
      var kept: String?
      if DurableFile.size(of: target) == 0 {
        try install(database, at: target, file: file, progress: progress)
      } else {
        guard replacing else {
          throw StoreError(
            .fileExists, "there is a store at \(path) already; ask for it to be replaced, and it will be kept beside")
        }
        try file.prepare(for: .readWrite)
        let name = "\(target).before-restore-\(Timestamp.now.description.filter { $0 != "-" && $0 != ":" })"
        kept = name
        try replace(target, with: database, keeping: name, timeout: timeout, progress: progress)
      }
      return RestoreReport(verification: verification, kept: kept)
    }
  }

  /// Restores where there is no store.
  private static func install(
    _ source: Database, at target: String, file: StoreFile, progress: (Int, Int) -> Void
  ) throws {
    try file.createFolder()
    let partial = try DurableFile.Partial(of: target, permissions: DurableFile.permissions(of: target))
    defer { partial.discard() }
    try StoreFile.copyPages(of: source, to: partial, progress: progress)
    try moveCompanions(of: target)
    // An empty file is no store; there may be one.
    try partial.finish(replacing: DurableFile.exists(target))
  }

  /// Restores over a store.
  ///
  /// The pages are copied into the database that is there, within one transaction, and not into a new file that takes its name:
  /// programs that have the store open would go on with the old file, and what they register there would be lost with it. So they
  /// see the restored store with their next transaction, and SQLite's journal makes the change whole or undoes it, whatever
  /// happens. The exclusive lock is held from before the old store is copied to its new name until the end: nothing can be written
  /// that is neither here nor there.
  private static func replace(
    _ target: String, with source: Database, keeping kept: String, timeout: Duration, progress: (Int, Int) -> Void
  ) throws {
    let queue: DatabaseQueue
    do {
      queue = try StoreFile.open(target, timeout: timeout)
    } catch let error as DatabaseError where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode) {
      return try replaceUnreadable(target, with: source, keeping: kept, progress: progress)
    }
    var before: String?
    do {
      try queue.writeWithoutTransaction { old in
        try old.execute(sql: "PRAGMA journal_mode = DELETE")
        try old.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        try old.inTransaction(.exclusive) { .commit }
        let partial = try DurableFile.Partial(of: kept, permissions: DurableFile.permissions(of: target))
        defer { partial.discard() }
        try StoreFile.copyPages(of: old, to: partial)
        before = ledgerHash(in: old)
        try partial.finish(replacing: false)
        try StoreFile.copyPages(of: source, to: old, progress: progress)
        // With an exclusive lock the journal is emptied and stays; this removes it.
        for setting in ["locking_mode = NORMAL", "journal_mode = PERSIST", "journal_mode = DELETE"] {
          try old.execute(sql: "PRAGMA \(setting)")
        }
        _ = try Row.fetchOne(old, sql: "SELECT count(*) FROM sqlite_schema")
      }
      try queue.close()
    } catch {
      try? queue.close()
      let failure = StoreError(error, path: target)
      guard DurableFile.exists(kept) else { throw failure }
      // SQLite undoes what failed, unless all was written and only its journal was still to go.
      let store = try? ModelStore(path: target, timeout: timeout)
      let after = (try? store?.read { ledgerHash(in: $0) }) ?? nil
      if before != nil, after == before, [.diskFull, .busy].contains(failure.code) {
        // What was kept is what is there, and takes up a full disk.
        DurableFile.remove(kept)
        throw failure
      }
      let state =
        if after != before && after == ledgerHash(in: source) {
          "\(target) was restored, but not all that makes this last could be done: "
        } else if before != nil && after == before {
          "\(target) was not restored and is as it was: "
        } else {
          ""
        }
      throw StoreError(
        failure.code, "\(state)\(failure.message). What was there before is kept as \(kept)")
    }
  }

  /// The hash of the last entry of a store's ledger, which says what state the store is in; nil if it cannot be read.
  private static func ledgerHash(in database: Database) -> String? {
    (try? LedgerEntry.fetchLast(in: database))?.hash
  }

  /// Restores over a file that SQLite does not take for a database: no program can use it as one, so a new file takes its name.
  private static func replaceUnreadable(
    _ target: String, with source: Database, keeping kept: String, progress: (Int, Int) -> Void
  ) throws {
    let partial = try DurableFile.Partial(of: target, permissions: DurableFile.permissions(of: target))
    defer { partial.discard() }
    try StoreFile.copyPages(of: source, to: partial, progress: progress)
    try DurableFile.keep(target, as: kept)
    for companion in StoreFile.companions where DurableFile.exists(target + companion) {
      try DurableFile.move(target + companion, to: kept + companion)
    }
    try partial.finish(replacing: true)
  }

  /// Moves journals without a store out of the way: SQLite would play them back into the restored one.
  private static func moveCompanions(of target: String) throws(StoreError) {
    let moment = Timestamp.now.description.filter { $0 != "-" && $0 != ":" }
    for companion in StoreFile.companions where DurableFile.exists(target + companion) {
      try DurableFile.move(target + companion, to: "\(target).before-restore-\(moment)\(companion)")
    }
  }
}
