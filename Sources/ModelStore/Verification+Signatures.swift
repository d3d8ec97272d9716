import GRDB
import Inference

extension Verification {
  /// Of a `sign` entry of the ledger: whether its signature is one by its key of its digest.
  mutating func checkSignature(_ entry: LedgerEntry, _ subject: String) {
    guard entry.kind == .sign else { return }
    report.signatures += 1
    guard !entry.hasValidSignature else { return }
    report.add(
      subject,
      "the signature of \(entry.model ?? "")@\(entry.version ?? 0) is not one by the key \(entry.name ?? "") of "
        + "\(entry.digest ?? "no digest")")
  }

  /// The signatures of the version with that row id.
  mutating func checkSignatures(ofVersion id: Int) throws(StoreError) {
    let entries = try collecting("signatures of the version with the row id \(id)") { database in
      let version = try ModelStore.identity(of: id, in: database)
      return try LedgerEntry.fetch(
        where: "kind = 'sign' AND digest = ?", [Digest.withoutPrefix(version.digest)], in: database)
    }
    for entry in entries ?? [] { checkSignature(entry, "ledger, entry \(entry.sequence)") }
  }

  /// Whether every version that is not deleted has a valid signature by one of the keys.
  mutating func checkTrust(in keys: [PublicKey]) throws(StoreError) {
    let ids = try collecting("signatures") { database in
      try Row.fetchAll(database, sql: "SELECT id FROM versions ORDER BY id").map { try $0.integer(0) }
    }
    for id in ids ?? [] { try checkTrust(in: keys, ofVersion: id) }
  }

  /// Whether the version with that row id has a valid signature by one of the keys.
  mutating func checkTrust(in keys: [PublicKey], ofVersion id: Int) throws(StoreError) {
    let finding = try collecting("signatures of the version with the row id \(id)") { database -> (String, String)? in
      let version = try ModelStore.identity(of: id, in: database)
      guard try ModelStore.deletion(of: version.name, number: version.number, in: database) == nil else { return nil }
      let signatures = try LedgerEntry.fetch(
        where: "kind = 'sign' AND digest = ?", [Digest.withoutPrefix(version.digest)], in: database
      ).filter(\.hasValidSignature).compactMap(\.name)
      let problem = Self.missingTrust(in: keys, signers: signatures)
      return problem.map { ("\(version.name)@\(version.number)", $0) }
    }
    if let finding, let (subject, problem) = finding { report.add(subject, problem, code: .notTrusted) }
  }

  /// What is wrong with the keys whose valid signatures there are; nil if one of them is trusted.
  static func missingTrust(in keys: [PublicKey], signers: [String]) -> String? {
    let trusted = Set(keys.map(\.description))
    guard !signers.contains(where: trusted.contains) else { return nil }
    let found = signers.isEmpty ? "no valid signature" : "signatures by \(signers.joined(separator: ", "))"
    return
      "expected a signature by \(keys.count == 1 ? "the trusted key" : "one of the \(keys.count) trusted keys"), found \(found)"
  }
}
