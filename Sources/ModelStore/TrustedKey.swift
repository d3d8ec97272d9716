import GRDB
import Inference

/// A public key whose signatures count in a store.
public struct TrustedKey: Sendable, Equatable {
  /// The key.
  public let publicKey: PublicKey
  /// Whose it is; empty if the store was not told.
  public let label: String
  /// Since when, or since when under that label.
  public let at: Timestamp
  /// Who said so.
  public let actor: String

  // The first part is the condition of the index `ledger_policies`, word by word, as SQLite compares it.
  private static let isTrust = "kind IN ('trust', 'distrust', 'policy') AND kind <> 'policy'"

  /// The last entry about a key, checked against its hash; its kind is `distrust` once it is not trusted any more. Nil if it never
  /// was.
  static func fetchEntry(_ publicKey: String, in database: Database) throws -> LedgerEntry? {
    let entry = try LedgerEntry.fetchLast(where: "\(isTrust) AND name = ?", [publicKey], in: database)
    try entry?.requireHash(in: database)
    return entry
  }

  /// All that are trusted, in the order in which that was said.
  static func fetch(in database: Database) throws -> [TrustedKey] {
    var last: [String: LedgerEntry] = [:]
    for entry in try LedgerEntry.fetch(where: isTrust, in: database) { last[entry.name ?? ""] = entry }
    return try last.values.filter { $0.kind == .trust }.sorted { $0.sequence < $1.sequence }.map { entry in
      try entry.requireHash(in: database)
      guard let key = try? PublicKey(hexadecimal: entry.name ?? "") else {
        throw StoreError(
          .damaged, "the entry \(entry.sequence) of the ledger trusts what is not a public key; run nnscore verify")
      }
      return TrustedKey(publicKey: key, label: entry.value ?? "", at: entry.at, actor: entry.actor)
    }
  }
}

/// The rule of a store that what is put into service must be signed.
struct SignaturePolicy {
  static let name = "require-signature"
  static let (on, off) = ("on", "off")

  /// The last entry about the rule, checked against its hash; nil if there never was one.
  static func fetchEntry(in database: Database) throws -> LedgerEntry? {
    let entry = try LedgerEntry.fetchLast(
      where: "kind IN ('trust', 'distrust', 'policy') AND kind = 'policy' AND name = ?", [name], in: database)
    try entry?.requireHash(in: database)
    return entry
  }

  /// Whether the rule stands. What is not understood is no permission.
  static func isOn(in database: Database) throws -> Bool {
    guard let entry = try fetchEntry(in: database), entry.value != off else { return false }
    guard entry.value == on else {
      throw StoreError(
        .damaged,
        "the entry \(entry.sequence) of the ledger sets the policy \(name) to \"\(entry.value ?? "")\"; expected \(on) or \(off)"
      )
    }
    return true
  }

  /// Refuses what the rule does not let into service.
  static func check(_ version: Model.Identity, in database: Database) throws {
    guard try isOn(in: database) else { return }
    let signatures = try VersionSignature.fetch(digest: version.digest, in: database)
    guard !signatures.contains(where: { $0.isValid && $0.isTrusted }) else { return }
    let reference = "\(version.name)@\(version.number)"
    let found =
      signatures.isEmpty
      ? "it has no signature"
      : "it is signed by "
        + signatures.map { "\($0.publicKey.prefix(16))… (\($0.isValid ? "not trusted" : "not valid"))" }.joined(
          separator: ", ")
    throw StoreError(
      .notTrusted,
      "\(reference) is not put into service: the store demands a signature by a key that it trusts, and \(found); "
        + "sign it (nnscore sign \(reference) --key FILE), and see whom the store trusts (nnscore key list)")
  }
}
