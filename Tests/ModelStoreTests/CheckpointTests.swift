import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

/// The state of a training that is not finished.
@Suite struct CheckpointTests {
  static func state(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  static func make(_ state: [UInt8] = [1, 2, 3], name: String = "cats", iteration: Int = 5) -> Checkpoint {
    Checkpoint(
      name: name, iteration: iteration, iterations: 10, description: "{\"ünï\": [1, 2.5]}", state: state)
  }

  @Test(
    "What was saved is read by a store opened again, whatever its size",
    arguments: [0, 1, StoredCheckpoint.chunkSize - 1, StoredCheckpoint.chunkSize, 2 * StoredCheckpoint.chunkSize + 7])
  func roundTrip(size: Int) throws {
    let scratch = try Scratch(inMemory: true)
    let checkpoint = Self.make(Self.state(size))
    try ModelStore(path: scratch.store, mode: .create).save(checkpoint)
    let store = try ModelStore(path: scratch.store)
    #expect(try store.checkpoint(named: "cats") == checkpoint)
    let summary = try #require(store.checkpoints().first)
    #expect(summary.name == "cats" && summary.iteration == 5 && summary.iterations == 10 && summary.size == size)
    #expect(summary.description == checkpoint.description && summary.createdAt == checkpoint.createdAt)
    let report = try store.verify()
    #expect(report.findings == [] && report.checkpoints == 1)
    let statistics = try store.statistics()
    #expect(statistics.checkpointCount == 1 && statistics.checkpointBytes == size && statistics.blobCount == 0)
  }

  @Test("A later one takes the place of the one before, and the file does not grow by it")
  func replaced() throws {
    let scratch = try Scratch(inMemory: true)
    let store = try ModelStore(path: scratch.store, mode: .create)
    let size = 3 * StoredCheckpoint.chunkSize + 5
    func fileSize() throws -> Int { try store.statistics().fileSize }
    try store.save(Self.make([9], name: "dogs"))
    try store.save(Self.make(Self.state(size)))
    let first = try fileSize()
    for iteration in 6...9 {
      let next = Self.make(Self.state(size, seed: UInt64(iteration)), iteration: iteration)
      try store.save(next)
      #expect(try store.checkpoint(named: "cats") == next)
    }
    #expect(try fileSize() == first)
    try store.save(Self.make([4], iteration: 10))
    #expect(try store.checkpoint(named: "cats").state == [4])
    #expect(try store.checkpoints().map(\.name) == ["cats", "dogs"])
    #expect(try store.checkpoint(named: "dogs").state == [9])
    #expect(try store.verify().findings == [])
  }

  @Test("One that is not there is named with those that are like it")
  func unknown() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    let empty = storeError { _ = try store.checkpoint(named: "catz") }
    #expect(empty?.code == .noSuchCheckpoint && empty?.message == "the store has no checkpoint \"catz\"; it has none")
    for name in ["zebras", "cats", "dogs"] { try store.save(Self.make(name: name)) }
    for body in [
      { _ = try store.checkpoint(named: "catz") }, { try store.removeCheckpoint(named: "catz") },
    ] as [() throws -> Void] {
      let error = storeError(body)
      #expect(error?.code == .noSuchCheckpoint)
      #expect(
        error?.message
          == "the store has no checkpoint \"catz\"; did you mean cats? There are cats, dogs, zebras")
    }
    try store.removeCheckpoint(named: "cats")
    #expect(storeError { _ = try store.checkpoint(named: "cats") }?.code == .noSuchCheckpoint)
    #expect(try store.checkpoints().map(\.name) == ["dogs", "zebras"])
  }

  static let refused: [(Checkpoint, StoreError.Code, String)] = [
    (make(name: "a b"), .invalidName, "cannot be the name of a checkpoint"),
    (make(name: ""), .invalidName, "name of a checkpoint"),
    (make(iteration: -1), .invalidDraft, "has done -1 of 10 iterations"),
    (make(iteration: 11), .invalidDraft, "has done 11 of 10 iterations"),
    (
      Checkpoint(name: "cats", iteration: 0, iterations: 1, description: "{", state: []), .invalidDraft,
      "the description of the checkpoint cats: expected JSON, found {"
    ),
    (
      Checkpoint(name: "cats", iteration: 0, iterations: 1, description: "", state: []), .invalidDraft,
      "expected JSON, found nothing"
    ),
  ]

  @Test("What does not fit is refused, and what was there stays", arguments: refused)
  func refusals(checkpoint: Checkpoint, code: StoreError.Code, problem: String) throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.save(Self.make())
    let error = storeError { try store.save(checkpoint) }
    #expect(error?.code == code && error?.message.contains(problem) == true, "\(error?.message ?? "")")
    #expect(try store.checkpoint(named: "cats").state == [1, 2, 3])
    #expect(storeError { try ModelStore(path: scratch.store).save(Self.make()) }?.code == .readOnly)
  }

  @Test("A version takes the place of its checkpoint in one transaction; if it is refused, the checkpoint stays")
  func registered() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.save(Self.make())
    var draft = try makeDraft()
    draft.expectedDigest = "sha256:" + String(repeating: "0", count: 64)
    #expect(storeError { try store.register(draft, removingCheckpoint: "cats") }?.code == .invalidDraft)
    #expect(try store.checkpoints().count == 1)
    #expect(storeError { try store.register(makeDraft(), removingCheckpoint: "a b") }?.code == .invalidName)
    try store.register(makeDraft(), removingCheckpoint: "cats")
    #expect(try store.checkpoints().isEmpty && store.versions(of: "cats").count == 1)
    // There need not be one.
    try store.register(makeDraft(seed: 2), removingCheckpoint: "cats")
    #expect(try store.verify().findings == [])
  }

  @Test("A backup has them; copies, merges and gc leave them where they are")
  func transfer() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft(seed: 1))
    try store.register(makeDraft(seed: 2))
    try store.save(Self.make())
    try store.createSweep(SweepTests.sweep)
    let other = try ModelStore(path: scratch.path("other.sqlite"), mode: .create)
    try other.save(Self.make([7]))
    try other.merge(from: store)
    try store.copy([Reference("cats@1")], to: other, as: "dogs")
    #expect(try other.checkpoint(named: "cats").state == [7] && other.sweeps().isEmpty)
    try store.delete(Reference("cats@1"))
    _ = try store.collectGarbage()
    #expect(try store.checkpoint(named: "cats").state == [1, 2, 3] && store.sweeps() == [SweepTests.sweep])
    try store.backup(to: scratch.path("backup.sqlite"))
    try ModelStore.restore(from: scratch.path("backup.sqlite"), to: scratch.path("restored.sqlite"))
    let restored = try ModelStore(path: scratch.path("restored.sqlite"))
    #expect(try restored.checkpoint(named: "cats") == store.checkpoint(named: "cats"))
    #expect(try restored.sweeps() == [SweepTests.sweep])
  }

  /// Damage, and what the error must say.
  static let damages: [(String, String)] = [
    ("UPDATE checkpoint_chunks SET bytes = x'010204'", "expected the SHA-256"),
    ("UPDATE checkpoint_chunks SET bytes = x'0102'", "expected 3 bytes in 1 chunks, found 2 in 1"),
    ("UPDATE checkpoint_chunks SET position = 1", "chunk 0 is missing"),
    ("DELETE FROM checkpoint_chunks", "expected 3 bytes in 1 chunks, found 0 in 0"),
    (
      "UPDATE checkpoint_chunks SET bytes = x'01'; INSERT INTO checkpoint_chunks VALUES ('cats', 1, x'0203')",
      "found 3 in 2"
    ),
    ("UPDATE checkpoints SET chunk_size = 2", "expected 3 bytes in 2 chunks"),
    ("UPDATE checkpoints SET chunk_size = 0", "its chunks are said to have 0 bytes"),
    (
      "UPDATE checkpoints SET chunk_size = 1; INSERT INTO checkpoint_chunks VALUES ('cats', 1, x''), ('cats', 2, x'')",
      "chunk 0 has 3 bytes, expected 1"
    ),
    ("UPDATE checkpoints SET size = 4611686018427387904", "expected the record"),
    ("UPDATE checkpoints SET sha256 = \(IntegrityTests.otherDigit(of: "sha256"))", "expected the record"),
    ("UPDATE checkpoints SET record = \(IntegrityTests.otherDigit(of: "record"))", "expected the record"),
    ("UPDATE checkpoints SET iteration = 6", "expected the record"),
    ("UPDATE checkpoints SET iterations = 11", "expected the record"),
    ("UPDATE checkpoints SET description = '{}'", "expected the record"),
    ("UPDATE checkpoints SET created_at = '2020-01-01T00:00:00.000Z'", "expected the record"),
    ("UPDATE checkpoints SET created_at = 'x'", "expected the record"),
  ]

  @Test("Damage is named when it is read, and by verify; versions are as good as before", arguments: damages)
  func damage(change: String, problem: String) throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft())
    try store.save(Self.make())
    try tamper(scratch.store, "PRAGMA ignore_check_constraints = ON; \(change)")
    let error = storeError { _ = try store.checkpoint(named: "cats") }
    #expect(error?.code == .damaged && error?.message.hasPrefix("the checkpoint cats: ") == true)
    #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
    #expect(try store.verify().findings.contains { $0.subject == "checkpoint cats" })
    _ = try store.model(Reference("cats@1"))
    // And what the message advises works.
    try store.removeCheckpoint(named: "cats")
    try store.save(Self.make())
    #expect(try store.verify().findings == [])
  }

  @Test("A size that fits its record but not the machine is refused before anything is allocated")
  func forged() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.save(Self.make())
    let size = 1 << 62
    let text = try DatabaseQueue(path: scratch.store).read { database in
      let stored = try #require(try StoredCheckpoint(named: "cats", in: database))
      var form = CanonicalForm("nnscore checkpoint 1")
      form.append(stored.name)
      form.append(stored.createdAt)
      form.append(stored.iteration)
      form.append(stored.iterations)
      form.append(stored.description)
      form.append(size)
      form.append(stored.sha256)
      return form.sha256
    }
    try tamper(scratch.store, "UPDATE checkpoints SET size = \(size), chunk_size = \(size), record = '\(text)'")
    let error = storeError { _ = try store.checkpoint(named: "cats") }
    #expect(error?.code == .damaged && error?.message.contains("expected \(size) bytes in 1 chunks, found 3") == true)
  }

  @Test("No row can be changed or exchanged by another program, and chunks go with their checkpoint only")
  func triggers() throws {
    let scratch = try Scratch()
    try ModelStore(path: scratch.store, mode: .create).save(Self.make())
    for (attack, reason) in [
      ("UPDATE checkpoints SET iteration = 1", "never change"),
      ("UPDATE checkpoint_chunks SET bytes = x''", "never change"),
      ("INSERT OR REPLACE INTO checkpoints SELECT * FROM checkpoints", "exists already"),
      ("INSERT OR REPLACE INTO checkpoint_chunks SELECT * FROM checkpoint_chunks", "exists already"),
      ("DELETE FROM checkpoint_chunks", "with their checkpoint only"),
    ] {
      let message = try ImmutabilityTests.refusal(attack, on: scratch.store)
      #expect(message?.hasPrefix("nnscore:") == true && message?.contains(reason) == true, "\(attack)")
    }
    try execute("DELETE FROM checkpoints", on: scratch.store)
    let store = try ModelStore(path: scratch.store)
    #expect(try store.checkpoints().isEmpty && store.verify().findings == [])
    let chunks = try DatabaseQueue(path: scratch.store).read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM checkpoint_chunks")
    }
    #expect(chunks == 0)
  }

  @Test("Readers see the one or the other while a writer replaces it")
  func concurrency() async throws {
    let scratch = try Scratch(inMemory: true)
    let path = scratch.store
    let states = (0..<4).map { [UInt8](repeating: UInt8($0), count: 400_000) }
    try ModelStore(path: path, mode: .create).save(Self.make(states[0], iteration: 0))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        let store = try ModelStore(path: path, mode: .readWrite)
        for round in 1...20 { try store.save(Self.make(states[round % 4], iteration: round % 4)) }
      }
      for _ in 0..<2 {
        group.addTask {
          let store = try ModelStore(path: path)
          for _ in 0..<20 {
            let read = try store.checkpoint(named: "cats")
            #expect(read.state == states[read.iteration])
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
