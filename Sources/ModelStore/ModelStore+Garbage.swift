import GRDB
public import Inference

/// What ``ModelStore/collectGarbage(dryRun:actor:)`` removed, or would remove.
public struct GarbageReport: Sendable {
  /// The deleted versions whose rows are gone, in the order of their deletion.
  public var versions: [Model.Identity] = []
  /// How many blobs (tensors, cost histories, numbers by epoch, golden examples) nothing refers to any more.
  public var blobs = 0
  /// How many bytes these took in the store.
  public var bytes = 0
  /// The file's size before, in bytes.
  public var sizeBefore = 0
  /// The file's size afterwards, in bytes; for a dry run what it would come to at most.
  public var sizeAfter = 0
}

extension ModelStore {
  /// Removes deleted versions for good, with all that only they needed, and gives the space back to the file system.
  ///
  /// The ledger keeps an entry for each. All rows go in one transaction; then the file is rebuilt (`VACUUM`), which needs as much
  /// free space as the store will take, and without which the file keeps its size until new versions fill it.
  ///
  /// - Parameters:
  ///   - dryRun: to find out what would be removed, exactly, and remove nothing.
  ///   - actor: who, for the ledger.
  /// - Throws: ``StoreError``; if only giving the space back failed, the message says so, and what was removed stays removed.
  public func collectGarbage(
    dryRun: Bool = false, actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> GarbageReport {
    try Self.validate(text: actor, "the actor")
    struct TakenBack: Error {}
    var report = GarbageReport()
    do {
      try write { database in
        report = try Self.collectGarbage(actor: actor, in: database)
        if dryRun { throw TakenBack() }
      }
    } catch {
      // What a dry run throws comes wrapped; it has a report by then that no failure before could have.
      guard dryRun, report.sizeBefore > 0 else { throw error }
      return report
    }
    guard report.bytes > 0 || !report.versions.isEmpty else { return report }
    do {
      try withoutTransaction { database in
        try database.execute(sql: "VACUUM")
        report.sizeAfter = try Self.fileSize(in: database)
      }
    } catch {
      throw StoreError(
        error.code,
        "\(report.versions.count) deleted versions were removed, but the file could not be made smaller: \(error.message)"
      )
    }
    return report
  }

  private static func collectGarbage(actor: String, in database: Database) throws -> GarbageReport {
    var report = GarbageReport()
    report.sizeBefore = try fileSize(in: database)
    let condition = """
      SELECT versions.id FROM deletions JOIN models ON models.name = deletions.model
        JOIN versions ON versions.model = models.id AND versions.number = deletions.version
      WHERE purged = 0 ORDER BY versions.id
      """
    for id in try Row.fetchAll(database, sql: condition).map({ try $0.integer(0) }) {
      let target = try identity(of: id, in: database)
      try LedgerEntry.append(
        LedgerEntry.Draft(
          kind: .purge, model: target.name, version: target.number, digest: target.digest, actor: actor), in: database)
      // The version first: what belongs to it goes only without it.
      try database.execute(sql: "DELETE FROM versions WHERE id = ?", arguments: [id])
      for table in ["metrics", "costs", "datasets", "tensors", "goldens", "epoch_metrics"] {
        try database.execute(sql: "DELETE FROM \(table) WHERE version = ?", arguments: [id])
      }
      report.versions.append(target)
    }
    try collectBlobs(into: &report, in: database)
    let free = try number("PRAGMA freelist_count", in: database) * number("PRAGMA page_size", in: database)
    report.sizeAfter = report.sizeBefore - min(report.sizeBefore, free)
    return report
  }

  /// Removes the blobs that nothing refers to, differences before what they are differences from.
  private static func collectBlobs(into report: inout GarbageReport, in database: Database) throws {
    let unused = """
      SELECT sha256, stored_size FROM blobs WHERE NOT EXISTS (SELECT 1 FROM tensors WHERE tensors.sha256 = blobs.sha256)
        AND NOT EXISTS (SELECT 1 FROM costs WHERE costs.sha256 = blobs.sha256)
        AND NOT EXISTS (SELECT 1 FROM epoch_metrics WHERE epoch_metrics.sha256 = blobs.sha256)
        AND NOT EXISTS (SELECT 1 FROM goldens WHERE inputs = blobs.sha256)
        AND NOT EXISTS (SELECT 1 FROM goldens WHERE outputs = blobs.sha256)
        AND NOT EXISTS (SELECT 1 FROM blobs AS other WHERE other.base = blobs.sha256)
      """
    // Each round takes what no other is a difference from any more.
    for _ in 0...BlobStorage.deepest + 1 {
      let rows = try Row.fetchAll(database, sql: unused).map { (sha256: try $0.text(0), size: try $0.integer(1)) }
      if rows.isEmpty { return }
      for row in rows {
        try database.execute(sql: "DELETE FROM blobs WHERE sha256 = ?", arguments: [row.sha256])
        // A row that the one index shows and the other does not would be found again and again.
        guard database.changesCount == 1 else { throw BlobStorage.damaged(row.sha256, "its row cannot be deleted") }
        try database.execute(sql: "DELETE FROM chunks WHERE sha256 = ?", arguments: [row.sha256])
        report.blobs += 1
        let (bytes, overflow) = report.bytes.addingReportingOverflow(row.size)
        guard row.size >= 0, !overflow else {
          throw BlobStorage.damaged(row.sha256, "its stored size cannot be, \(row.size) bytes")
        }
        report.bytes = bytes
      }
    }
    throw StoreError(
      .damaged, "differences from differences of weights that nothing needs are more than \(BlobStorage.deepest) deep")
  }

  private static func fileSize(in database: Database) throws -> Int {
    try number("PRAGMA page_count", in: database) * number("PRAGMA page_size", in: database)
  }

  private static func number(_ sql: String, in database: Database) throws -> Int {
    try Row.fetchOne(database, sql: sql)?.integer(0) ?? 0
  }
}
