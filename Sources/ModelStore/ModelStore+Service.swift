import GRDB
import Inference

extension ModelStore {
  /// Puts a version into service, after loading it, checking every digest and replaying its golden examples in the same transaction.
  ///
  /// A version that is in service already is checked all the same, but nothing is written: see ``ServiceChange/changed``.
  ///
  /// - Parameters:
  ///   - reference: the version.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Throws: ``StoreError``: the reference names nothing, or what it names is damaged, ``StoreError/Code/goldenMismatch`` or
  ///   ``StoreError/Code/notTrusted``; what was in service stays.
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
  ///   ``StoreError/Code/damaged``, ``StoreError/Code/goldenMismatch`` or ``StoreError/Code/notTrusted`` if the version to go back to
  ///   fails its checks; what was in service stays.
  @discardableResult
  public func rollback(
    _ model: String, to number: Int? = nil, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      let modelID = try Self.modelID(named: model, in: database)
      let history = ServiceHistory(
        try LedgerEntry.fetch(where: "model = ? AND \(LedgerEntry.isService)", [model], in: database))
      guard !history.stack.isEmpty else {
        throw StoreError(
          .nothingInService, "no version of \(model) is in service, so there is nothing to roll back; promote one first"
        )
      }
      let deleted = try Self.deletedVersions(of: model, in: database)
      guard let target = number ?? history.previous(isThere: { deleted[$0] == nil }) else {
        throw StoreError(
          .nothingToRollBackTo,
          (history.serving.map { "\(model)@\($0) is in service" } ?? "\(model) is retired")
            + " and nothing was before it; name a version (--to N), or promote one")
      }
      let id = try Self.versionID(model, modelID: modelID, number: target, in: database)
      return try Self.putIntoService(id, model: model, kind: .rollback, reason: reason, actor: actor, in: database)
    }
  }

  /// Takes what is in service out and puts nothing in its place, so that the model's name alone names no version.
  ///
  /// A rollback brings back what was in service.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Throws: ``StoreError/Code/nothingInService``, ``StoreError/Code/noSuchModel``, or why the store cannot be written.
  @discardableResult
  public func retire(
    _ model: String, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> LedgerEntry {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      _ = try Self.modelID(named: model, in: database)
      let predecessor = try LedgerEntry.fetchServing(model, in: database)
      guard let serving = predecessor?.version else {
        throw StoreError(.nothingInService, "no version of \(model) is in service, so there is nothing to retire")
      }
      try predecessor?.requireHash(in: database)
      return try LedgerEntry.append(
        LedgerEntry.Draft(kind: .retire, model: model, predecessor: serving, reason: reason, actor: actor), in: database
      )
    }
  }

  /// The entries of the ledger about one model, or with nil of the whole store, oldest first.
  ///
  /// - Throws: ``StoreError/Code/noSuchModel``, or why the ledger cannot be read.
  public func ledger(of model: String?) throws(StoreError) -> [LedgerEntry] {
    try read { database in
      guard let model else { return try LedgerEntry.fetch(in: database) }
      _ = try Self.modelID(named: model, in: database)
      return try LedgerEntry.fetch(where: "model = ?", [model], in: database)
    }
  }

  /// The last entry of the ledger if it is dated more than five minutes after the present, else nil.
  ///
  /// A machine whose clock was ahead wrote it, or this one's is behind. Since times of the ledger never go back, what is written from
  /// now on gets that time too, until the clock has passed it; warn whoever writes.
  ///
  /// - Throws: ``StoreError`` if the ledger cannot be read.
  public func entryAheadOfClock() throws(StoreError) -> LedgerEntry? {
    try read { database in
      let last = try LedgerEntry.fetchLast(in: database)
      return last.flatMap { $0.isAhead(of: .now) ? $0 : nil }
    }
  }

  /// The entry of the ledger that says what of a model was in service at some moment; nil if nothing was ever before.
  ///
  /// Where the entry's ``LedgerEntry/version`` is nil the model was retired.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - moment: when, by the times of the ledger; nil for the last that it says. A moment that is still to come has the answer of
  ///     now, which may change until then.
  /// - Throws: ``StoreError/Code/noSuchModel``, ``StoreError/Code/damaged`` if the entry does not fit its hash, or why the ledger
  ///   cannot be read.
  public func serving(_ model: String, asOf moment: Timestamp? = nil) throws(StoreError) -> LedgerEntry? {
    // A ledger that is ahead of the clock has entries after a moment to come, which serve now all the same.
    let past = moment.flatMap { $0 > Timestamp.now ? nil : $0 }
    return try read { database in
      _ = try Self.modelID(named: model, in: database)
      let entry = try LedgerEntry.fetchLast(
        where: "model = ? AND \(LedgerEntry.isService) AND at <= ?",
        [model, (past ?? Timestamp(millisecondsSince1970: .max)).description], in: database)
      try entry?.requireHash(in: database)
      return entry
    }
  }

  /// Loads a version with every check that it must pass to be served: every digest, its golden examples, and the rule of the store about
  /// signatures.
  static func serviceable(id: Int, in database: Database) throws -> Model {
    let model = try model(id: id, in: database)
    try model.replayGolden()
    try SignaturePolicy.check(model.identity, in: database)
    return model
  }

  /// Checks a version and writes the entry that puts it into service, unless it is there already.
  @discardableResult
  static func putIntoService(
    _ id: Int, model: String, kind: LedgerEntry.Kind, reason: String, actor: String, in database: Database
  ) throws -> ServiceChange {
    let target = try serviceable(id: id, in: database).identity
    let predecessor = try LedgerEntry.fetchServing(model, in: database)
    try predecessor?.requireHash(in: database)
    if let predecessor, predecessor.version == target.number {
      return ServiceChange(entry: predecessor, changed: false)
    }
    let entry = try LedgerEntry.append(
      LedgerEntry.Draft(
        kind: kind, model: model, version: target.number, digest: target.digest, predecessor: predecessor?.version,
        reason: reason, actor: actor), in: database)
    return ServiceChange(entry: entry, changed: true)
  }
}
