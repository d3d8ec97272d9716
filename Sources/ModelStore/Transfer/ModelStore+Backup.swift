import GRDB

/// What ``ModelStore/backup(to:replacing:verifying:progress:)`` wrote.
public struct BackupReport: Sendable, Equatable {
  /// The backup's size in bytes.
  public let bytes: Int
  /// What checking the backup found, which was nothing wrong; nil if it was not checked.
  public let verification: VerificationReport?
}

extension ModelStore {
  /// Writes a copy of the whole store, as it was at one moment: a store of its own, to be opened or restored.
  ///
  /// Others may read meanwhile, and write: they wait until the pages are copied. The copy is checked in full and synced before it
  /// gets its name, so that there is never half a file or a damaged one.
  ///
  /// - Parameters:
  ///   - path: the file to write.
  ///   - replacing: whether it may exist already.
  ///   - verifying: whether to check the copy as ``verify(_:trustedKeys:threads:progress:)`` does. A damaged store can only be copied
  ///     without.
  ///   - progress: called with the pages copied so far and in all. It may read the store.
  /// - Throws: ``StoreError``: the file exists or is the store itself, the store is damaged, the disk is full, …
  @discardableResult
  public func backup(
    to path: String, replacing: Bool = false, verifying: Bool = true,
    progress: (_ pages: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(StoreError) -> BackupReport {
    try refuseOwnFiles(path)
    let partial = try DurableFile.Partial(of: path, permissions: DurableFile.permissions(of: self.path))
    defer { partial.discard() }
    guard replacing || !DurableFile.exists(partial.target) else {
      throw StoreError(.fileExists, "\(path) exists already; choose another name, or ask for it to be replaced")
    }
    // SQLite would play a journal that belongs to what was there back into the backup.
    for companion in StoreFile.companions where DurableFile.exists(partial.target + companion) {
      throw StoreError(
        .refused,
        "\(path)\(companion) belongs to a store that is in use, or was not closed; choose another name for the backup")
    }
    // Not by the store's own connection, which could not be asked anything within its transaction.
    try anotherReader().read { try StoreFile.copyPages(of: $0, to: partial, progress: progress) }
    let verification = verifying ? try ModelStore(path: partial.temporary).verify() : nil
    if let finding = verification?.findings.first {
      throw StoreError(
        .damaged,
        "\(self.path) is damaged, and so would be its backup: \(finding); nnscore verify shows all. Nothing was written; "
          + "without verification it can be copied as it is")
    }
    try partial.finish(replacing: replacing)
    return BackupReport(bytes: DurableFile.size(of: partial.target), verification: verification)
  }
}

extension StoreFile {
  /// Copies a whole database, which must be in a transaction, into a file in the making.
  static func copyPages(
    of source: Database, to partial: DurableFile.Partial, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(StoreError) {
    var configuration = Configuration()
    configuration.label = "nnscore copy"
    configuration.prepareDatabase { database in
      // Half a copy is thrown away, and a whole one synced before it gets its name.
      try database.execute(sql: "PRAGMA journal_mode = OFF")
      try database.execute(sql: "PRAGMA synchronous = OFF")
    }
    try ModelStore.mapped(partial.target) {
      let copy = try DatabaseQueue(path: partial.temporary, configuration: configuration)
      try copy.writeWithoutTransaction { try copyPages(of: source, to: $0, progress: progress) }
      try copy.close()
    }
  }

  /// Copies a whole database over another one, in one transaction of that one.
  static func copyPages(of source: Database, to target: Database, progress: (Int, Int) -> Void) throws {
    // From here on no one else changes the source: without this lock, the copy would begin anew with each change.
    _ = try Row.fetchOne(source, sql: "PRAGMA schema_version")
    try withoutActuallyEscaping(progress) { progress in
      try source.backup(to: target, pagesPerStep: 1024) { progress($0.completedPageCount, $0.totalPageCount) }
    }
  }
}
