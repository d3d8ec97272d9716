/// One entry of the ledger: who did what to which version, when and why.
///
/// The ledger is one for the whole store and only grows. What is in service, aliases, tags, notes, deletions, signatures and
/// policies are what its entries come to.
public struct LedgerEntry: Sendable, Equatable {
  /// What was done. New kinds may be added with a later schema version.
  public enum Kind: String, Sendable, CaseIterable {
    /// A version was registered; ``LedgerEntry/value`` says where it came from if it was not trained for this store.
    case register
    /// A version was put into service.
    case promote
    /// What was in service was taken out, and an earlier version put back.
    case rollback
    /// What was in service was taken out, and nothing put in its place.
    case retire
    /// The alias ``LedgerEntry/name`` was set to a version; ``LedgerEntry/value`` is `protected` if it is.
    case alias
    /// The alias ``LedgerEntry/name`` was removed.
    case unalias
    /// The tag ``LedgerEntry/name`` of a version, or of the model where there is none, was set to ``LedgerEntry/value``.
    case tag
    /// The tag ``LedgerEntry/name`` was removed.
    case untag
    /// The note of a version, or of the model where there is none, became ``LedgerEntry/value``.
    case note
    /// A version was deleted; it can be brought back until it is purged.
    case delete
    /// A deleted version was brought back.
    case undelete
    /// The rows of a deleted version were removed for good.
    case purge
    /// A version was signed: ``LedgerEntry/name`` is the public key, ``LedgerEntry/value`` the signature, both hexadecimal.
    case sign
    /// The public key ``LedgerEntry/name`` is trusted from then on; ``LedgerEntry/value`` says whose it is.
    case trust
    /// The public key ``LedgerEntry/name`` is not trusted any more.
    case distrust
    /// The policy ``LedgerEntry/name`` of the store became ``LedgerEntry/value``.
    case policy

    /// Whether it decides what is in service.
    public var isService: Bool { self == .promote || self == .rollback || self == .retire }
  }

  /// The entry's place in the ledger of the whole store, from 1.
  public let sequence: Int
  /// When.
  public let at: Timestamp
  /// Who, by default `user@host`.
  public let actor: String
  /// What was done.
  public let kind: Kind
  /// The model's name; nil where the entry is about the store.
  public let model: String?
  /// The version's number; nil where the entry is about the model or the store.
  public let version: Int?
  /// The digest of that version, `sha256:` and 64 hexadecimal digits.
  public let digest: String?
  /// The version in service until then, or that the alias named until then, if any.
  public let predecessor: Int?
  /// The name of the alias, tag, key or policy.
  public let name: String?
  /// The value of the tag, note, signature or policy.
  public let value: String?
  /// Why; may be empty.
  public let reason: String
  /// SHA-256 over the entry and the hash of the one before, 64 hexadecimal digits.
  public let hash: String

  /// How far clocks may differ before an entry counts as dated in the future, in milliseconds: five minutes.
  static let clockTolerance: Int64 = 300_000

  /// Whether the entry is dated more than five minutes after a moment.
  ///
  /// A machine whose clock was ahead wrote it, or one before it: times of the ledger never go back.
  func isAhead(of moment: Timestamp) -> Bool {
    at.millisecondsSince1970 - moment.millisecondsSince1970 > Self.clockTolerance
  }
}

/// What an edit did.
public struct ServiceChange: Sendable, Equatable {
  /// The entry of the ledger that the edit wrote, or the one that says so already.
  public let entry: LedgerEntry
  /// Whether something changed now; false if all was so already, in which case nothing was written.
  public let changed: Bool

  /// The version in service, or that the alias names, from then on.
  public var version: Int? { entry.version }
}
