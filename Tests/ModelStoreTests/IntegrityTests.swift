import Foundation
import GRDB
import Inference
import ModelStore
import Testing

/// What was written must be what is read, or be named.
@Suite struct IntegrityTests {
  static func makeStore(_ scratch: Scratch) throws {
    let store = try ModelStore(path: scratch.store, mode: .create)
    let first = try store.register(makeDraft(seed: 1), promote: true, reason: "one")
    var second = try makeDraft(seed: 2)
    second.lineage.parent = first.identity
    second.lineage.sweep = Lineage.Sweep(name: "rates", trial: 3)
    second.epochMetrics = EpochMetrics(epochs: [2, 4], names: ["cost", "f1"], values: [0.5, .nan, 0.25, 0.75])
    try store.register(second, promote: true, reason: "two")
  }

  /// SQL for a digest with another first digit: of a digest that depends on the time, any one digit may be missing.
  static func otherDigit(of column: String) -> String {
    "CASE substr(\(column), 1, 1) WHEN 'a' THEN 'b' ELSE 'a' END || substr(\(column), 2)"
  }

  /// A change to what reaches a model, and what the error must name.
  static let changesOfModels = [
    ("UPDATE versions SET architecture = replace(architecture, 'relu', 'tanh') WHERE id = 1", "digest"),
    ("UPDATE versions SET input_format = replace(input_format, 'bilinear', 'bicubic') WHERE id = 1", "digest"),
    ("UPDATE versions SET labels = replace(labels, 'class 0', 'class 9') WHERE id = 1", "digest"),
    ("UPDATE versions SET digest = \(otherDigit(of: "digest")) WHERE id = 1", "digest"),
    ("UPDATE tensors SET name = 'layers.7.bias' WHERE version = 1 AND position = 1", "digest"),
    ("UPDATE tensors SET dtype = 'F64' WHERE version = 1 AND position = 1", "digest"),
    ("UPDATE tensors SET shape = '[12,5]' WHERE version = 1 AND position = 0", "digest"),
    (
      """
      UPDATE tensors SET sha256 = (SELECT sha256 FROM tensors WHERE version = 2 AND position = 0)
      WHERE version = 1 AND position = 0
      """, "digest"
    ),
    ("DELETE FROM tensors WHERE version = 1 AND position = 3", "digest"),
    ("DELETE FROM goldens WHERE version = 1", "golden examples: there are none"),
    ("UPDATE goldens SET count = 3 WHERE version = 1", "golden examples: the blob"),
    ("UPDATE goldens SET count = 9223372036854775807 WHERE version = 1", "golden examples: expected 1 to 1024"),
    (
      "UPDATE goldens SET inputs = (SELECT sha256 FROM tensors WHERE version = 1 AND position = 1) WHERE version = 1",
      "golden examples: the blob"
    ),
    (
      "DELETE FROM chunks WHERE sha256 = (SELECT outputs FROM goldens WHERE version = 1)",
      "golden examples: the blob"
    ),
    (
      "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 = (SELECT inputs FROM goldens WHERE version = 1)",
      "golden examples: the blob"
    ),
    (onBlob("UPDATE blobs SET raw_size = 244 WHERE"), "layers.0.weight: the blob"),
    (
      onBlob("UPDATE blobs SET raw_size = 4611686018427387904, stored_size = 4611686018427387904 WHERE"), "expected 240"
    ),
    (onBlob("UPDATE blobs SET element_size = 8 WHERE"), "layers.0.weight: the blob"),
    (onBlob("UPDATE blobs SET element_size = 1 WHERE"), "layers.0.weight: the blob"),
    (onBlob("UPDATE blobs SET chunk_size = 4 WHERE"), "layers.0.weight: the blob"),
    (onBlob("UPDATE blobs SET chunk_size = 1073741824 WHERE"), "sizes are impossible"),
    (onBlob("UPDATE blobs SET stored_size = stored_size + 1 WHERE"), "its chunks have"),
    (onBlob("UPDATE blobs SET codec = 'plain' WHERE"), "its codec is \"plain\""),
    (onBlob("DELETE FROM blobs WHERE"), "it is missing"),
    (onBlob("DELETE FROM chunks WHERE"), "its chunks have 0 bytes"),
    (onBlob("UPDATE chunks SET position = 1 WHERE"), "chunk 0 is missing"),
    (onBlob("UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE"), "the planes' lengths say"),
    (
      onBlob("UPDATE chunks SET bytes = CAST(substr(bytes, 1, 40) || x'5a' || substr(bytes, 42) AS BLOB) WHERE"),
      "layers.0.weight: the blob"
    ),
  ]

