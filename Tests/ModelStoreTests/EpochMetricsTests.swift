import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

/// Numbers by epoch, and the trial that a version came from: what is kept with a version and never changes.
@Suite struct EpochMetricsTests {
  static let metrics = EpochMetrics(
    epochs: [1, 2, 10], names: ["cost.validation", "accuracy.training", "f1.validation.dög \"x\""],
    values: [0.7, 0.5, .nan, 0.5, -0.0, 0.25, .infinity, 1, 0.125])

  static func draft(seed: UInt64 = 1) throws -> VersionDraft {
    var draft = try makeDraft(seed: seed)
    draft.epochMetrics = metrics
    draft.lineage.sweep = Lineage.Sweep(name: "rates", trial: 7)
    return draft
  }

  @Test("What was registered is read, to the bit, from a store opened again")
  func roundTrip() throws {
    let scratch = try Scratch()
    let record = try ModelStore(path: scratch.store, mode: .create).register(Self.draft())
    #expect(record.lineage.sweep == Lineage.Sweep(name: "rates", trial: 7))
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    let read = try #require(try store.epochMetrics(of: Reference("cats@1")))
    #expect(read.epochs == Self.metrics.epochs && read.names == Self.metrics.names)
    #expect(read.values.map(\.bitPattern) == Self.metrics.values.map(\.bitPattern))
    #expect(read.values(of: "accuracy.training")?.map(\.bitPattern) == [0.5, -0.0, 1].map(\.bitPattern))
    #expect(read.values(of: "accuracy") == nil)
    #expect(try store.version(Reference("cats@1")).lineage == Self.draft().lineage)
    #expect(try store.verify().findings == [])
    // The same model without is the same by its digest, and another by its record.
    try store.register(makeDraft())
    #expect(try store.epochMetrics(of: Reference("cats@2")) == nil)
    #expect(try store.version(Reference("cats@2")).digest == record.digest)
    try store.promote(Reference("cats@1"))
    #expect(try store.verify().findings == [])
  }

  @Test("Many epochs of many metrics go through more than one chunk")
  func large() throws {
    let scratch = try Scratch()
    var generator = SeededGenerator(3)
    let (epochs, names) = (Array(1...3000), (0..<400).map { "f1.validation.class \($0)" })
    let metrics = EpochMetrics(
      epochs: epochs, names: names,
      values: (0..<epochs.count * names.count).map { _ in Double.random(in: 0...1, using: &generator) })
    var draft = try makeDraft()
    draft.epochMetrics = metrics
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(draft)
    #expect(try store.epochMetrics(of: Reference("cats@1")) == metrics)
  }

