import Foundation
import GRDB
import Inference

extension ModelStore {
  /// Registers a version: its row, tensors, costs, metrics, numbers by epoch, golden examples and signatures, and with `promote` the entry in the
  /// ledger, in one transaction.
  ///
  /// When this returns, the version is on disk.
  ///
  /// - Parameters:
  ///   - draft: what to register. It gets the model's next number.
  ///   - promote: whether to put it into service as well.
  ///   - reason: why it is promoted, for the ledger.
  ///   - actor: who registers and promotes, for the ledger.
  ///   - removingCheckpoint: the name of a checkpoint that is not needed once the version is there, and is removed with the same
  ///     transaction; there need not be one.
  /// - Throws: ``StoreError``: a part of the draft that does not fit, a full disk, to be promoted where the store demands a signature
  ///   that equal contents do not have yet, …; nothing is written then.
  @discardableResult
  public func register(
    _ draft: VersionDraft, promote: Bool = false, reason: String = "", actor: String = ModelStore.defaultActor,
    removingCheckpoint: String? = nil
  ) throws(StoreError) -> VersionRecord {
    try Self.validate(draft)
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    if let removingCheckpoint { try Reference.validate(name: removingCheckpoint, of: "checkpoint") }
    return try register(
      draft, promote: promote, reason: reason, actor: actor, removingCheckpoint: removingCheckpoint, beforeWriting: {})
  }

  /// Registers what was validated. `beforeWriting` runs between what is made of the store's contents and the transaction, where other
  /// processes may write.
  func register(
    _ draft: VersionDraft, promote: Bool, reason: String, actor: String, removingCheckpoint: String? = nil,
    beforeWriting: () throws -> Void
  ) throws(StoreError) -> VersionRecord {
    let hyperparameters = try Self.json(of: draft.hyperparameters)
    // Compressed before the transaction: other processes need not wait for it.
    let blobs = try Self.mapped(path) {
      try Blobs(draft) { sources in try read { try Self.unknown(sources, parent: draft.lineage.parent, in: $0) } }
    }
    var hasVanished = false
    func attempt(_ blobs: Blobs) throws(StoreError) -> VersionRecord {
      try write { database in
        for blob in blobs.encoded { try BlobStorage.insert(blob, in: database) }
        for sha256 in blobs.version.blobDigests where try !BlobStorage.exists(sha256, in: database) {
          hasVanished = true
          throw StoreError(.damaged, "the blob \(sha256) is missing; run nnscore verify")
        }
        if let removingCheckpoint { try StoredCheckpoint.delete(removingCheckpoint, in: database) }
        return try Self.write(
          draft, blobs: blobs, hyperparameters: hyperparameters, promote: promote, reason: reason, actor: actor,
          in: database)
      }
    }
    do {
      try Self.mapped(path, beforeWriting)
      return try attempt(blobs)
    } catch {
      guard hasVanished else { throw error }
      // A blob that this version shares was garbage, and another process collected it just now: this time all are brought along.
      return try attempt(Self.mapped(path) { try Blobs(draft) { $0 } })
    }
  }

  /// Writes all rows of a version but its blobs, which are there.
  private static func write(
    _ draft: VersionDraft, blobs: Blobs, hyperparameters: String, promote: Bool, reason: String, actor: String,
    in database: Database
  ) throws -> VersionRecord {
    var version = try stored(draft, hyperparameters: hyperparameters, blobs: blobs)
    let modelID = try modelID(named: draft.model, createdAt: version.createdAt, in: database)
    version.id = try next("SELECT max(id) FROM versions", [], in: database)
    version.number = try nextNumber(of: draft.model, modelID: modelID, in: database)
    if let parent = draft.lineage.parent { try validate(parent: parent, in: database) }
    version.record = version.computedRecord
    if let expected = draft.expectedDigest, Digest.withoutPrefix(expected) != version.digest {
      throw StoreError(
        .invalidDraft,
        "the version of \(draft.model) was to have the digest \(expected), but its contents have "
          + "\(Digest.withPrefix(version.digest)); it is not what it is said to be")
    }

    try version.insert(modelID: modelID, in: database)
    try LedgerEntry.append(
      LedgerEntry.Draft(
        kind: .register, model: draft.model, version: version.number, digest: version.digest, value: draft.origin,
        reason: "", actor: actor), in: database)
    let identity = Model.Identity(
      name: draft.model, number: version.number, digest: Digest.withPrefix(version.digest))
    for signature in draft.signatures {
      try add(
        signature.signature, by: PublicKey(hexadecimal: signature.publicKey), to: identity, reason: "", actor: actor,
        in: database)
    }
    if promote {
      try putIntoService(version.id, model: draft.model, kind: .promote, reason: reason, actor: actor, in: database)
    }
    return try VersionRecord(id: version.id, in: database)
  }

  /// The tensors, the cost history, the numbers by epoch and the golden examples of a draft, encoded.
  private struct Blobs {
    /// What decides the version's answers, with its digest; and what refers to the other blobs.
    var version = StoredVersion()
    /// Those that the store did not have a moment ago.
    var encoded: [BlobStorage.Encoded] = []

