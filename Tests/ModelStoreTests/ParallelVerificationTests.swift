import Foundation
import GRDB
import Inference
import Synchronization
import Testing

@testable import ModelStore

/// Whole stores are checked by several threads; nothing of that shows in the report.
@Suite struct ParallelVerificationTests {
  /// Two models of many generations, with differences, equal tensors and a version that was deleted.
  static func makeStore(_ path: String) throws {
    let store = try ModelStore(path: path, mode: .create)
    for model in ["cats", "dogs"] {
      var draft = try makeDraft(model: model, seed: model == "cats" ? 1 : 2, widths: [64, 48, 10])
      var parent = try store.register(draft, promote: true)
      for generation in 2...12 {
        draft = draft.fineTuned(from: parent, seed: UInt64(generation))
        // Every third keeps its last layer.
        if generation % 3 == 0 {
          draft.parameters.layers[1] = try store.model(Reference("\(model)@1")).parameters.layers[1]
        }
        draft.costs = (0..<generation).map { 1 / Double($0 + 1) }
        parent = try store.register(draft)
      }
    }
    try store.delete(Reference("dogs@3"))
  }

  static let damages = [
    "UPDATE versions SET note = 'other' WHERE id % 5 = 0",
    "UPDATE tensors SET shape = '[1]' WHERE version = 7 AND position = 1",
    "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE id % 11 = 3 AND id < 60",
    "UPDATE costs SET final = 7 WHERE version = 9",
    "DELETE FROM blobs WHERE sha256 = (SELECT sha256 FROM costs WHERE version = 4)",
    "UPDATE ledger SET reason = 'other' WHERE sequence = 20",
    "DELETE FROM chunks WHERE sha256 = (SELECT sha256 FROM tensors WHERE version = 15 AND position = 0)",
    "DELETE FROM tensors WHERE version = 2 AND position = 0",
    "UPDATE goldens SET outputs = (SELECT outputs FROM goldens WHERE version = 14) WHERE version = 13",
  ]

  @Test("A damaged store has the same findings in the same order, by one thread and by many")
  func equalFindings() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch.store)
    let sound = try ModelStore(path: scratch.store).verify(threads: 1)
    #expect(sound.findings == [] && sound.versions == 24 && sound.goldenExamples == 96)
    #expect(try ModelStore(path: scratch.store).verify(threads: 3) == sound)
    try tamper(scratch.store, Self.damages.joined(separator: ";"))
    let store = try ModelStore(path: scratch.store)
    let serial = try store.verify(threads: 1)
    #expect(serial.findings.count > 10)
    #expect(Set(serial.findings.map(\.code)) == [.damaged, .goldenMismatch])
    for threads in [2, 3, 8] {
      #expect(try store.verify(threads: threads) == serial)
    }
  }

  @Test("What is told of the progress may use the store: of a verification and of a backup")
  func askingProgress() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch.store)
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    let last = Mutex(0)
    let asked = Mutex(0)
    let report = try store.verify(threads: 4) { progress in
      last.withLock { last in
        #expect(progress.bytes > last)
        last = progress.bytes
      }
      if (try? store.models().count) == 2 { asked.withLock { $0 += 1 } }
    }
    #expect(report.findings == [] && last.withLock { $0 } == report.bytes && asked.withLock { $0 } > 10)
    try store.backup(to: scratch.path("backup.sqlite")) { _, _ in
      if (try? store.models().count) == 2 { asked.withLock { $0 = -1 } }
    }
    #expect(asked.withLock { $0 } == -1)
  }

  @Test("Damage to bytes that versions share is named for each of them")
  func sharedDamage() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    for _ in 1...3 { try store.register(makeDraft()) }
    try tamper(
      scratch.store,
      """
      UPDATE chunks SET bytes = zeroblob(length(bytes))
      WHERE sha256 = (SELECT sha256 FROM tensors WHERE version = 1 AND position = 2)
      """)
    let report = try store.verify()
    #expect(report.findings.map(\.subject) == (1...3).map { "cats@\($0), layers.1.weight" })
    // Four tensors, a cost history and two of golden examples, whoever has them.
    #expect(report.blobs == 7)
  }

  /// Whether writers should stop.
  private final class Stop: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
  }

  @Test("A store that is written to meanwhile has no finding")
  func whileWriting() async throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch.store)
    let path = scratch.store
    let stop = Stop()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 1...2 {
        group.addTask {
          let store = try ModelStore(path: path, mode: .readWrite)
          let model = "written\(writer)"
          var draft = try makeDraft(model: model, seed: UInt64(10 + writer), widths: [64, 48, 10])
          var parent = try store.register(draft, promote: true)
          var generation = 2
          while !stop.isSet, generation < 60 {
            draft = draft.fineTuned(from: parent, seed: UInt64(generation))
            parent = try store.register(draft, promote: generation % 2 == 0)
            if generation % 3 == 0 {
              try store.delete(Reference("\(model)@\(generation - 2)"))
              if writer == 1 { _ = try store.collectGarbage() }
            }
            generation += 1
          }
        }
      }
      group.addTask {
        defer { stop.set() }
        let store = try ModelStore(path: path)
        for round in 1...8 {
          let report = try store.verify(threads: 1 + round % 4)
          #expect(report.findings == [], "round \(round)")
          #expect(report.versions >= 24)
        }
      }
      try await group.waitForAll()
    }
  }

  /// What was called back, in order.
  private final class Steps: Sendable {
    private let value = Mutex<[(Int, Int)]>([])

    var all: [(Int, Int)] { value.withLock { $0 } }
    func append(_ progress: VerificationProgress) {
      value.withLock { $0.append((progress.bytes, progress.totalBytes)) }
    }
  }

  @Test("Progress grows to all that there is")
  func progress() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch.store)
    let seen = Steps()
    let report = try ModelStore(path: scratch.store).verify(threads: 4) { seen.append($0) }
    let steps = seen.all
    // What a thread has to tell is left out where another one, that came later, was faster to tell of more.
    #expect(!steps.isEmpty && steps.count <= report.blobs)
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.0 < $1.0 })
    #expect(steps.last?.0 == report.bytes && steps.allSatisfy { $0.1 == report.bytes })
  }

  @Test("Blobs come out the same however many of their bases are kept", arguments: [0, 20_000, 1 << 20])
  func keeping(capacity: Int) throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch.store)
    try ModelStore(path: scratch.store).read { database in
      let kept = KeptBlobs(capacity: capacity)
      for header in try BlobStorage.headers(in: database) {
        let expected = try BlobStorage.load(header.sha256, rawSize: nil, in: database)
        // A second time, when it may be kept itself.
        for _ in 1...2 {
          #expect(try BlobStorage.load(header.sha256, rawSize: nil, in: database, keeping: kept) == expected)
        }
      }
    }
  }

  @Test("What stands upon a base that is kept is decoded without the base's rows")
  func keptBase() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch.store)
    let store = try ModelStore(path: scratch.store)
    let (base, child) = try store.read { database in
      let child = try #require(try BlobStorage.headers(in: database).first { $0.depth == 1 })
      return (try #require(child.base), child.sha256)
    }
    let kept = KeptBlobs(capacity: 1 << 20)
    _ = try store.read { try BlobStorage.load(base, rawSize: nil, in: $0, keeping: kept) }
    try tamper(scratch.store, "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 = '\(base)'")
    _ = try store.read { try BlobStorage.load(child, rawSize: nil, in: $0, keeping: kept) }
    #expect(storeError { _ = try store.read { try BlobStorage.load(child, rawSize: nil, in: $0) } }?.code == .damaged)
  }
}
