import GRDB
import Inference

extension ModelStore {
  /// Takes every version of another store that this one lacks, all of them or none.
  ///
  /// A version is here already if one of the same model has the same digest and the same said about it. Others are checked in full
  /// before they are written (other writers need not wait for that, but for what is more than 256 MiB), and keep their number where it is free, or get the next one; lineage follows. Their tags, edited notes and
  /// signatures come along, aliases where this store never used the name, and a model's own tags and note with a model that is new.
  /// What is in service does not change, and what was deleted in either store stays so.
  ///
  /// - Parameters:
  ///   - other: the store to take from; it is only read.
  ///   - dryRun: to find out what would be done, and do nothing.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Throws: ``StoreError``: a version that is damaged, or why one of the stores cannot be read or written; nothing is written
  ///   then.
  @discardableResult
  public func merge(
    from other: ModelStore, dryRun: Bool = false, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> MergeReport {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    var transfer = VersionTransfer(
      from: other, to: self, keepsNumbers: true, isDryRun: dryRun, reason: reason, actor: actor)
    try Self.mapped(path) { try transfer.prepare(other.read { try Self.liveVersionIDs(in: $0) }) }
    let ready = transfer
    if dryRun { return try read { try Self.merge(ready, in: $0) } }
    return try write { try Self.merge(ready, in: $0) }
  }

  /// The row ids of all versions that were not deleted, in the order of registration: a parent was there before its child.
  private static func liveVersionIDs(in database: Database) throws -> [Int] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT versions.id FROM versions JOIN models ON models.id = versions.model
        WHERE NOT EXISTS (
          SELECT 1 FROM deletions WHERE deletions.model = models.name AND deletions.version = versions.number)
        ORDER BY versions.id
        """
    ).map { try $0.integer(0) }
  }

  private static func merge(_ plan: VersionTransfer, in database: Database) throws -> MergeReport {
    var transfer = plan
    var report = MergeReport()
    let (ids, models) = try transfer.reading(database) { source in
      (
        try liveVersionIDs(in: source),
        try Row.fetchAll(source, sql: "SELECT name FROM models ORDER BY name").map { try $0.text(0) }
      )
    }
    let known = Set(try Row.fetchAll(database, sql: "SELECT name FROM models").map { try $0.text(0) })
    for id in ids {
      guard let result = try transfer.copy(id: id, in: database) else { continue }
      report.versions.append(result)
      if result.outcome != .deleted { try transfer.copySignatures(to: result.target, in: database) }
    }
    let copied = Set(report.versions.filter { $0.outcome == .copied }.map(\.target.name))
    for model in models {
      if !known.contains(model), copied.contains(model), !transfer.isDryRun {
        for entry in try transfer.marks(of: model, database).entries(of: nil) {
          try transfer.append(entry, model: model, version: nil, digest: nil, in: database)
        }
      }
      for (name, entry) in try transfer.marks(of: model, database).aliases.sorted(by: { $0.key < $1.key }) {
        guard let number = entry.version, let target = transfer.place(ofModel: model, number: number) else { continue }
        let before = try Alias.fetchEntry(name, model: model, in: database)
        var outcome = MergeReport.Alias.Outcome.kept
        if before?.kind == .alias, before?.version == target.number {
          outcome = .present
        } else if before == nil {
          outcome = .set
          if !transfer.isDryRun {
            try transfer.append(
              entry, model: model, version: target.number, digest: target.digest, in: database)
          }
        }
        report.aliases.append(
          MergeReport.Alias(model: model, name: name, version: target.number, outcome: outcome))
      }
    }
    report.signatures = transfer.signatures
    return report
  }
}
