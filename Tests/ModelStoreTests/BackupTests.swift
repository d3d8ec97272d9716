import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

@Suite("Backup and restore")
struct BackupTests {
  let scratch: Scratch
  let store: ModelStore

  init() throws {
    scratch = try Scratch()
    store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft(seed: 1), promote: true)
  }

  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch.folder).sorted()
  }

  private func data(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  @Test("A backup is the store, byte by byte, and appears alone")
  func whole() throws {
    var steps: [Int] = []
    let report = try store.backup(to: scratch.path("backup.sqlite")) { done, total in steps.append(total - done) }
    #expect(report.verification?.isSound == true && report.verification?.versions == 1)
    #expect(try report.bytes == data(scratch.store).count)
    #expect(steps.last == 0)
    #expect(try files() == ["backup.sqlite", "store.sqlite"])
    let backup = try ModelStore(path: scratch.path("backup.sqlite"))
    #expect(try backup.model(Reference("cats")) == store.model(Reference("cats")))
    #expect(try backup.ledger(of: nil) == store.ledger(of: nil))
  }

  @Test("A file that exists, the store itself and what belongs to it or to another store are not written over")
  func refusals() throws {
    let path = scratch.path("backup.sqlite")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
    #expect(storeError { try store.backup(to: path) }?.code == .fileExists)
    #expect(try data(path) == Data("mine".utf8))
    try store.backup(to: path, replacing: true)
    #expect(try ModelStore(path: path).verify().isSound)

    let before = try data(scratch.store)
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: scratch.store)
    try FileManager.default.linkItem(atPath: scratch.store, toPath: scratch.path("hard"))
    for path in [scratch.store, scratch.store + "-journal", scratch.path("link"), scratch.path("hard")] {
      #expect(storeError { try store.backup(to: path, replacing: true) }?.code == .refused, "\(path)")
    }
    #expect(try data(scratch.store) == before)
    try Data().write(to: URL(fileURLWithPath: scratch.path("new.sqlite-journal")))
    #expect(storeError { try store.backup(to: scratch.path("new.sqlite")) }?.code == .refused)
    #expect(storeError { try store.backup(to: scratch.path("none/new.sqlite")) }?.code == .cannotCreate)
    #expect(try !files().contains { $0.hasSuffix(".partial") })
  }

  @Test("What a killed backup left is removed by the next one of that name, but not what is being made")
  func abandoned() throws {
    let path = scratch.path("backup.sqlite")
    let (left, journal) = (path + ".1a2b3c.partial", path + ".1a2b3c.partial-journal")
    let others = [path + ".mine!.partial", scratch.path("other.sqlite.1a2b3c.partial"), path + ".1a2b3c"]
    for file in [left, journal] + others { try Data("x".utf8).write(to: URL(fileURLWithPath: file)) }
    let making = try DurableFile.Partial(of: path)
    try store.backup(to: path)
    #expect([left, journal].allSatisfy { !FileManager.default.fileExists(atPath: $0) })
    #expect(others.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    #expect(FileManager.default.fileExists(atPath: making.temporary))
    making.discard()
    #expect(try ModelStore(path: path).verify().isSound)
  }

  @Test("A damaged store is backed up only without verification, and a damaged backup is never restored")
  func damaged() throws {
    try store.backup(to: scratch.path("good.sqlite"))
    try tamper(scratch.store, "UPDATE chunks SET bytes = zeroblob(length(bytes))")
    let error = storeError { try store.backup(to: scratch.path("bad.sqlite")) }
    #expect(error?.code == .damaged && error?.message.contains("cats@1") == true)
    #expect(try files() == ["good.sqlite", "store.sqlite"])
    #expect(try store.backup(to: scratch.path("bad.sqlite"), verifying: false).verification == nil)

    let target = scratch.path("target.sqlite")
    #expect(storeError { try ModelStore.restore(from: scratch.path("bad.sqlite"), to: target) }?.code == .damaged)
    #expect(!FileManager.default.fileExists(atPath: target))
    let before = try data(scratch.path("good.sqlite"))
    let refused = storeError {
      try ModelStore.restore(from: scratch.path("bad.sqlite"), to: scratch.path("good.sqlite"), replacing: true)
    }
    #expect(refused?.code == .damaged)
    #expect(try data(scratch.path("good.sqlite")) == before)
    // And the good one repairs the store.
    try ModelStore.restore(from: scratch.path("good.sqlite"), to: scratch.store, replacing: true)
    #expect(try store.verify().findings == [])
  }

  @Test("Restored where there is no store; a journal without its store is moved away, not played back")
  func restoreNew() throws {
    try store.backup(to: scratch.path("backup.sqlite"))
    let target = scratch.path("new/store.sqlite")
    let report = try ModelStore.restore(from: scratch.path("backup.sqlite"), to: target)
    #expect(report.kept == nil && report.verification.versions == 1)
    #expect(try ModelStore(path: target).verify().findings == [])
    #expect(storeError { try ModelStore.restore(from: scratch.path("backup.sqlite"), to: target) }?.code == .fileExists)

    // The journal of a store that went on: valid, and fatal to another.
    let journal = try hotJournal()
    try FileManager.default.removeItem(atPath: target)
    try journal.write(to: URL(fileURLWithPath: target + "-journal"))
    try ModelStore.restore(from: scratch.path("backup.sqlite"), to: target)
    #expect(try ModelStore(path: target, mode: .readWrite).verify().findings == [])
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("new"))
    #expect(names.contains { $0.contains(".before-restore-") && $0.hasSuffix("-journal") })
  }

  /// The journal of a transaction that was not ended.
  private func hotJournal() throws -> Data {
    let path = scratch.path("torn.sqlite")
    try store.backup(to: path)
    var result = Data()
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    try DatabaseQueue(path: path, configuration: configuration).writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA cache_size = 1")
      try database.beginTransaction(.immediate)
      try database.execute(sql: "CREATE TABLE filler (x)")
      for _ in 0..<50 { try database.execute(sql: "INSERT INTO filler VALUES (zeroblob(10000))") }
      result = try Data(contentsOf: URL(fileURLWithPath: path + "-journal"))
      try database.rollback()
    }
    #expect(result.count > 512)
    return result
  }

  @Test("Restored over a store: it is kept beside, and connections that have it open go on with the restored one")
  func restoreOver() throws {
    try store.backup(to: scratch.path("backup.sqlite"))
    try store.register(makeDraft(seed: 2), promote: true)
    let reader = try ModelStore(path: scratch.store)
    #expect(try reader.model(Reference("cats")).identity.number == 2)
    #expect(
      storeError { try ModelStore.restore(from: scratch.path("backup.sqlite"), to: scratch.store) }?.code == .fileExists
    )
    #expect(
      storeError { try ModelStore.restore(from: scratch.store, to: scratch.store, replacing: true) }?.code == .refused)

    let report = try ModelStore.restore(from: scratch.path("backup.sqlite"), to: scratch.store, replacing: true)
    let kept = try #require(report.kept)
    #expect(kept.hasPrefix(scratch.store + ".before-restore-2"))
    #expect(try reader.model(Reference("cats")).identity.number == 1)
    #expect(try store.versions(of: "cats").map(\.number) == [1])
    #expect(try ModelStore(path: kept).versions(of: "cats").map(\.number) == [1, 2])
    #expect(try ModelStore(path: kept).verify().findings == [])
    // Who had it open writes into what was restored.
    #expect(try store.register(makeDraft(seed: 3)).number == 2)
    #expect(try reader.versions(of: "cats").count == 2)
    #expect(try ModelStore(path: scratch.store).verify().findings == [])
    let count = try files().count
    #expect(count == 3)
  }

  @Test("A restore waits for others and gives up in time; the store stays as it is")
  func busy() throws {
    try store.backup(to: scratch.path("backup.sqlite"))
    try store.register(makeDraft(seed: 2))
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: scratch.store, configuration: configuration)
    try other.writeWithoutTransaction { try $0.beginTransaction(.immediate) }
    let error = storeError {
      try ModelStore.restore(
        from: scratch.path("backup.sqlite"), to: scratch.store, replacing: true, timeout: .milliseconds(50))
    }
    #expect(error?.code == .busy)
    try other.writeWithoutTransaction { try $0.rollback() }
    #expect(try store.versions(of: "cats").count == 2)
    #expect(try files() == ["backup.sqlite", "store.sqlite"])
  }

  @Test(
    "A store of which nothing can be read is restored too, and kept as it is", arguments: ["garbage", "page", "torn"])
  func unreadable(kind: String) throws {
    let path = scratch.path("broken.sqlite")
    try store.backup(to: path)
    var bytes = try data(path)
    switch kind {
    case "garbage": bytes = Data("this is no database at all".utf8)
    case "page": bytes.replaceSubrange(0..<100, with: Data(count: 100))
    default: bytes = bytes.prefix(20_000)
    }
    try bytes.write(to: URL(fileURLWithPath: path))
    let report = try ModelStore.restore(from: scratch.store, to: path, replacing: true)
    #expect(try ModelStore(path: path).verify().findings == [])
    #expect(try data(try #require(report.kept)).prefix(20_000) == bytes.prefix(20_000))
  }

  @Test("Backups while others write are each the store at one moment")
  func whileWriting() async throws {
    let path = scratch.store
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<2 {
        group.addTask {
          let store = try ModelStore(path: path, mode: .readWrite)
          for round in 0..<15 {
            try store.register(makeDraft(seed: UInt64(100 + writer * 100 + round)), promote: true)
          }
        }
      }
      let folder = scratch.folder
      group.addTask {
        let store = try ModelStore(path: path)
        for round in 0..<10 {
          let copy = folder + "/backup-\(round).sqlite"
          try store.backup(to: copy)
          let numbers = try ModelStore(path: copy).versions(of: "cats").map(\.number)
          #expect(numbers == Array(1...numbers.count))
        }
      }
      try await group.waitForAll()
    }
    #expect(try store.versions(of: "cats").count == 31)
    #expect(try store.verify().findings == [])
  }
}
