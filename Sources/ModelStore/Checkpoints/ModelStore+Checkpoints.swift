import GRDB

extension ModelStore {
  /// Saves a checkpoint in the place of the one of the same name, if there is one, in one transaction: killed at any moment, the store
  /// has the one or the other, whole.
  ///
  /// When this returns, it is on disk. The pages of the one before are used again, so that the file stays as large as one of them
  /// makes it. Other writers wait while the bytes are written.
  ///
  /// - Throws: ``StoreError``: a part of the checkpoint that does not fit, a full disk, …; the one before is there still then.
  public func save(_ checkpoint: Checkpoint) throws(StoreError) {
    try Reference.validate(name: checkpoint.name, of: "checkpoint")
    let subject = "the checkpoint \(checkpoint.name)"
    guard checkpoint.iterations >= 0, (0...checkpoint.iterations).contains(checkpoint.iteration) else {
      throw StoreError(
        .invalidDraft,
        "\(subject) has done \(checkpoint.iteration) of \(checkpoint.iterations) iterations; expected 0 or more, and no more "
          + "than there are")
    }
    try Self.validate(json: checkpoint.description, "the description of \(subject)")
    // Before the transaction: other processes need not wait for it.
    let stored = StoredCheckpoint(checkpoint)
    try write { database in try stored.insert(state: checkpoint.state, in: database) }
  }

  /// The checkpoint of a name with its state, every byte checked.
  ///
  /// - Throws: ``StoreError/Code/noSuchCheckpoint``, or ``StoreError/Code/damaged`` with what was expected and found.
  public func checkpoint(named name: String) throws(StoreError) -> Checkpoint {
    try Reference.validate(name: name, of: "checkpoint")
    return try read { database in
      guard let stored = try StoredCheckpoint(named: name, in: database) else {
        throw try Self.noSuchCheckpoint(name, in: database)
      }
      return try stored.load(in: database)
    }
  }

  /// All checkpoints by name, without their states.
  ///
  /// - Throws: ``StoreError`` if the store cannot be read.
  public func checkpoints() throws(StoreError) -> [CheckpointSummary] {
    try read { database in try StoredCheckpoint.fetchAll(in: database).map { try $0.summary() } }
  }

  /// Removes the checkpoint of a name. The file keeps its size, and what is written next uses its pages.
  ///
  /// - Throws: ``StoreError/Code/noSuchCheckpoint``, or why the store cannot be written.
  public func removeCheckpoint(named name: String) throws(StoreError) {
    try Reference.validate(name: name, of: "checkpoint")
    try write { database in
      guard try StoredCheckpoint.delete(name, in: database) else {
        throw try Self.noSuchCheckpoint(name, in: database)
      }
    }
  }

  private static func noSuchCheckpoint(_ name: String, in database: Database) throws -> StoreError {
    let known = try Row.fetchAll(database, sql: "SELECT name FROM checkpoints ORDER BY name").map { try $0.text(0) }
    return StoreError(
      .noSuchCheckpoint, "the store has no checkpoint \"\(name)\"\(UnknownName.advice(for: name, among: known))")
  }
}