  @Test("No epochs are as no metrics")
  func empty() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft()
    draft.epochMetrics = EpochMetrics(epochs: [], names: ["cost"], values: [])
    try store.register(draft)
    #expect(try store.epochMetrics(of: Reference("cats@1")) == nil)
    #expect(try store.verify().findings == [])
  }

  static let refused: [(EpochMetrics, String)] = [
    (EpochMetrics(epochs: [1], names: [], values: []), "there are 0 metrics; expected 1 to 65536"),
    (EpochMetrics(epochs: [1, 2], names: ["a", "b"], values: [1, 2, 3]), "of 2 metrics are 4 values, found 3"),
    (EpochMetrics(epochs: [1], names: ["a", "a"], values: [1, 2]), "the name \"a\" stands twice"),
    (EpochMetrics(epochs: [1], names: [""], values: [1]), "the name of column 0 has 0 bytes"),
    (
      EpochMetrics(epochs: [1], names: [String(repeating: "a", count: 1025)], values: [1]),
      "column 0 has 1025 bytes; expected 1 to 1024"
    ),
    (EpochMetrics(epochs: [1], names: ["a\0b"], values: [1]), "no NUL"),
    (EpochMetrics(epochs: [0], names: ["a"], values: [1]), "row 0 is of the epoch 0; expected 1 to"),
    (EpochMetrics(epochs: [1, 1], names: ["a"], values: [1, 2]), "row 1 is of the epoch 1, after one of the epoch 1"),
    (EpochMetrics(epochs: [.max], names: ["a"], values: [1]), "row 0 is of the epoch \(Int.max); expected 1 to"),
  ]

  @Test("Numbers that do not fit together are refused before anything is written", arguments: refused)
  func refusals(metrics: EpochMetrics, problem: String) throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft()
    draft.epochMetrics = metrics
    let error = storeError { try store.register(draft) }
    #expect(error?.code == .invalidDraft, "\(error?.message ?? "")")
    #expect(error?.message.contains("the version of cats cannot be registered: its metrics by epoch: ") == true)
    #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
    #expect(try store.models().isEmpty)
  }

  @Test("A trial is counted from 1, of a sweep with a name")
  func trials() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    for (sweep, code) in [
      (Lineage.Sweep(name: "rates", trial: 0), StoreError.Code.invalidDraft),
      (Lineage.Sweep(name: "a b", trial: 1), .invalidName), (Lineage.Sweep(name: "", trial: 1), .invalidName),
    ] {
      var draft = try makeDraft()
      draft.lineage.sweep = sweep
      #expect(storeError { try store.register(draft) }?.code == code)
    }
  }

  @Test("Copies and merges bring both along, and know a version again by them")
  func transfer() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft())
    try store.register(Self.draft())
    let other = try ModelStore(path: scratch.path("other.sqlite"), mode: .create)
    let report = try other.merge(from: store)
    #expect(report.versions.map(\.outcome) == [.copied, .copied])
    #expect(try other.epochMetrics(of: Reference("cats@2")) == Self.metrics)
    #expect(try other.version(Reference("cats@2")).lineage.sweep == Self.draft().lineage.sweep)
    #expect(try other.merge(from: store).isUnchanged)
    try store.copy([Reference("cats@2")], to: other, as: "dogs")
    #expect(try other.epochMetrics(of: Reference("dogs@1")) == Self.metrics)
    #expect(try other.verify().findings == [])
    try other.backup(to: scratch.path("backup.sqlite"))
    #expect(try ModelStore(path: scratch.path("backup.sqlite")).epochMetrics(of: Reference("cats@2")) == Self.metrics)

    try tamper(
      scratch.store,
      "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 = (SELECT sha256 FROM epoch_metrics)")
    let third = try ModelStore(path: scratch.path("third.sqlite"), mode: .create)
    let error = storeError { try third.merge(from: store) }
    #expect(error?.code == .damaged && error?.message.contains("cats@2, epoch metrics: the blob") == true)
    #expect(try third.models().isEmpty)
  }

  @Test("They go with their version, and not before")
  func garbage() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(Self.draft())
    try store.register(Self.draft(seed: 2))
    #expect(
      try store.statistics(of: Subject("cats@1")).models[0].versions[0].parts.map(\.name).suffix(4) == [
        "costs", "epoch metrics", "golden inputs", "golden outputs",
      ])
    try store.delete(Reference("cats@1"))
    _ = try store.collectGarbage()
    #expect(try store.epochMetrics(of: Reference("cats@2")) == Self.metrics)
    try store.delete(Reference("cats@2"))
    _ = try store.collectGarbage()
    let left = try DatabaseQueue(path: scratch.store).read {
      try Int.fetchOne($0, sql: "SELECT (SELECT count(*) FROM epoch_metrics) + (SELECT count(*) FROM blobs)")
    }
    #expect(left == 0)
    #expect(try store.verify().findings == [])
  }

  /// Damage, and what the error must say.
  static let damages: [(String, String)] = [
    ("UPDATE epoch_metrics SET count = 2", "expected 64 bytes, the store says 96"),
    ("UPDATE epoch_metrics SET count = 0", "there are 0 rows of 3 metrics"),
    ("UPDATE epoch_metrics SET count = 9223372036854775807", "there are 9223372036854775807 rows"),
    ("UPDATE epoch_metrics SET names = '[\"a\",\"b\"]'", "expected 72 bytes, the store says 96"),
    ("UPDATE epoch_metrics SET names = '[\"a\",\"b\",\"b\"]'", "the name \"b\" stands twice"),
    ("UPDATE epoch_metrics SET names = '[\"a\"'", "names"),
    ("UPDATE epoch_metrics SET names = '[]'", "there are 0 metrics"),
    ("UPDATE epoch_metrics SET sha256 = \(IntegrityTests.otherDigit(of: "sha256"))", "it is missing"),
    (
      "DELETE FROM chunks WHERE sha256 = (SELECT sha256 FROM epoch_metrics)", "its chunks have 0 bytes"
    ),
    (
      "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 = (SELECT sha256 FROM epoch_metrics)",
      "the planes' lengths say"
    ),
  ]

  @Test("Damage is named when they are read, and by verify; the model itself still loads", arguments: damages)
  func damage(change: String, problem: String) throws {
    let scratch = try Scratch()
    try ModelStore(path: scratch.store, mode: .create).register(Self.draft())
    try tamper(scratch.store, "PRAGMA ignore_check_constraints = ON; \(change)")
    let store = try ModelStore(path: scratch.store)
    let error = storeError { _ = try store.epochMetrics(of: Reference("cats@1")) }
    #expect(error?.code == .damaged && error?.message.hasPrefix("cats@1, epoch metrics: ") == true)
    #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
    #expect(try store.verify().findings.contains { $0.subject == "cats@1, epoch metrics" })
    #expect(try !store.verify(Reference("cats@1")).isSound)
    _ = try store.model(Reference("cats@1"))
  }

  @Test("Rows that fit their digest but are no epochs are damage")
  func forged() throws {
    for rows in [[1.5, 0], [0, 0], [.nan, 0], [-1, 0], [1e300, 0], [2, 0, 1, 0]] as [[Double]] {
      let error = storeError { _ = try EpochMetrics(rows: rows, names: ["a"]) }
      #expect(error?.code == .damaged && error?.message.contains("row ") == true, "\(rows)")
    }
  }
}
