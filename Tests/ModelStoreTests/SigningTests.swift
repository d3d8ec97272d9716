import Foundation
import GRDB
import Inference
import ModelStore
import Testing

/// Signatures of versions, keys that a store trusts, and the rule that what serves must be signed.
@Suite struct SigningTests {
  let scratch: Scratch
  let store: ModelStore
  let key: SigningKey

  init() throws {
    scratch = try Scratch()
    store = try ServiceTests.makeStore(scratch, versions: 3)
    key = try SigningKey()
  }

  private func cats(_ number: Int) throws -> Reference { try Reference(model: "cats", .number(number)) }

  @Test("A signature is an entry of the ledger over the version's digest, and is written once for each key")
  func sign() throws {
    let digest = try store.version(cats(2)).digest
    let change = try store.sign(Reference("cats@2"), with: key, reason: "tested", actor: "ann@a")
    #expect(change.changed && change.entry.kind == .sign && change.entry.version == 2)
    #expect(change.entry.digest == digest && change.entry.name == key.publicKey.description)
    #expect(change.entry.reason == "tested" && change.entry.actor == "ann@a")
    #expect(key.publicKey.verifies(try #require(change.entry.value), ofDigest: digest))
    let again = try store.sign(Reference("cats@2"), with: key)
    #expect(again.changed == false && again.entry == change.entry)
    let other = try SigningKey()
    #expect(try store.sign(Reference("cats@2"), with: other).changed)
    let signatures = try store.signatures(of: cats(2))
    #expect(signatures.map(\.publicKey) == [key, other].map(\.publicKey.description))
    #expect(signatures.allSatisfy { $0.isValid && !$0.isTrusted && $0.label == "" })
    #expect(try store.signatures(of: cats(1)) == [])
    let report = try store.verify()
    #expect(report.findings == [] && report.signatures == 2)
  }

  @Test("Versions with equal contents share their signatures")
  func equalDigests() throws {
    try store.sign(cats(1), with: key)
    let twin = try store.register(makeDraft(seed: 1, widths: [2, 1, 2], note: "again"))
    #expect(try store.signatures(of: cats(twin.number)).map(\.entry.version) == [1])
    #expect(try store.sign(cats(twin.number), with: key).changed == false)
    try store.trust(key.publicKey)
    try store.requireSignature(true)
    #expect(try store.promote(cats(twin.number)).version == 4)
  }

  @Test("A signature of another version, by another key, or with a changed digit is refused")
  func foreignSignatures() throws {
    let digest = try store.version(cats(1)).digest
    let right = try key.signature(ofDigest: digest)
    var flipped = Array(right)
    flipped[100] = flipped[100] == "0" ? "1" : "0"
    for (signature, publicKey) in [
      (try key.signature(ofDigest: store.version(cats(2)).digest), key.publicKey),
      (right, try SigningKey().publicKey), (String(flipped), key.publicKey), ("", key.publicKey),
      (right.uppercased(), key.publicKey), (right + "00", key.publicKey),
    ] {
      let error = storeError { try store.addSignature(signature, by: publicKey, to: cats(1)) }
      #expect(error?.code == .invalidKey)
    }
    #expect(try store.signatures(of: cats(1)) == [])
    #expect(try store.addSignature(right, by: key.publicKey, to: cats(1)).changed)
    #expect(try store.signatures(of: cats(1)).map(\.signature) == [right])
    #expect(storeError { _ = try key.signature(ofDigest: "sha256:00") }?.code == .invalidKey)
  }

  @Test("A version that fails its checks is not signed")
  func damagedVersion() throws {
    try tamper(scratch.store, "UPDATE versions SET labels = '[\"x\",\"y\"]' WHERE number = 2")
    #expect(storeError { try store.sign(cats(2), with: key) }?.code == .damaged)
    #expect(storeError { try store.sign(cats(9), with: key) }?.code == .noSuchVersion)
  }

