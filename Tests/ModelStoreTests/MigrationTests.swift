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

  @Test("A store of every released schema migrates, and all in it is what it was", arguments: released)
  func forward(version: Int) throws {
    let scratch = try Scratch()
    try Self.unpack(version, to: scratch.store)
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    let report = try store.verify()
    #expect(report.findings == [] && report.versions == 3 && report.ledgerEntries == 4)
    let reached = try DatabaseQueue(path: scratch.store).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    #expect(reached == StoreSchema.version)

    let versions = try store.versions(of: "digits")
    #expect(versions.map { String($0.digest.prefix(19)) } == ["sha256:5c73eda37fbe", "sha256:db9758b643e3"])
    #expect(versions.map(\.isServing) == [true, false] && versions.map(\.note) == ["lögistic", ""])
    #expect(versions.map(\.costCount) == [20, 5])
    #expect(try store.version(Reference("other@1")).lineage.parent?.number == 2)
    let kinds = try store.ledger(of: nil).map(\.kind)
    #expect(kinds == [.promote, .promote, .rollback, .promote])
    #expect(
      try store.ledger(of: nil).last?.hash == "ccd662ece3c60719bee122e05b326381bc23cd6404088ce3926ac2c51163c587")
    // The very bytes that the program of that time exported.
    let exported = [
      "digits@1": "80fcc04be662e9d74f87deec05b3b61d33adcdea766f165ebeee44b48c93d823",
      "digits@2": "64d623c2bf441e1010cd121ec27bb5f551ae10e823a01f7cc80b4c9767ff3531",
      "other@1": "d486a27f800e984d5b9d871228adc6f133b80b32e9cc5e29e8dd58ef71edf5ae",
    ]
    for (reference, sha256) in exported {
      let file = ModelFile.encode(try store.model(Reference(reference)))
      #expect(Digest.sha256(file.span) == sha256, "\(reference)")
    }

    // And it goes on from there.
    #expect(try store.rollback("digits", to: 2).version == 2)
    #expect(try store.register(makeDraft(model: "digits"), promote: true).number == 3)
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
