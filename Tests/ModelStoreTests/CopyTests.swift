import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

@Suite("Versions copied into another store")
struct CopyTests {
  let scratch: Scratch
  let store: ModelStore
  let other: ModelStore

  init() throws {
    scratch = try Scratch()
    store = try ModelStore(path: scratch.store, mode: .create)
    other = try ModelStore(path: scratch.path("other.sqlite"), mode: .create)
  }

  @Test("A copy is the same version: digest, costs, metrics, hyperparameters, datasets, note, tags, time of creation")
  func same() throws {
    try store.register(makeDraft(seed: 9, note: "first"))
    try store.register(makeDraft(note: "as registered"), promote: true)
    try store.setTag("team", to: "vision", of: Subject("cats@2"))
    try store.setTag("gone", to: "x", of: Subject("cats@2"))
    try store.removeTag("gone", of: Subject("cats@2"))
    try store.setNote("as edited", of: Subject("cats@2"))
    try store.setAlias("champion", to: Reference("cats@2"))
    try other.register(makeDraft(model: "dogs"))

    let result = try store.copy([Reference("cats")], to: other, reason: "for the app", actor: "me@here")
    #expect(result.map(\.outcome) == [.copied])
    #expect(result.first?.target.number == 1 && result.first?.source.number == 2)
    let (mine, copy) = (try store.version(Reference("cats@2")), try other.version(Reference("cats@1")))
    #expect(copy.digest == mine.digest && copy.summary.createdAt == mine.summary.createdAt)
    #expect(copy.summary.metrics == mine.summary.metrics && copy.hyperparameters == mine.hyperparameters)
    #expect(copy.lineage == mine.lineage)
    #expect(copy.summary.tags == ["team": "vision"] && copy.summary.note == "as edited")
    #expect(copy.summary.aliases == [] && !copy.summary.isServing)
    #expect(try other.costs(of: Reference("cats@1")) == store.costs(of: Reference("cats@2")))
    #expect(try other.model(Reference("cats@1")).parameters == store.model(Reference("cats@2")).parameters)
    let entries = try other.ledger(of: "cats")
    #expect(entries.map(\.kind) == [.register, .note, .tag])
    #expect(entries[0].value == "cats@2 \(mine.digest)")
    #expect(entries.allSatisfy { $0.actor == "me@here" && $0.reason == "for the app" })
    #expect(try other.verify().findings == [])
    // The note that it was registered with is still its first.
    #expect(
      try DatabaseQueue(path: other.path).read { try Row.fetchAll($0, sql: "SELECT note FROM versions") }
        .map { $0["note"] as String }.contains("as registered"))
  }

  @Test("Copied twice changes nothing; the same weights with something else said about them are another version")
  func idempotent() throws {
    try store.register(makeDraft())
    try store.copy([Reference("cats@1")], to: other)
    let before = try Data(contentsOf: URL(fileURLWithPath: other.path))
    let again = try store.copy([Reference("cats@1")], to: other)
    #expect(again.map(\.outcome) == [.present] && again.first?.target.number == 1)
    #expect(try Data(contentsOf: URL(fileURLWithPath: other.path)) == before)

    try store.register(makeDraft(note: "the same once more"))
    #expect(try store.copy([Reference("cats@2")], to: other).map(\.outcome) == [.copied])
    #expect(try other.versions(of: "cats").count == 2)
    // And back again, where both are.
    #expect(
      try other.copy([Reference("cats@1"), Reference("cats@2")], to: store).map(\.outcome) == [.present, .present])
  }

  @Test("A parent is found by its digest under any number; one that is not there is named by the ledger alone")
  func parents() throws {
    let parent = try store.register(makeDraft(seed: 1))
    var draft = try makeDraft(seed: 2)
    draft.lineage.parent = parent.identity
    try store.register(draft)
    try other.register(makeDraft(seed: 7))

    let alone = try ModelStore(path: scratch.path("alone.sqlite"), mode: .create)
    let result = try store.copy([Reference("cats@2")], to: alone)
    #expect(result.first?.missingParent == parent.identity)
    #expect(try alone.version(Reference("cats@1")).lineage.parent == nil)
    #expect(try alone.ledger(of: "cats")[0].value?.hasSuffix("; parent cats@1 \(parent.digest)") == true)
    #expect(try alone.verify().findings == [])

    // Both at once, in whatever order they are named.
    try store.copy([Reference("cats@2"), Reference("cats@1")], to: other)
    #expect(
      try other.version(Reference("cats@3")).lineage.parent
        == Model.Identity(name: "cats", number: 2, digest: parent.digest))
    // Under another name, one after the other.
    try store.copy([Reference("cats@1")], to: other, as: "felines")
    try store.copy([Reference("cats@2")], to: other, as: "lions")
    let found = try #require(try other.version(Reference("lions@1")).lineage.parent)
    #expect(found.digest == parent.digest && found.name == "cats" && found.number == 2)
    // What came from elsewhere keeps saying so.
    try other.copy([Reference("lions@1")], to: alone)
    #expect(try alone.ledger(of: "lions")[0].value?.contains("; from cats@2 sha256:") == true)
    #expect(try other.verify().findings == [])
    #expect(try alone.verify().findings == [])
  }

  @Test("A store can be copied from into itself, under another name")
  func itself() throws {
    try store.register(makeDraft())
    let result = try store.copy([Reference("cats@1")], to: store, as: "felines")
    #expect(result.first?.target.name == "felines")
    #expect(try store.copy([Reference("cats@1")], to: store).map(\.outcome) == [.present])
    let second = try ModelStore(path: scratch.store, mode: .readWrite, timeout: .seconds(2))
    try store.copy([Reference("cats@1")], to: second, as: "lions")
    #expect(try store.models().map(\.name) == ["cats", "felines", "lions"])
    #expect(try store.verify().findings == [])
  }

  @Test("Versions are checked before the lock is taken: a damaged one is told while another process writes")
  func checkedBefore() throws {
    try store.register(makeDraft())
    try store.register(makeDraft(model: "dogs", seed: 2))
    try tamper(
      scratch.store,
      "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 IN (SELECT sha256 FROM tensors WHERE version = 1)"
    )
    let impatient = try ModelStore(path: other.path, mode: .readWrite, timeout: .milliseconds(20))
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let writer = try DatabaseQueue(path: other.path, configuration: configuration)
    try writer.writeWithoutTransaction { try $0.beginTransaction(.immediate) }
    #expect(storeError { try store.copy([Reference("cats@1")], to: impatient) }?.code == .damaged)
    #expect(storeError { try impatient.merge(from: store) }?.code == .damaged)
    #expect(storeError { try store.copy([Reference("dogs@1")], to: impatient) }?.code == .busy)
    try writer.writeWithoutTransaction { try $0.rollback() }
    #expect(try store.copy([Reference("dogs@1")], to: impatient).map(\.outcome) == [.copied])
  }

  @Test("Weights that came to the target meanwhile are not taken for what they should be")
  func damagedMeanwhile() throws {
    try store.register(makeDraft())
    let error = storeError {
      _ = try store.copy([Reference("cats@1")], to: other, as: nil, reason: "", actor: "me") {
        try store.copy([Reference("cats@1")], to: other, as: "others")
        try tamper(
          other.path,
          """
          UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 IN
            (SELECT sha256 FROM tensors WHERE name = 'layers.0.weight')
          """)
      }
    }
    #expect(error?.code == .damaged && error?.message.contains("\(other.path) is damaged") == true)
    #expect(try other.models().map(\.name) == ["others"])
  }

  @Test("What other processes did to the target while versions were made ready counts: copies, deletions, a gc")
  func changedMeanwhile() throws {
    let parent = try store.register(makeDraft(seed: 1, widths: [300, 20, 3]))
    try store.register(makeDraft(seed: 1, widths: [300, 20, 3]).fineTuned(from: parent, seed: 2))
    func copy(_ references: String..., meanwhile: () throws -> Void) throws -> [TransferredVersion] {
      try store.copy(
        references.map { try Reference($0) }, to: other, as: nil, reason: "", actor: "me", beforeWriting: meanwhile)
    }
    // The same came from another process.
    #expect(
      try copy("cats@1", "cats@2") { try store.copy([Reference("cats@1")], to: other) }.map(\.outcome)
        == [.present, .copied])
    #expect(try other.versions(of: "cats").count == 2 && other.verify().findings == [])
    // Weights that were there are garbage by then.
    try store.register(makeDraft(seed: 1, widths: [300, 20, 3], note: "again"))
    for number in [1, 2] { try other.delete(Reference("cats@\(number)")) }
    #expect(try copy("cats@3") { _ = try other.collectGarbage() }.map(\.outcome) == [.copied])
    #expect(try other.versions(of: "cats").map(\.number) == [3] && other.verify().findings == [])
    // What was to be copied is gone.
    try store.register(makeDraft(seed: 5))
    let error = storeError {
      _ = try copy("cats@4") {
        try store.delete(Reference("cats@4"))
        _ = try store.collectGarbage()
      }
    }
    #expect(error?.code == .damaged && error?.message.contains("is missing") == true)
    #expect(try other.verify().findings == [])
  }

  @Test("What was deleted is not copied, and what the target deleted is not brought back")
  func deleted() throws {
    try store.register(makeDraft())
    try store.copy([Reference("cats@1")], to: other)
    try other.delete(Reference("cats@1"))
    let error = storeError { try store.copy([Reference("cats@1")], to: other) }
    #expect(error?.code == .versionDeleted && error?.message.contains("undelete cats@1") == true)
    try store.delete(Reference("cats@1"))
    #expect(storeError { try store.copy([Reference("cats@1")], to: other) }?.code == .versionDeleted)
  }

  @Test(
    "A damaged version is refused and nothing is written",
    arguments: [
      "UPDATE chunks SET bytes = zeroblob(length(bytes))", "UPDATE versions SET note = 'forged'",
      "UPDATE versions SET labels = '[\"x\",\"y\",\"z\"]'", "UPDATE metrics SET value = 1",
      "UPDATE costs SET final = 0.125", "UPDATE versions SET parameter_count = 3",
      "DELETE FROM chunks WHERE id = (SELECT max(id) FROM chunks)",
      "UPDATE ledger SET value = 'blue' WHERE kind = 'tag'",
    ])
  func damaged(sql: String) throws {
    try store.register(makeDraft())
    try store.setTag("colour", to: "red", of: Subject("cats@1"))
    try tamper(scratch.store, sql)
    for name in ["cats", "dogs"] {
      let error = storeError { try store.copy([Reference("cats@1")], to: other, as: name) }
      #expect(error?.code == .damaged, "\(sql): \(String(describing: error))")
    }
    #expect(storeError { try other.merge(from: store) }?.code == .damaged)
    #expect(storeError { try other.merge(from: store, dryRun: true) }?.code == .damaged)
    #expect(try other.models() == [])
    #expect(try other.ledger(of: nil) == [])
  }
}
