import GRDB
public import Inference

/// Which versions of a model are worth keeping. A version stays if any rule keeps it.
///
/// What is in service, what aliases name, and what a rollback without a number would go back to always stay.
public struct RetentionRule: Sendable, Equatable {
  /// Keep the versions registered last, so many of them.
  public var last: Int?
  /// Keep what was registered at this moment or later.
  public var newerThan: Timestamp?

  /// A rule that keeps the last versions, those newer than a moment, or both.
  public init(last: Int? = nil, newerThan: Timestamp? = nil) {
    self.last = last
    self.newerThan = newerThan
  }
}

extension ModelStore {
  /// Deletes the versions of a model that no rule keeps; each can be brought back until the next gc.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - rule: what to keep. An empty rule keeps only what is in use.
  ///   - dryRun: to find out what would be deleted, and delete nothing.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Returns: what was, or would be, deleted.
  /// - Throws: ``StoreError/Code/noSuchModel``, ``StoreError/Code/invalidDraft`` for a negative count, or why the store cannot be
  ///   written.
  @discardableResult
  public func prune(
    _ model: String, keeping rule: RetentionRule, dryRun: Bool = false, reason: String = "",
    actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> [Model.Identity] {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    guard rule.last ?? 0 >= 0 else {
      throw StoreError(.invalidDraft, "the number of versions to keep is \(rule.last ?? 0); expected 0 or more")
    }
    if dryRun { return try read { try Self.prunable(model, keeping: rule, in: $0) } }
    return try write { database in
      let targets = try Self.prunable(model, keeping: rule, in: database)
      for target in targets { _ = try Self.delete(target, reason: reason, actor: actor, in: database) }
      return targets
    }
  }

  private static func prunable(
    _ model: String, keeping rule: RetentionRule, in database: Database
  ) throws -> [Model.Identity] {
    let versions = try liveVersions(of: model, in: database)
    var kept = Set(try uses(of: model, in: database).keys)
    let history = ServiceHistory(
      try LedgerEntry.fetch(where: "model = ? AND \(LedgerEntry.isService)", [model], in: database))
    let numbers = Set(versions.map(\.identity.number))
    if let previous = history.previous(isThere: numbers.contains) { kept.insert(previous) }
    if let last = rule.last { kept.formUnion(versions.suffix(last).map(\.identity.number)) }
    if let moment = rule.newerThan {
      kept.formUnion(versions.filter { $0.createdAt >= moment }.map(\.identity.number))
    }
    return versions.map(\.identity).filter { !kept.contains($0.number) }
  }
}
