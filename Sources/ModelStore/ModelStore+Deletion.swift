import GRDB
import Inference

/// A version that was deleted and can be brought back.
public struct DeletedVersion: Sendable, Equatable {
  /// The version's number.
  public let number: Int
  /// `sha256:` and 64 hexadecimal digits over architecture, input format, labels and tensors.
  public let digest: String
  /// When it was deleted.
  public let at: Timestamp
  /// Who deleted it.
  public let actor: String
  /// Why.
  public let reason: String
}

extension ModelStore {
  /// Deletes a version: it is hidden from lists and references until ``undelete(_:number:reason:actor:)`` brings it back or
  /// ``collectGarbage(dryRun:actor:)`` removes it for good.
  ///
  /// - Throws: ``StoreError/Code/refused`` for what is in service or named by an alias, or that the reference names nothing.
  @discardableResult
  public func delete(
    _ reference: Reference, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> LedgerEntry {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    guard reference.selector != .serving else {
      throw StoreError(
        .refused,
        "\(reference) names what is in service, which is not deleted; name a version, such as \(reference)@1")
    }
    return try write { database in
      let target = try Self.identity(of: Self.resolve(reference, in: database), in: database)
      if let use = try Self.uses(of: target.name, in: database)[target.number] {
        throw StoreError(.refused, "\(target.name)@\(target.number) is not deleted: \(use)")
      }
      return try Self.delete(target, reason: reason, actor: actor, in: database)
    }
  }

  /// Deletes every version of a model, if none of them is in use.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - confirmation: the model's name once more, as a person typed it.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Throws: ``StoreError/Code/notConfirmed``, ``StoreError/Code/refused`` for a model with a version in service or an alias, or
  ///   ``StoreError/Code/noSuchModel``; nothing is deleted then.
  @discardableResult
  public func deleteModel(
    _ model: String, confirmation: String, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> [LedgerEntry] {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      let versions = try Self.liveVersions(of: model, in: database)
      guard confirmation == model else {
        throw StoreError(
          .notConfirmed,
          "all \(versions.count) versions of \(model) would be deleted; confirm it by the model's name, \"\(model)\", "
            + "not \"\(confirmation)\"")
      }
      if let (number, use) = try Self.uses(of: model, in: database).min(by: { $0.key < $1.key }) {
        throw StoreError(.refused, "\(model) is not deleted, as \(model)@\(number) is in use: \(use)")
      }
      return try versions.map { try Self.delete($0.identity, reason: reason, actor: actor, in: database) }
    }
  }

  /// Brings deleted versions back: one, or with nil all of the model that were not purged.
  ///
  /// - Throws: ``StoreError/Code/noSuchVersion`` if nothing is there to bring back, ``StoreError/Code/versionDeleted`` if the version
  ///   was purged.
  @discardableResult
  public func undelete(
    _ model: String, number: Int? = nil, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> [LedgerEntry] {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      let modelID = try Self.modelID(named: model, in: database)
      let deletions = try Self.deletedVersions(of: model, in: database)
      if let number {
        // Says that it was purged, or that there is no such version.
        if deletions[number]?.isPurged ?? true {
          _ = try Self.versionID(model, modelID: modelID, number: number, in: database)
          throw StoreError(.noSuchVersion, "\(model)@\(number) is not deleted, so there is nothing to bring back")
        }
      }
      let numbers = deletions.filter { !$0.value.isPurged && (number == nil || $0.key == number) }.keys.sorted()
      guard !numbers.isEmpty else {
        throw StoreError(.noSuchVersion, "\(model) has no deleted version that could be brought back")
      }
      return try numbers.map { number in
        guard let id = try Self.rowID(modelID: modelID, number: number, in: database) else {
          throw StoreError(.damaged, "\(model)@\(number) is deleted, but its row is missing; run nnscore verify")
        }
        let target = try Self.identity(of: id, in: database)
        return try LedgerEntry.append(
          LedgerEntry.Draft(
            kind: .undelete, model: model, version: number, digest: target.digest, reason: reason, actor: actor),
          in: database)
      }
    }
  }

  /// The versions of a model that were deleted and can be brought back, by number.
  ///
  /// - Throws: ``StoreError/Code/noSuchModel``, or why the store cannot be read.
  public func deletedVersions(of model: String) throws(StoreError) -> [DeletedVersion] {
    try read { database in
      let modelID = try Self.modelID(named: model, in: database)
      let deletions = try Self.deletedVersions(of: model, in: database).filter { !$0.value.isPurged }
      return try deletions.sorted { $0.key < $1.key }.compactMap { number, deletion in
        guard let id = try Self.rowID(modelID: modelID, number: number, in: database) else { return nil }
        return DeletedVersion(
          number: number, digest: try Self.identity(of: id, in: database).digest, at: deletion.at,
          actor: deletion.actor, reason: deletion.reason)
      }
    }
  }

  static func delete(
    _ target: Model.Identity, reason: String, actor: String, in database: Database
  ) throws -> LedgerEntry {
    try LedgerEntry.append(
      LedgerEntry.Draft(
        kind: .delete, model: target.name, version: target.number, digest: target.digest, reason: reason, actor: actor),
      in: database)
  }

  /// The versions of a model that were not deleted, by number.
  static func liveVersions(
    of model: String, in database: Database
  ) throws -> [(identity: Model.Identity, createdAt: Timestamp)] {
    let modelID = try modelID(named: model, in: database)
    let deleted = try deletedVersions(of: model, in: database)
    let statement = try database.cachedStatement(
      sql: "SELECT number, digest, created_at FROM versions WHERE model = ? ORDER BY number")
    return try Row.fetchAll(statement, arguments: [modelID]).compactMap { row in
      let number = try row.integer(0)
      guard deleted[number] == nil else { return nil }
      let identity = Model.Identity(name: model, number: number, digest: Digest.withPrefix(try row.text(1)))
      return (identity, try row.timestamp(2))
    }
  }

  /// Why versions of a model may not be deleted, by number: what is in service, and what aliases name.
  static func uses(of model: String, in database: Database) throws -> [Int: String] {
    var result: [Int: String] = [:]
    for alias in try Alias.fetch(model: model, in: database) {
      result[alias.version] =
        "the alias \"\(alias.name)\" names it; move or remove that first (nnscore alias remove \(model) \(alias.name))"
    }
    if let serving = try serving(model, in: database) {
      result[serving] = "it is in service; promote another version or retire the model first (nnscore retire \(model))"
    }
    return result
  }
}
