import GRDB
import Inference

extension ModelStore {
  /// Signs a version, after loading it and checking every digest in the same transaction.
  ///
  /// What is signed is the version's digest, so a signature goes with the version to other stores and into exported files.
  ///
  /// - Parameters:
  ///   - reference: the version.
  ///   - key: who signs.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Returns: the entry, and whether anything changed: a second signature by the same key writes nothing.
  /// - Throws: ``StoreError``: the reference names nothing, or what it names is damaged.
  @discardableResult
  public func sign(
    _ reference: Reference, with key: SigningKey, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try addSignature(to: reference, by: key.publicKey, reason: reason, actor: actor) { digest throws(StoreError) in
      try key.signature(ofDigest: digest)
    }
  }

  /// Adds a signature that was made elsewhere, for example where the private key is kept. The version is checked as by
  /// ``sign(_:with:reason:actor:)``.
  ///
  /// - Parameters:
  ///   - signature: 128 hexadecimal digits, as ``SigningKey/signature(ofDigest:)`` makes them.
  ///   - publicKey: who signed.
  ///   - reference: the version.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Throws: ``StoreError/Code/invalidKey`` for a signature that is not one by that key of the version, the reference names
  ///   nothing, or what it names is damaged.
  @discardableResult
  public func addSignature(
    _ signature: String, by publicKey: PublicKey, to reference: Reference, reason: String = "",
    actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try addSignature(to: reference, by: publicKey, reason: reason, actor: actor) { _ in signature }
  }

  /// The signatures of a version, of each key one, and whether the store trusts it now. They are those of its digest, whichever
  /// version of that digest was signed.
  ///
  /// - Throws: ``StoreError``: the reference names nothing, or an entry about a key does not fit its hash.
  public func signatures(of reference: Reference) throws(StoreError) -> [VersionSignature] {
    try read { database in
      let identity = try Self.identity(of: Self.resolve(reference, in: database), in: database)
      return try VersionSignature.fetch(digest: identity.digest, in: database)
    }
  }

  private func addSignature(
    to reference: Reference, by publicKey: PublicKey, reason: String, actor: String,
    signature: (_ digest: String) throws(StoreError) -> String
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      let version = try Self.model(id: Self.resolve(reference, in: database), in: database).identity
      return try Self.add(
        signature(version.digest), by: publicKey, to: version, reason: reason, actor: actor, in: database)
    }
  }

  /// Writes the entry for a signature of a version, unless there is one.
  @discardableResult
  static func add(
    _ signature: String, by publicKey: PublicKey, to version: Model.Identity, reason: String, actor: String,
    in database: Database
  ) throws -> ServiceChange {
    guard publicKey.verifies(signature, ofDigest: version.digest) else {
      throw StoreError(
        .invalidKey,
        "\(version.name)@\(version.number): the signature is not one by \(publicKey) of \(version.digest); it was made for another "
          + "version, by another key, or was changed")
    }
    let present = try VersionSignature.fetch(digest: version.digest, in: database)
      .first { $0.isValid && $0.publicKey == publicKey.description }
    if let present { return ServiceChange(entry: present.entry, changed: false) }
    let entry = try LedgerEntry.append(
      LedgerEntry.Draft(
        kind: .sign, model: version.name, version: version.number, digest: version.digest, name: publicKey.description,
        value: signature, reason: reason, actor: actor), in: database)
    return ServiceChange(entry: entry, changed: true)
  }
}
