import Foundation
import Inference
import ModelStore
import Testing

@Suite struct WatchTests {
  /// What an update says, for comparison.
  static func text(_ update: ServingUpdate?) -> String {
    switch update {
    case .serving(let model): "\(model.identity.name)@\(model.identity.number)"
    case .retired: "retired"
    case .failed(let error): "failed: \(error.code)"
    case nil: "end"
    }
  }

  @Test("What is in service comes first, then each change by another handle", .timeLimit(.minutes(10)))
  func changes() async throws {
    let scratch = try Scratch()
    let store = try ServiceTests.makeStore(scratch, versions: 3)
    try store.promote(Reference("cats@1"))
    let watcher = try ModelStore(path: scratch.store)
    var iterator = try watcher.changes(of: "cats", every: .milliseconds(20)).makeAsyncIterator()
    #expect(Self.text(await iterator.next()) == "cats@1")
    let steps: [(expected: String, edit: () throws -> Void)] = [
      ("cats@2", { try store.promote(Reference("cats@2")) }),
      ("cats@1", { try store.rollback("cats") }),
      // What does not change what is in service is not reported.
      (
        "cats@3",
        {
          try store.setTag("a", to: "b", of: Subject("cats"))
          try store.register(makeDraft(model: "dogs"), promote: true)
          try store.promote(Reference("cats@3"))
        }
      ),
      ("retired", { try store.retire("cats") }),
      ("cats@3", { try store.rollback("cats") }),
    ]
    for step in steps {
      try step.edit()
      #expect(Self.text(await iterator.next()) == step.expected)
    }
    // The model that came is whole: it answers as the store's.
    try store.promote(Reference("cats@1"))
    guard case .serving(let model)? = await iterator.next() else { throw Missing() }
    #expect(try ModelFile.encode(model) == ModelFile.encode(store.model(Reference("cats@1"))))
  }

  struct Missing: Error {}

  @Test("A version that fails its checks is reported once, and what came before stays good", .timeLimit(.minutes(10)))
  func damage() async throws {
    let scratch = try Scratch()
    let store = try ServiceTests.makeStore(scratch, versions: 3)
    try store.promote(Reference("cats@1"))
    var iterator = try store.changes(of: "cats", every: .milliseconds(10)).makeAsyncIterator()
    #expect(Self.text(await iterator.next()) == "cats@1")
    try store.promote(Reference("cats@2"))
    #expect(Self.text(await iterator.next()) == "cats@2")
    try store.promote(Reference("cats@3"))
    try tamper(
      scratch.store,
      "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 = (SELECT sha256 FROM tensors WHERE version = 3 LIMIT 1)"
    )
    let update = await iterator.next()
    // It may have been loaded before the damage came.
    if case .serving? = update {
      #expect(Self.text(update) == "cats@3")
    } else {
      #expect(Self.text(update) == "failed: damaged")
    }
    try store.promote(Reference("cats@1"))
    #expect(Self.text(await iterator.next()) == "cats@1")
  }

  @Test("A store that is made, damaged or replaced later is met as it comes", .timeLimit(.minutes(10)))
  func storeItself() async throws {
    let scratch = try Scratch()
    let store = try ServiceTests.makeStore(scratch, versions: 2)
    try store.promote(Reference("cats@2"))
    let changes = try store.changes(of: "cats", every: .milliseconds(10))
    var iterator = changes.makeAsyncIterator()
    #expect(Self.text(await iterator.next()) == "cats@2")
    // Another store takes the place of this one.
    let other = try ModelStore(path: scratch.path("other.sqlite"), mode: .create)
    for seed in 7...9 { try other.register(makeDraft(seed: UInt64(seed)), promote: true) }
    try FileManager.default.removeItem(atPath: scratch.store)
    #expect(Self.text(await iterator.next()) == "failed: storeNotFound")
    try FileManager.default.moveItem(atPath: scratch.path("other.sqlite"), toPath: scratch.store)
    #expect(Self.text(await iterator.next()) == "cats@3")
    #expect(storeError { _ = try store.changes(of: "a b") }?.code == .invalidName)
  }

  @Test("A store restored from one with as many entries in its ledger is noticed", .timeLimit(.minutes(10)))
  func restored() async throws {
    let (scratch, other) = (try Scratch(), try Scratch())
    let store = try ServiceTests.makeStore(scratch, versions: 2)
    try store.promote(Reference("cats@2"))
    var iterator = try store.changes(of: "cats", every: .milliseconds(10)).makeAsyncIterator()
    guard case .serving(let before)? = await iterator.next() else { throw Missing() }
    let backup = try ModelStore(path: other.store, mode: .create)
    for seed in 7...8 { try backup.register(makeDraft(seed: UInt64(seed))) }
    try backup.promote(Reference("cats@2"))
    #expect(try backup.ledger(of: "cats").count == store.ledger(of: "cats").count)
    try ModelStore.restore(from: other.store, to: scratch.store, replacing: true)
    guard case .serving(let after)? = await iterator.next() else { throw Missing() }
    #expect(before.identity.number == after.identity.number && before.identity.digest != after.identity.digest)
  }

  @Test("A version that does not answer as it did is reported", .timeLimit(.minutes(10)))
  func checks() async throws {
    let scratch = try Scratch()
    let store = try ServiceTests.makeStore(scratch, versions: 2)
    try store.promote(Reference("cats@1"))
    try store.promote(Reference("cats@2"))
    try GoldenTests.forgeGolden(scratch.store, id: 2)
    var iterator = try store.changes(of: "cats", every: .milliseconds(10)).makeAsyncIterator()
    #expect(Self.text(await iterator.next()) == "failed: goldenMismatch")
    try store.promote(Reference("cats@1"))
    #expect(Self.text(await iterator.next()) == "cats@1")
  }

  @Test("Cancellation ends the sequence", .timeLimit(.minutes(10)))
  func cancellation() async throws {
    let scratch = try Scratch()
    let store = try ServiceTests.makeStore(scratch, versions: 1)
    let changes = try store.changes(of: "cats", every: .seconds(3600))
    let task = Task {
      var count = 0
      for await _ in changes { count += 1 }
      return count
    }
    try await Task.sleep(for: .milliseconds(50))
    task.cancel()
    #expect(await task.value == 0)
  }

  @Test("While others promote and roll back, every model that comes is whole", .timeLimit(.minutes(10)))
  func races() async throws {
    let scratch = try Scratch()
    let store = try ServiceTests.makeStore(scratch, versions: 4)
    let digests = try store.versions(of: "cats").map(\.digest)
    let changes = try store.changes(of: "cats", every: .milliseconds(1))
    let watcher = Task {
      var seen = 0
      for await update in changes {
        guard case .serving(let model) = update else { throw Missing() }
        try #require(model.identity.digest == digests[model.identity.number - 1])
        seen += 1
        if model.identity.number == 4 { break }
      }
      return seen
    }
    let path = scratch.store
    let writer = Task.detached {
      let store = try ModelStore(path: path, mode: .readWrite)
      for round in 0..<40 { try store.promote(Reference(model: "cats", .number(round % 3 + 1))) }
      try store.promote(Reference("cats@4"))
    }
    try await writer.value
    #expect(try await watcher.value >= 1)
  }
}
