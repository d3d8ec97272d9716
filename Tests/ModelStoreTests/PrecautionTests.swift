import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

@Suite("Precautions")
struct PrecautionTests {
  private let scratch: Scratch
  private let store: ModelStore

  init() throws {
    scratch = try Scratch()
    store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft(), promote: true)
  }

  @Test("The write probe changes nothing, and says what a write would say")
  func probe() throws {
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.store))
    try store.checkWritable()
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.store)) == before)
    #expect(storeError { try ModelStore(path: scratch.store).checkWritable() }?.code == .readOnly)
    // The journal goes into the folder: without it, nothing can be written.
    try FileManager.default.moveItem(atPath: scratch.folder, toPath: scratch.folder + "-moved")
    defer { try? FileManager.default.moveItem(atPath: scratch.folder + "-moved", toPath: scratch.folder) }
    #expect(storeError { try store.checkWritable() } != nil)
  }

  @Test(
    "A read that writes is an error and changes nothing",
    arguments: [
      "INSERT INTO models (name, created_at) VALUES ('dogs', '2026-01-01T00:00:00.000Z')", "CREATE TABLE spy (x)",
      "CREATE TEMP TABLE spy AS SELECT * FROM models", "PRAGMA user_version = 9", "DELETE FROM metrics WHERE 0",
    ])
  func writingRead(statement: String) throws {
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.store))
    let error = storeError { try store.read { try $0.execute(sql: statement) } }
    #expect(error?.code == .internalError)
    #expect(error?.message.contains("a read wrote to the store") == true, "\(error?.message ?? "no error")")
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.store)) == before)
    // The handle is as it was, too.
    #expect(try store.models().map(\.name) == ["cats"])
    #expect(try store.register(makeDraft(seed: 2)).number == 2)
    #expect(try store.verify().findings == [])
  }

  @Test("An entry that somebody put into the ledger by hand is neither served nor built upon")
  func forged() throws {
    try store.register(makeDraft(seed: 2))
    let digest = try store.version(Reference("cats@2")).digest.dropFirst("sha256:".count)
    try execute(
      """
      INSERT INTO ledger VALUES (
        4, '2026-01-01T00:00:00.000Z', 'mallory', 'promote', 'cats', 2, '\(digest)', 1, NULL, NULL, '',
        '\(String(repeating: "a", count: 64))')
      """, on: scratch.store)
    for action in [
      { _ = try store.model(Reference("cats")) },
      { try store.promote(Reference("cats@1")) },
      { try store.rollback("cats") },
    ] {
      let error = storeError(action)
      #expect(error?.code == .damaged)
      #expect(error?.message.contains("entry 4 of the ledger") == true, "\(error?.message ?? "no error")")
    }
    #expect(try store.ledger(of: "cats").count == 4)
    #expect(try store.model(Reference("cats@1")).identity.number == 1)
  }

  @Test("Only regular files are replaced by an export; a link leads to the file that is", .timeLimit(.minutes(10)))
  func devices() throws {
    let pipe = scratch.path("pipe")
    try unsafe #require(mkfifo(pipe, 0o600) == 0)
    for (path, kind) in [(pipe, "a pipe"), ("/dev/null", "a device"), (scratch.folder, "a folder")] {
      let error = storeError { try store.export(Reference("cats@1"), to: path, replacing: true) }
      #expect(error?.code == .cannotCreate)
      #expect(error?.message.contains(kind) == true, "\(error?.message ?? "no error")")
    }
    for path in [scratch.store, scratch.store + "-journal"] {
      #expect(storeError { try store.export(Reference("cats@1"), to: path, replacing: true) }?.code == .refused)
    }
    #expect(storeError { try store.export(Reference("cats@1"), to: "") }?.code == .cannotCreate)

    let target = scratch.path("target.safetensors")
    let link = scratch.path("link.safetensors")
    try Data("old".utf8).write(to: URL(fileURLWithPath: target))
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    try store.export(Reference("cats@1"), to: link, replacing: true)
    #expect(try Model(contentsOfFile: target).identity.number == 1)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
  }
}