  @Test("Keys are trusted and distrusted in the ledger, under the label given last")
  func trust() throws {
    let other = try SigningKey().publicKey
    #expect(try store.trustedKeys() == [])
    #expect(try store.trust(key.publicKey, label: "release").changed)
    #expect(try store.trust(key.publicKey).changed == false)
    #expect(try store.trust(key.publicKey, label: "release").changed == false)
    #expect(try store.trust(other).changed)
    #expect(try store.trustedKeys().map(\.label) == ["release", ""])
    #expect(try store.trust(key.publicKey, label: "old release", actor: "ann@a").changed)
    let keys = try store.trustedKeys()
    #expect(keys.map(\.publicKey) == [other, key.publicKey])
    #expect(keys.last?.label == "old release" && keys.last?.actor == "ann@a")
    #expect(try store.distrust(other).changed)
    #expect(try store.distrust(other).changed == false)
    #expect(try store.trustedKeys().map(\.publicKey) == [key.publicKey])
    #expect(storeError { try store.distrust(SigningKey().publicKey) }?.code == .invalidKey)
    #expect(storeError { try store.trust(other, label: "a\0b") }?.code == .invalidDraft)
    let long = String(repeating: "x", count: ModelStore.maximumTagBytes + 1)
    #expect(storeError { try store.trust(other, label: long) }?.code == .invalidDraft)
    #expect(try store.verify().findings == [])
  }