  static func onBlob(_ sql: String) -> String {
    sql + " sha256 = (SELECT sha256 FROM tensors WHERE version = 1 AND position = 0)"
  }

  @Test("Of several damaged chunks of a tensor the first in place is named, whichever was found first")
  func firstChunk() throws {
    let scratch = try Scratch()
    try ModelStore(path: scratch.store, mode: .create).register(makeDraft(widths: [1024, 640]))
    // The first by its last bytes, which are decoded last; the others by their first, which are looked at first.
    try tamper(
      scratch.store,
      """
      UPDATE chunks SET bytes = CASE position WHEN 1
          THEN CAST(substr(bytes, 1, length(bytes) - 4) || x'00000000' AS BLOB)
        ELSE CAST(zeroblob(4) || substr(bytes, 5) AS BLOB) END
      WHERE position > 0 AND length(bytes) > 100000
      """)
    let store = try ModelStore(path: scratch.store)
    for _ in 0..<10 {
      let error = storeError { _ = try store.model(Reference("cats@1")) }
      #expect(error?.code == .damaged && error?.message.contains("chunk 1: plane 3") == true, "\(error?.message ?? "")")
    }
  }

  @Test("What is wrong with a blob that no version has names it once")
  func blobFindings() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    try tamper(scratch.store, "DELETE FROM tensors; UPDATE chunks SET bytes = zeroblob(length(bytes))")
    let findings = try ModelStore(path: scratch.store).verify().findings.filter { $0.subject.hasPrefix("blob ") }
    #expect(!findings.isEmpty)
    for finding in findings {
      let text = finding.description
      #expect(text.hasPrefix("\(finding.subject)") && text.components(separatedBy: "blob ").count == 2, "\(text)")
    }
  }

  @Test("No memory for a decompressor is an error of its own, and what is stored is not called damaged")
  func outOfMemory() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft())
    try Decompressors.denying {
      let error = storeError { _ = try store.model(Reference("cats@1")) }
      #expect(error?.code == .outOfMemory && error?.message.contains("damaged. End other programs") == true)
      #expect(error?.message.hasPrefix("the blob ") == true, "\(error?.message ?? "")")
      #expect(storeError { _ = try store.verify(threads: 1) }?.code == .outOfMemory)
    }
    #expect(try store.verify(threads: 1).findings == [])
  }

  @Test(
    "A change to anything that reaches a model is named when it is loaded, and by verify", arguments: changesOfModels)
  func models(change: String, name: String) throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    try tamper(scratch.store, change)
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    let error = storeError { _ = try store.model(Reference("cats@1")) }
    #expect(error?.code == .damaged)
    #expect(
      error?.message.contains("cats@1") == true && error?.message.contains(name) == true, "\(error?.message ?? "")")
    #expect(storeError { try store.promote(Reference("cats@1")) }?.code == .damaged)
    // The other version is as good as before.
    _ = try store.model(Reference("cats@2"))

    let findings = try store.verify().findings
    #expect(findings.contains { $0.subject.hasPrefix("cats@1") }, "\(findings)")
    #expect(!findings.contains { $0.subject.hasPrefix("cats@2") && !$0.problem.contains("record") }, "\(findings)")
    #expect(try store.verify(Reference("cats@2")).isSound)
    #expect(try !store.verify(Reference("cats@1")).isSound)
  }

  @Test(
    "A change to what is said about a version is found by verify",
    arguments: [
      "UPDATE versions SET note = 'better' WHERE id = 1",
      "UPDATE versions SET hyperparameters = '{}' WHERE id = 1",
      "UPDATE versions SET created_at = '2020-01-01T00:00:00.000Z' WHERE id = 1",
      "UPDATE versions SET parameter_count = 1 WHERE id = 1",
      "UPDATE versions SET seed = '1' WHERE id = 1",
      "UPDATE versions SET seed = NULL WHERE id = 1",
      "UPDATE versions SET machine = 'other' WHERE id = 1",
      "UPDATE versions SET duration_ms = 1 WHERE id = 1",
      "UPDATE versions SET code_version = NULL WHERE id = 1",
      "UPDATE versions SET number = 3 WHERE id = 1",
      "UPDATE versions SET record = \(otherDigit(of: "record")) WHERE id = 1",
      "UPDATE versions SET parent_number = 7 WHERE id = 2",
      "UPDATE models SET name = 'dogs'",
      "UPDATE metrics SET value = 0.99 WHERE version = 1",
      "INSERT INTO metrics VALUES (1, 'f1', 0.5)",
      "DELETE FROM metrics WHERE version = 1",
      "UPDATE datasets SET fingerprint = '' WHERE version = 1",
      "UPDATE datasets SET count = 1 WHERE version = 1",
      "UPDATE costs SET final = 0 WHERE version = 1",
      "UPDATE costs SET count = 2 WHERE version = 1",
      "DELETE FROM costs WHERE version = 1",
      "DELETE FROM epoch_metrics WHERE version = 2",
      "UPDATE epoch_metrics SET count = 1 WHERE version = 2",
      "UPDATE epoch_metrics SET names = '[\"cost\",\"f2\"]' WHERE version = 2",
      "UPDATE epoch_metrics SET sha256 = (SELECT sha256 FROM costs LIMIT 1) WHERE version = 2",
      "INSERT INTO epoch_metrics SELECT 1, count, names, sha256 FROM epoch_metrics WHERE version = 2",
      "UPDATE versions SET trial = 4 WHERE id = 2",
      "UPDATE versions SET sweep = 'other' WHERE id = 2",
      "UPDATE versions SET sweep = NULL, trial = NULL WHERE id = 2",
      "UPDATE versions SET sweep = 'rates', trial = 3 WHERE id = 1",
    ])
  func records(change: String) throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    try tamper(scratch.store, change)
    let report = try ModelStore(path: scratch.store).verify()
    #expect(!report.isSound)
    #expect(report.versions == 2)
  }

  @Test(
    "A change to the ledger is found at its entry",
    arguments: [
      ("UPDATE ledger SET reason = 'other' WHERE sequence = 1", "ledger, entry 1"),
      ("UPDATE ledger SET actor = 'other' WHERE sequence = 4", "ledger, entry 4"),
      ("UPDATE ledger SET at = '2020-01-01T00:00:00.000Z' WHERE sequence = 4", "ledger, entry 4"),
      ("UPDATE ledger SET kind = 'rollback' WHERE sequence = 4", "ledger, entry 4"),
      ("UPDATE ledger SET kind = 'purge' WHERE sequence = 4", "ledger, entry 4"),
      ("UPDATE ledger SET version = 1 WHERE sequence = 4", "ledger, entry 4"),
      ("UPDATE ledger SET predecessor = NULL WHERE sequence = 4", "ledger, entry 4"),
      ("UPDATE ledger SET hash = \(otherDigit(of: "hash")) WHERE sequence = 4", "ledger, entry 4"),
      ("DELETE FROM ledger WHERE sequence = 1", "ledger, entry 2"),
      ("DELETE FROM ledger WHERE sequence = 3", "ledger, entry 4"),
      ("DELETE FROM ledger WHERE sequence >= 2", "cats@2"),
      ("DELETE FROM versions WHERE id = 2", "ledger, entry 4"),
      ("UPDATE versions SET digest = \(otherDigit(of: "digest")) WHERE id = 2", "ledger, entry 4"),
    ])
  func ledger(change: String, subject: String) throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    #expect(try ModelStore(path: scratch.store).verify().ledgerEntries == 4)
    try tamper(scratch.store, change)
    let findings = try ModelStore(path: scratch.store).verify().findings
    #expect(findings.contains { $0.subject == subject }, "\(findings)")
  }

  @Test("A sound store is reported with what was checked, shared tensors once")
  func sound() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    // The same weights and costs again.
    try store.register(makeDraft(seed: 1))
    let report = try store.verify()
    #expect(report.findings == [])
    #expect(report.versions == 3)
    // Four tensors, golden inputs and outputs of each of two seeds, and one cost history that all share; and one of numbers by
    // epoch.
    #expect(report.blobs == 14)
    #expect(report.bytes == 2 * 4 * (13 * 5 + 6 * 3) + 3 * 8 + 2 * 3 * 8 + 2 * (4 * 12 + 4 * 4 * 3))
    #expect(report.goldenExamples == 12)
    let one = try store.verify(Reference("cats@3"))
    #expect(one.versions == 1 && one.blobs == 7 && one.goldenExamples == 4 && one.isSound)
    let counts = try DatabaseQueue(path: scratch.store).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM blobs") }
    #expect(counts == 14)
  }

  @Test("A version that would share damaged bytes is not registered")
  func sharedDamage() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch)
    try tamper(scratch.store, Self.onBlob("UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE"))
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    #expect(storeError { try store.register(makeDraft(seed: 1)) }?.code == .damaged)
    #expect(try store.versions(of: "cats").count == 2)
  }
}
