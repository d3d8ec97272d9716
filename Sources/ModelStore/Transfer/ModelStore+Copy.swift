import GRDB
import Inference

extension ModelStore {
  /// Copies versions into another store: architecture, weights, costs, metrics, also by epoch, datasets, hyperparameters, lineage, note, tags and
  /// signatures, all or none of them.
  ///
  /// Each version is checked in full before it is written, and has the same digest there. Other writers need not wait for the checks, but for
  /// what is more than 256 MiB. It gets the model's next number; one that the
  /// other store has already, with the same digest and the same said about it, is left as it is. Its time of creation stays; the
  /// `register` entry of the other ledger says when it came, and from which version. A parent is the version of the same digest over
  /// there; if there is none, the copy has no parent and that entry names it. What is in service does not change, and aliases stay
  /// behind.
  ///
  /// - Parameters:
  ///   - references: the versions. Parents among them are copied before their children.
  ///   - other: the store to copy into, opened for writing. It may be this one, to have a version under another name.
  ///   - name: the model's name there; nil for the one that it has.
  ///   - reason: why, for the other ledger.
  ///   - actor: who, for the other ledger.
  /// - Returns: what became of each version, in the order of their registration here.
  /// - Throws: ``StoreError``: a reference names nothing, or something damaged; ``StoreError/Code/versionDeleted`` for what was
  ///   deleted over there; nothing is written then.
  @discardableResult
  public func copy(
    _ references: [Reference], to other: ModelStore, as name: String? = nil, reason: String = "",
    actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> [TransferredVersion] {
    if let name { try Reference.validate(modelName: name) }
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try copy(references, to: other, as: name, reason: reason, actor: actor, beforeWriting: {})
  }

  /// Copies what was validated. `beforeWriting` runs between what is made ready and the transaction, where other processes may write.
  func copy(
    _ references: [Reference], to other: ModelStore, as name: String?, reason: String, actor: String,
    beforeWriting: () throws -> Void
  ) throws(StoreError) -> [TransferredVersion] {
    // By row id, which is the order of registration: a parent was there before its child.
    let ids = try read { database in Set(try references.map { try Self.resolve($0, in: database) }).sorted() }
    var transfer = VersionTransfer(
      from: self, to: other, keepsNumbers: false, isDryRun: false, reason: reason, actor: actor)
    try Self.mapped(path) { try transfer.prepare(ids, as: name) }
    try Self.mapped(path, beforeWriting)
    return try other.write { database in
      try ids.map { id in
        guard let result = try transfer.copy(id: id, as: name, in: database) else { throw Self.vanished(id) }
        switch result.outcome {
        case .copied: try transfer.copySignatures(to: result.target, in: database)
        case .present: break
        case .deleted:
          let copy = "\(result.target.name)@\(result.target.number)"
          throw StoreError(
            .versionDeleted,
            "\(other.path) had \(result.source.name)@\(result.source.number) as \(copy), which was deleted there; "
              + "`nnscore undelete \(copy)` brings it back")
        }
        return result
      }
    }
  }
}
