import GRDB
import Inference

extension ModelStore {
  /// Puts a version into service, after loading it and checking every digest in the same transaction.
  ///
  /// A version that is in service already is checked all the same, but nothing is written: see ``ServiceChange/changed``.
  ///
  /// - Parameters:
  ///   - reference: the version.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Throws: ``StoreError``: the reference names nothing, or what it names is damaged; what was in service stays.
  @discardableResult
  public func promote(
    _ reference: Reference, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      let id = try Self.resolve(reference, in: database)
      return try Self.putIntoService(
        id, model: reference.model, kind: .promote, reason: reason, actor: actor, in: database)
    }
  }

  /// Takes what is in service out, and puts back what was there before.
  ///
  /// The ledger is read as a stack: a promote puts a version on top, a rollback takes it away. So after promotes of 1, 2 and 3, one
  /// rollback leads to 2, the next to 1, and a third finds nothing. With a number, all that was promoted after that version was last
  /// in service is taken away; a version that is not below the one in service is put on top of it, as a promote would.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - number: the version to go back to; nil for the one before.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Throws: ``StoreError/Code/nothingInService``, ``StoreError/Code/nothingToRollBackTo``, ``StoreError/Code/noSuchVersion``, or
  ///   ``StoreError/Code/damaged`` if the version to go back to fails its checks; what was in service stays.
  @discardableResult
  public func rollback(
    _ model: String, to number: Int? = nil, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      let modelID = try Self.modelID(named: model, in: database)
      var history = ServiceHistory()
      for entry in try LedgerEntry.fetch(model: model, in: database) {
        history.apply(entry.kind, version: entry.version)
      }
      guard let serving = history.serving else {
        throw StoreError(
          .nothingInService, "no version of \(model) is in service, so there is nothing to roll back; promote one first"
        )
      }
      guard let target = number ?? history.previous else {
        throw StoreError(
          .nothingToRollBackTo,
          "\(model)@\(serving) is in service and nothing was before it; name a version (--to N), or promote one")
      }
      let id = try Self.versionID(model, modelID: modelID, number: target, in: database)
      return try Self.putIntoService(id, model: model, kind: .rollback, reason: reason, actor: actor, in: database)
    }
  }

  /// The entries of the ledger about one model, oldest first.
  ///
  /// - Throws: ``StoreError/Code/noSuchModel``, or why the ledger cannot be read.
  public func ledger(of model: String) throws(StoreError) -> [LedgerEntry] {
    try read { database in
      _ = try Self.modelID(named: model, in: database)
      return try LedgerEntry.fetch(model: model, in: database)
    }
  }

  /// Checks a version and writes the entry that puts it into service, unless it is there already.
  @discardableResult
  static func putIntoService(
    _ id: Int, model: String, kind: LedgerEntry.Kind, reason: String, actor: String, in database: Database
  ) throws -> ServiceChange {
    let target = try Self.model(id: id, in: database).identity
    let predecessor = try LedgerEntry.fetchLast(model: model, in: database)
    try predecessor?.requireHash(in: database)
    if let predecessor, predecessor.version == target.number {
      return ServiceChange(entry: predecessor, changed: false)
    }
    let last = try LedgerEntry.fetchLast(model: nil, in: database)
    let entry = LedgerEntry(
      sequence: (last?.sequence ?? 0) + 1, at: .now, actor: actor, kind: kind, model: model, version: target.number,
      digest: target.digest, predecessor: predecessor?.version, reason: reason, following: last?.hash ?? Digest.none)
    try entry.insert(in: database)
    return ServiceChange(entry: entry, changed: true)
  }
}
