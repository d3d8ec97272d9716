import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

@Suite struct StatisticsTests {
  /// Three generations, the last with the first one's second layer, and a model that shares nothing.
  static func makeStore(_ scratch: Scratch) throws -> ModelStore {
    let store = try ModelStore(path: scratch.store, mode: .create)
    let draft = try makeDraft(widths: [64, 48, 10])
    let first = try store.register(draft)
    let child = draft.fineTuned(from: first, seed: 1)
    let second = try store.register(child)
    var third = child.fineTuned(from: second, seed: 2)
    third.parameters.layers[1] = draft.parameters.layers[1]
    try store.register(third)
    try store.register(makeDraft(model: "dogs", seed: 9, costs: []), promote: true)
    return store
  }

  @Test("Each part says how it is kept, and from which part of which version")
  func storage() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch)
    func parts(_ version: Int) throws -> [StoreStatistics.Part] {
      try store.statistics(of: Subject("cats@\(version)")).models[0].versions[0].parts
    }
    func place(_ version: Int, _ part: String) -> StoreStatistics.Part.Place {
      StoreStatistics.Part.Place(model: "cats", version: version, part: part)
    }
    #expect(
      try parts(1).map(\.name) == [
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "costs", "golden inputs",
        "golden outputs",
      ])
    // Few numbers gain less than the frames of their planes take.
    #expect(try parts(1).map(\.storage) == [.planes, .plain, .planes, .plain, .plain, .plain, .plain])
    #expect(
      try parts(2).map(\.storage) == [
        .difference(depth: 1, base: place(1, "layers.0.weight")), .plain,
        .difference(depth: 1, base: place(1, "layers.1.weight")), .plain, .shared(with: place(1, "costs")), .plain,
        .plain,
      ])
    #expect(
      try parts(3).map(\.storage) == [
        .difference(depth: 2, base: place(2, "layers.0.weight")), .plain,
        .shared(with: place(1, "layers.1.weight")), .shared(with: place(1, "layers.1.bias")),
        .shared(with: place(1, "costs")), .plain, .plain,
      ])
    #expect(try parts(3).map(\.size.raw) == [4 * 64 * 48, 4 * 48, 4 * 48 * 10, 40, 24, 4 * 64, 4 * 4 * 10])
    #expect(try parts(3)[2..<5].allSatisfy { $0.size.stored == 0 })
    #expect(try parts(3).allSatisfy { ($0.size.stored < $0.size.raw) == ($0.storage != .plain) })
    let encodings = try store.statistics(of: Subject("cats@3")).models[0].encodings
    #expect(encodings.plain == 3 && encodings.planes == 0 && encodings.differences == 1 && encodings.depth == 2)
    #expect(encodings.shared == 3)
    #expect(try parts(3)[0].sha256 == store.version(Reference("cats@3")).tensors[0].sha256)
  }

  @Test("Sizes of parts, versions and models add up to those of all blobs")
  func sums() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch)
    let statistics = try store.statistics()
    #expect(statistics.models.map(\.name) == ["cats", "dogs"])
    #expect(statistics.models.map(\.versions.count) == [3, 1])
    #expect(statistics.models.reduce(0) { $0 + $1.size.stored } == statistics.blobs.stored)
    let (count, raw, stored, differences) = try DatabaseQueue(path: scratch.store).read { database in
      let row = try #require(
        try Row.fetchOne(database, sql: "SELECT count(*), sum(raw_size), sum(stored_size), count(base) FROM blobs"))
      return (row[0] as Int, row[1] as Int, row[2] as Int, row[3] as Int)
    }
    #expect(statistics.blobCount == count && statistics.differenceCount == differences && differences == 3)
    #expect(statistics.blobs.raw == raw && statistics.blobs.stored == stored)
    let size = try FileManager.default.attributesOfItem(atPath: scratch.store)[.size] as? Int
    #expect(statistics.fileSize == size && statistics.pageSize == 16384 && statistics.freePages == 0)
    #expect(statistics.unreferenced.raw == 0 && statistics.deleted.raw == 0 && statistics.bases.raw == 0)
    let model = try store.statistics(of: Subject("cats"))
    #expect(model.models == [statistics.models[0]] && model.blobs == statistics.blobs)
    #expect(storeError { _ = try store.statistics(of: Subject("birds")) }?.code == .noSuchModel)
    #expect(storeError { _ = try store.statistics(of: Subject("cats@9")) }?.code == .noSuchVersion)
  }

  @Test("What deleting would free is what deleted versions alone have; what gc leaves as a base is told apart")
  func deletion() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch)
    let before = try store.statistics()
    try store.delete(Reference("cats@1"))
    let after = try store.statistics()
    #expect(after.blobs == before.blobs)
    #expect(after.models[0].versions.map(\.isDeleted) == [true, false, false])
    // The second layer is counted to the third version now, the costs to the second.
    #expect(after.deleted.raw == 4 * 64 * 48 + 4 * 48 + 4 * 64 + 4 * 4 * 10)
    #expect(after.models[0].versions[2].parts[2].storage == .planes)
    _ = try store.collectGarbage()
    let collected = try store.statistics()
    #expect(collected.models[0].versions.map(\.number) == [2, 3])
    #expect(collected.deleted.raw == 0 && collected.unreferenced.raw == 0)
    #expect(collected.bases.raw == 4 * 64 * 48)
    #expect(collected.models[0].versions[0].parts[0].storage == .difference(depth: 1, base: nil))
    #expect(try store.verify().isSound)
  }

  @Test("Bytes that nothing refers to are counted")
  func unreferenced() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch)
    try tamper(scratch.store, "DELETE FROM tensors WHERE version = 4 AND position = 0")
    #expect(try store.statistics().unreferenced.raw == 240)
  }

  @Test("Sizes that lie are added up to no more than there is room for, and impossible ones are named")
  func sizesThatLie() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch)
    try tamper(scratch.store, "UPDATE blobs SET raw_size = 9223372036854775800")
    #expect(try store.statistics().blobs.raw == .max)
    try tamper(scratch.store, "PRAGMA ignore_check_constraints = ON; UPDATE blobs SET raw_size = -8")
    #expect(storeError { _ = try store.statistics() }?.code == .damaged)
  }
}
