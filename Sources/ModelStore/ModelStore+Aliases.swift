import GRDB
import Inference

extension ModelStore {
  /// Makes an alias name a version, whatever it named before.
  ///
  /// - Parameters:
  ///   - alias: the alias: a letter, then letters, digits, `.`, `_` or `-`.
  ///   - reference: the version.
  ///   - protected: whether moving it must be forced from then on; nil leaves that as it is.
  ///   - force: whether a protected alias may be moved.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Throws: ``StoreError/Code/protectedAlias``, ``StoreError/Code/invalidName``, or that the reference names nothing.
  @discardableResult
  public func setAlias(
    _ alias: String, to reference: Reference, protected: Bool? = nil, force: Bool = false, reason: String = "",
    actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try Alias.validate(alias)
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      let target = try Self.identity(of: Self.resolve(reference, in: database), in: database)
      let before = try Alias.fetchEntry(alias, model: target.name, in: database)
      try before?.requireHash(in: database)
      let wasProtected = before?.kind == .alias && before?.value == Alias.protectedValue
      let isProtected = protected ?? wasProtected
      if let before, before.version == target.number, wasProtected == isProtected {
        return ServiceChange(entry: before, changed: false)
      }
      if wasProtected, !force { throw Self.protectedAlias(alias, of: target.name, at: before?.version) }
      let entry = try LedgerEntry.append(
        LedgerEntry.Draft(
          kind: .alias, model: target.name, version: target.number, digest: target.digest, predecessor: before?.version,
          name: alias, value: isProtected ? Alias.protectedValue : nil, reason: reason, actor: actor), in: database)
      return ServiceChange(entry: entry, changed: true)
    }
  }

  /// Removes an alias.
  ///
  /// - Throws: ``StoreError/Code/noSuchAlias``, ``StoreError/Code/protectedAlias`` unless forced.
  @discardableResult
  public func removeAlias(
    _ alias: String, of model: String, force: Bool = false, reason: String = "",
    actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> LedgerEntry {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      _ = try Self.modelID(named: model, in: database)
      guard let before = try Alias.fetchEntry(alias, model: model, in: database), before.kind == .alias else {
        throw StoreError(.noSuchAlias, "\(model) has no alias \"\(alias)\", so there is nothing to remove")
      }
      if before.value == Alias.protectedValue, !force {
        throw Self.protectedAlias(alias, of: model, at: before.version)
      }
      return try LedgerEntry.append(
        LedgerEntry.Draft(
          kind: .unalias, model: model, predecessor: before.version, name: alias, reason: reason, actor: actor),
        in: database)
    }
  }

  /// The aliases of a model by name.
  ///
  /// - Throws: ``StoreError/Code/noSuchModel``, or why the store cannot be read.
  public func aliases(of model: String) throws(StoreError) -> [Alias] {
    try read { database in
      _ = try Self.modelID(named: model, in: database)
      return try Alias.fetch(model: model, in: database)
    }
  }

  /// Name, number and digest of the version with that row id, as its row says; nothing is loaded or checked.
  static func identity(of id: Int, in database: Database) throws -> Model.Identity {
    let statement = try database.cachedStatement(
      sql: "SELECT name, number, digest FROM versions JOIN models ON models.id = versions.model WHERE versions.id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [id]) else { throw vanished(id) }
    return Model.Identity(
      name: try row.text(0), number: try row.integer(1), digest: Digest.withPrefix(try row.text(2)))
  }

  private static func protectedAlias(_ alias: String, of model: String, at version: Int?) -> StoreError {
    StoreError(
      .protectedAlias,
      "the alias \"\(alias)\" of \(model) is protected and names version \(version ?? 0); use --force to move or remove it all "
        + "the same")
  }
}
