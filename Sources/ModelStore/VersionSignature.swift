import GRDB

/// A signature of a version's digest, as the store holds it.
///
/// It is made with Ed25519 over the bytes `19:nnscore signature 1,64:DIGEST,`; see `Schemas/store.md`. Versions with equal digests
/// share their signatures, as they answer alike.
public struct VersionSignature: Sendable, Equatable {
  /// The public key of who signed, 64 hexadecimal digits.
  public let publicKey: String
  /// The signature, 128 hexadecimal digits.
  public let signature: String
  /// Whether it was made by that key over the digest that it stands with.
  public let isValid: Bool
  /// Whether the store trusts the key now.
  public let isTrusted: Bool
  /// Whose the key is, as the store was told when it was last trusted; empty if it was not told.
  public let label: String
  /// The entry of the ledger that holds it.
  public let entry: LedgerEntry

  /// Bytes of a signature.
  static let size = 64

  /// The bytes that are signed.
  ///
  /// - Parameter digest: the version's digest, with or without `sha256:`.
  static func message(ofDigest digest: String) -> [UInt8] {
    var form = CanonicalForm("nnscore signature 1")
    form.append(Digest.withoutPrefix(digest))
    return form.bytes
  }

  /// The signatures of a digest, of each key one, valid ones first, then as they were made.
  static func fetch(digest: String, in database: Database) throws -> [VersionSignature] {
    let entries = try LedgerEntry.fetch(
      where: "kind = 'sign' AND digest = ?", [Digest.withoutPrefix(digest)], in: database)
    let signatures = try entries.map { entry in
      let key = entry.name ?? ""
      let trust = try TrustedKey.fetchEntry(key, in: database)
      return VersionSignature(
        publicKey: key, signature: entry.value ?? "", isValid: entry.hasValidSignature,
        isTrusted: trust?.kind == .trust, label: trust?.value ?? "", entry: entry)
    }
    var keys: Set<String> = []
    let ordered = signatures.filter(\.isValid) + signatures.filter { !$0.isValid }
    return ordered.filter { keys.insert($0.publicKey).inserted }
  }
}

extension LedgerEntry {
  /// Of a `sign` entry: whether its signature is one by its key of its digest.
  var hasValidSignature: Bool {
    guard let name, let value, let digest, let key = try? PublicKey(hexadecimal: name), key.description == name else {
      return false
    }
    return key.verifies(value, ofDigest: digest)
  }
}
