import Foundation
import GRDB
import Inference
import Schemas
import Testing

@testable import ModelStore

/// Stores that earlier programs wrote. `Fixtures/README.md` says how they were made.
@Suite struct MigrationTests {
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

  /// Schema versions of which there is a store: all before the present one.
  static let released = Array(1..<StoreSchema.version)

  /// Unpacks the store of a schema version.
  static func unpack(_ version: Int, to path: String) throws {
    let file = fixtures.appendingPathComponent("v000\(version).store.gz").path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "gzip -dc \"$0\" > \"$1\"", file, path]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  /// The entries of the ledger of the store of a schema version, and the last one's hash.
  static let ledgers: [Int: (kinds: [LedgerEntry.Kind], last: String)] = [
    1: (
      [.promote, .promote, .rollback, .promote], "ccd662ece3c60719bee122e05b326381bc23cd6404088ce3926ac2c51163c587"
    ),
    2: (
      [.register, .promote, .register, .register, .promote, .rollback, .promote, .alias, .tag],
      "a4ed4ed5cac24f1d061bd9e711828950b27676fcbc446f5f8f6ab80ea2b8dc08"
    ),
  ]

  /// The SHA-256 of what the program of a schema version exported. Since version 2, golden examples are part of it.
  static let exports: [Int: [String: String]] = [
    1: [
      "digits@1": "80fcc04be662e9d74f87deec05b3b61d33adcdea766f165ebeee44b48c93d823",
      "digits@2": "64d623c2bf441e1010cd121ec27bb5f551ae10e823a01f7cc80b4c9767ff3531",
      "other@1": "d486a27f800e984d5b9d871228adc6f133b80b32e9cc5e29e8dd58ef71edf5ae",
    ],
    2: [
      "digits@1": "8cc1c4fd714e172e0940594b6541f4436380acbdbfad64dff9f47881f721fabc",
      "digits@2": "6daea606f202fdb843cf111871a57fa94ae7d410d1ffa165c346c3855a5831df",
      "other@1": "db8d6cd6efaa9e4f94ed3f899724064d2d88c88de59b18762ed9bc60cb89a9c2",
    ],
  ]

  @Test("A store of every released schema migrates, and all in it is what it was", arguments: released)
  func forward(version: Int) throws {
    let scratch = try Scratch()
    try Self.unpack(version, to: scratch.store)
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    let ledger = try #require(Self.ledgers[version])
    let report = try store.verify()
    #expect(report.findings == [] && report.versions == 3 && report.ledgerEntries == ledger.kinds.count)
    let reached = try DatabaseQueue(path: scratch.store).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    #expect(reached == StoreSchema.version)

    let versions = try store.versions(of: "digits")
    #expect(versions.map { String($0.digest.prefix(19)) } == ["sha256:5c73eda37fbe", "sha256:db9758b643e3"])
    #expect(versions.map(\.isServing) == [true, false] && versions.map(\.note) == ["lögistic", ""])
    #expect(versions.map(\.costCount) == [20, 5])
    #expect(try store.version(Reference("other@1")).lineage.parent?.number == 2)
    #expect(try store.ledger(of: nil).map(\.kind) == ledger.kinds)
    #expect(try store.ledger(of: nil).last?.hash == ledger.last)
    #expect(try store.epochMetrics(of: Reference("digits@1")) == nil)
    #expect(try store.version(Reference("digits@1")).lineage.sweep == nil)
    // The very bytes that the program of that time exported.
    for (reference, sha256) in try #require(Self.exports[version]) {
      let file = ModelFile.encode(try store.model(Reference(reference)))
      #expect(Digest.sha256(file.span) == sha256, "\(reference)")
    }

    // And it goes on from there.
    #expect(try store.rollback("digits", to: 2).version == 2)
    #expect(try store.register(makeDraft(model: "digits"), promote: true).number == 3)
    var draft = try makeDraft(model: "digits", seed: 2)
    draft.epochMetrics = EpochMetrics(epochs: [1], names: ["cost.validation"], values: [0.5])
    draft.lineage.sweep = Lineage.Sweep(name: "rates", trial: 1)
    #expect(try store.register(draft).lineage.sweep == draft.lineage.sweep)
    #expect(try store.epochMetrics(of: Reference("digits@4")) == draft.epochMetrics)
    try store.setAlias("champion", to: Reference("digits@2"))
    try store.delete(Reference("digits@1"))
    _ = try store.collectGarbage()
    #expect(try store.verify().findings == [])
  }

  @Test(
    "A store of an earlier schema that is opened to be read says what to do, and is not changed", arguments: released)
  func readOnly(version: Int) throws {
    let scratch = try Scratch()
    try Self.unpack(version, to: scratch.store)
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.store))
    let error = storeError { _ = try ModelStore(path: scratch.store) }
    #expect(error?.code == .olderStore && error?.message.contains("open it once for writing") == true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.store)) == before)
  }
}