    /// - Parameter unknown: those of some blobs that the store does not have, with what they may be differences from.
    init(_ draft: VersionDraft, unknown: ([BlobStorage.Source]) throws -> [BlobStorage.Source]) throws {
      let parameters = draft.modelParameters
      let tensors = zip(LayerTensor.all(of: draft.architecture, parameters.precision), parameters.tensorBytes)
      var sources = try Parallel.map(Array(tensors)) { tensor, bytes in BlobStorage.Source(bytes, of: tensor) }
      version.tensors = sources.compactMap(\.tensor)
      version.architecture = draft.architecture.canonicalText
      version.inputFormat = draft.inputFormat.canonicalText
      version.labels = Model.canonicalText(ofLabels: draft.labels)
      version.digest = version.computedDigest
      if let last = draft.costs.last {
        let costs = BlobStorage.Source(.bytes(LittleEndian.bytes(of: draft.costs)), elementSize: 8)
        version.costs = StoredVersion.Costs(
          count: draft.costs.count, final: last.isNaN ? nil : last, sha256: costs.sha256)
        sources.append(costs)
      }
      if let metrics = draft.epochMetrics, !metrics.epochs.isEmpty {
        let rows = BlobStorage.Source(.bytes(LittleEndian.bytes(of: metrics.rows)), elementSize: 8)
        version.epochMetrics = StoredVersion.StoredEpochMetrics(metrics, sha256: rows.sha256)
        sources.append(rows)
      }
      let (new, digest) = (try unknown(sources), version.digest)
      let (encoded, golden) = try Parallel.both(
        { try BlobStorage.encode(new) }, { try GoldenRows.examples(for: draft, digest: digest) })
      let inputs = BlobStorage.Source(
        .bytes(golden.inputs.littleEndianBytes),
        elementSize: GoldenRows.elementSize(of: golden.inputs.elementType))
      let outputs = BlobStorage.Source(.bytes(LittleEndian.bytes(of: golden.outputs)), elementSize: 4)
      version.golden = StoredVersion.Golden(count: golden.count, inputs: inputs.sha256, outputs: outputs.sha256)
      self.encoded = encoded + (try BlobStorage.encode(unknown([inputs, outputs])))
    }
  }

  /// Those of some blobs that the store does not have, each once, with what they may be differences from.
  private static func unknown(
    _ sources: [BlobStorage.Source], parent: Model.Identity?, in database: Database
  ) throws -> [BlobStorage.Source] {
    let bases = try TensorBases(parent: parent, in: database)
    var digests: Set<String> = []
    return try sources.compactMap { source in
      guard digests.insert(source.sha256).inserted else { return nil }
      guard try BlobStorage.header(source.sha256, in: database) == nil else {
        // A version that shares what is damaged would not be worth acknowledging.
        _ = try BlobStorage.load(source.sha256, rawSize: source.bytes.count, in: database)
        return nil
      }
      var source = source
      if let tensor = source.tensor { source.base = try bases.load(tensor, in: database) }
      return source
    }
  }

  private static func stored(
    _ draft: VersionDraft, hyperparameters: String, blobs: Blobs
  ) throws(StoreError) -> StoredVersion {
    var version = blobs.version
    version.model = draft.model
    version.createdAt = Timestamp.now.description
    version.hyperparameters = hyperparameters
    version.parameterCount = draft.architecture.parameterCount
    version.note = draft.note
    version.metrics = draft.metrics.map { (name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }

    let lineage = draft.lineage
    version.parent = lineage.parent.map {
      Model.Identity(name: $0.name, number: $0.number, digest: Digest.withoutPrefix($0.digest))
    }
    version.seed = lineage.seed.map { String($0) }
    version.codeVersion = lineage.codeVersion
    version.machine = lineage.machine
    version.sweep = lineage.sweep
    version.durationMilliseconds = lineage.duration.map {
      let (seconds, attoseconds) = $0.components
      // Three hundred years are enough; the cap keeps the product within 64 bits.
      return Int(min(max(seconds, 0), 10_000_000_000)) * 1000 + Int(max(attoseconds, 0) / 1_000_000_000_000_000)
    }
    for (role, dataset) in [("training", lineage.training), ("validation", lineage.validation)] {
      guard let dataset else { continue }
      version.datasets.append(
        StoredVersion.Dataset(
          role: role, fingerprint: dataset.fingerprint, count: dataset.count, path: dataset.path, kind: dataset.kind))
    }
    return version
  }

  /// The number that the next version of a model gets. That of a version that was purged is never given again.
  static func nextNumber(of model: String, modelID: Int, in database: Database) throws -> Int {
    try next(
      """
      SELECT max(number) FROM (
        SELECT max(number) AS number FROM versions WHERE model = ?
        UNION ALL SELECT max(version) FROM ledger WHERE model = ? AND \(Deletion.isDeletion))
      """, [modelID, model], in: database)
  }

  /// The row id of the model of that name, which is made if it is not there.
  static func modelID(named name: String, createdAt: String, in database: Database) throws -> Int {
    let select = try database.cachedStatement(sql: "SELECT id FROM models WHERE name = ?")
    if let row = try Row.fetchOne(select, arguments: [name]) { return try row.integer(0) }
    let id = try next("SELECT max(id) FROM models", [], in: database)
    try database.cachedStatement(sql: "INSERT INTO models (id, name, created_at) VALUES (?, ?, ?)")
      .execute(arguments: [id, name, createdAt])
    return id
  }

  /// One more than what a query finds, or 1.
  static func next(_ sql: String, _ arguments: StatementArguments, in database: Database) throws -> Int {
    let highest =
      try Row.fetchOne(try database.cachedStatement(sql: sql), arguments: arguments)?.optionalInteger(0) ?? 0
    guard highest < Int.max else { throw StoreError(.damaged, "the numbers of the store are used up: \(sql)") }
    return highest + 1
  }
}