  @Test("Under the rule, promote, rollback and register with promote take only what a trusted key signed")
  func policy() throws {
    try store.promote(cats(1))
    try store.promote(cats(2))
    #expect(try !store.requiresSignature() && store.signaturePolicy() == nil)
    #expect(try store.requireSignature(true, reason: "audit").changed)
    #expect(try store.requireSignature(true).changed == false)
    #expect(try store.requiresSignature() && store.signaturePolicy()?.reason == "audit")

    let refusals: [() throws -> Void] = [
      { try store.promote(cats(3)) }, { try store.promote(cats(2)) }, { try store.rollback("cats") },
      { try store.rollback("cats", to: 1) }, { try store.register(makeDraft(seed: 9), promote: true) },
    ]
    for refusal in refusals { #expect(storeError(refusal)?.code == .notTrusted) }
    #expect(try store.serving("cats")?.version == 2 && store.versions(of: "cats").count == 3)
    try store.sign(cats(3), with: key)
    let untrusted = storeError { try store.promote(cats(3)) }
    #expect(untrusted?.code == .notTrusted && untrusted?.message.contains("not trusted") == true)
    try store.trust(key.publicKey)
    #expect(try store.promote(cats(3)).version == 3)
    #expect(storeError { try store.rollback("cats") }?.code == .notTrusted)
    try store.sign(cats(2), with: key)
    #expect(try store.rollback("cats").version == 2)

    // A signature counts by whom the store trusts at that moment, whenever it was made.
    try store.distrust(key.publicKey)
    #expect(storeError { try store.promote(cats(3)) }?.code == .notTrusted)
    #expect(try store.signatures(of: cats(3)).map(\.isTrusted) == [false])
    try store.trust(key.publicKey)
    #expect(try store.promote(cats(3)).version == 3)
    try store.retire("cats")
    #expect(try store.requireSignature(false).changed)
    #expect(try store.promote(cats(1)).version == 1)
    #expect(try store.verify().findings == [])
  }

  @Test("A forged signature counts for nothing, and verify names it")
  func forgedSignature() throws {
    try store.trust(key.publicKey)
    try store.requireSignature(true)
    let entry = try store.sign(cats(1), with: key).entry
    let elsewhere = try store.sign(cats(2), with: key).entry
    // The signature of version 2 as that of version 3, by someone who writes the file and knows how hashes are made.
    let digest = try store.version(cats(3)).digest.dropFirst("sha256:".count)
    try tamper(
      scratch.store,
      "UPDATE ledger SET version = 3, digest = '\(digest)' WHERE sequence = \(elsewhere.sequence)")
    #expect(try store.signatures(of: cats(3)).map(\.isValid) == [false])
    let refused = storeError { try store.promote(cats(3)) }
    #expect(refused?.code == .notTrusted && refused?.message.contains("not valid") == true)
    let report = try store.verify(cats(3))
    #expect(report.signatures == 1 && report.findings.map(\.subject) == ["ledger, entry \(elsewhere.sequence)"])
    #expect(report.findings.first?.problem.contains("cats@3") == true)
    // Signing it in earnest goes on.
    #expect(try store.sign(cats(3), with: key).changed)
    #expect(try store.promote(cats(3)).version == 3)
    #expect(try store.verify(cats(1)).findings == [] && store.signatures(of: cats(1)).map(\.entry) == [entry])
    for value in ["", "zz", String(repeating: "0", count: 128), String(repeating: "f", count: 128)] {
      try tamper(scratch.store, "UPDATE ledger SET value = '\(value)' WHERE sequence = \(entry.sequence)")
      #expect(try store.signatures(of: cats(1)).map(\.isValid) == [false])
      #expect(try store.verify(cats(1)).findings.count == 1)
    }
  }

  @Test("Entries about trust and the rule that were not written by the library let nothing into service")
  func forgedTrust() throws {
    try store.sign(cats(1), with: key)
    try store.requireSignature(true)
    let last = try #require(store.ledger(of: nil).last)
    func insert(_ kind: String, _ name: String, _ value: String) throws {
      try execute(
        """
        INSERT INTO ledger (sequence, at, actor, kind, name, value, reason, hash)
        VALUES (\(last.sequence + 1), '\(last.at)', 'x', '\(kind)', '\(name)', '\(value)', '', '\(String(repeating: "0", count: 64))')
        """, on: scratch.store)
    }
    func remove() throws { try tamper(scratch.store, "DELETE FROM ledger WHERE sequence > \(last.sequence)") }
    try insert("trust", key.publicKey.description, "me")
    #expect(storeError { try store.promote(cats(1)) }?.code == .damaged)
    #expect(storeError { _ = try store.trustedKeys() }?.code == .damaged)
    try remove()
    try insert("policy", "require-signature", "off")
    #expect(storeError { try store.promote(cats(1)) }?.code == .damaged)
    #expect(storeError { _ = try store.requiresSignature() }?.code == .damaged)
    try remove()
    #expect(storeError { try store.promote(cats(1)) }?.code == .notTrusted)
  }

  @Test("Checked against keys from outside, each version that is not deleted must be signed by one of them")
  func trustedKeysFromOutside() throws {
    let other = try SigningKey()
    try store.sign(cats(1), with: key)
    try store.sign(cats(2), with: other)
    let keys = [key.publicKey]
    #expect(try store.verify(cats(1), trustedKeys: keys).findings == [])
    let report = try store.verify(trustedKeys: keys)
    #expect(report.findings.map(\.subject) == ["cats@2", "cats@3"])
    #expect(report.findings.first?.problem.contains(other.publicKey.description) == true)
    #expect(report.findings.last?.problem.contains("no valid signature") == true)
    #expect(try store.verify(cats(3), trustedKeys: keys + [other.publicKey]).findings.count == 1)
    try store.sign(cats(3), with: other)
    #expect(try store.verify(trustedKeys: keys + [other.publicKey]).findings == [])
    #expect(try store.verify(trustedKeys: []).findings.count == 3)
  }

  @Test("Looking up the rule, trust and signatures walks indices")
  func indices() throws {
    try DatabaseQueue(path: scratch.store).read { database in
      for (query, index) in [
        ("kind IN ('trust', 'distrust', 'policy') AND kind = 'policy' AND name = 'x'", "ledger_policies"),
        ("kind IN ('trust', 'distrust', 'policy') AND kind <> 'policy' AND name = 'x'", "ledger_policies"),
        ("kind = 'sign' AND digest = 'x'", "ledger_signatures"),
      ] {
        let plan = try Row.fetchAll(
          database, sql: "EXPLAIN QUERY PLAN SELECT * FROM ledger WHERE \(query) ORDER BY sequence DESC LIMIT 1")
        #expect((plan.first?["detail"] as String?)?.contains(index) == true, "\(query)")
      }
    }
  }
}
