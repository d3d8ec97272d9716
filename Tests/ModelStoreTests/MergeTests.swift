import Foundation
import Inference
import Testing

@testable import ModelStore

@Suite("Stores merged")
struct MergeTests {
  let scratch: Scratch
  let mine: ModelStore
  let theirs: ModelStore

  init() throws {
    scratch = try Scratch()
    mine = try ModelStore(path: scratch.store, mode: .create)
    theirs = try ModelStore(path: scratch.path("theirs.sqlite"), mode: .create)
  }

  /// What a store holds, whatever its numbers: digest, note, tags and parent's digest of every version.
  private func contents(_ store: ModelStore) throws -> Set<[String]> {
    var result: Set<[String]> = []
    for model in try store.models() {
      for summary in try store.versions(of: model.name) {
        let record = try store.version(Reference("\(model.name)@\(summary.number)"))
        let tags = summary.tags.map { "\($0.key)=\($0.value)" }.sorted()
        result.insert(
          [model.name, summary.digest, summary.note, "\(summary.createdAt)", record.lineage.parent?.digest ?? "-"]
            + tags)
      }
    }
    return result
  }

  private func data(_ store: ModelStore) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: store.path)) }

  /// Mine: 1, 2 (child of 1), in service and champion. Theirs: 1 is another, 2 its child, 3 free, and dogs.
  private func fill() throws {
    let first = try mine.register(makeDraft(seed: 1), promote: true)
    var child = try makeDraft(seed: 2)
    child.lineage.parent = first.identity
    try mine.register(child)
    try mine.setAlias("champion", to: Reference("cats@2"))
    try mine.setTag("team", to: "mine", of: Subject("cats@2"))

    let other = try theirs.register(makeDraft(seed: 11, note: "theirs"), promote: true)
    child = try makeDraft(seed: 12)
    child.lineage.parent = other.identity
    try theirs.register(child)
    try theirs.register(makeDraft(seed: 13))
    try theirs.register(makeDraft(model: "dogs", seed: 14), promote: true)
    try theirs.setAlias("champion", to: Reference("cats@1"))
    try theirs.setAlias("night", to: Reference("cats@2"), protected: true)
    try theirs.setTag("team", to: "theirs", of: Subject("cats@2"))
    try theirs.setNote("edited", of: Subject("cats@1"))
    try theirs.setTag("kind", to: "pets", of: Subject("dogs"))
    try theirs.setTag("kind", to: "not taken", of: Subject("cats"))
  }

  @Test("Versions get free numbers, children their parents' new ones; marks come along; service stays")
  func merged() throws {
    try fill()
    let before = try data(theirs)
    let plan = try mine.merge(from: theirs, dryRun: true)
    #expect(try mine.versions(of: "cats").count == 2)
    let report = try mine.merge(from: theirs, reason: "one registry")
    #expect(report == plan)
    #expect(report.versions.map(\.outcome) == [.copied, .copied, .copied, .copied])
    // 1 and 2 are taken here; once 3 and 4 are given, theirs of 3 gets the next.
    #expect(report.versions.map(\.target.number) == [3, 4, 5, 1])
    let child = try mine.version(Reference("cats@4"))
    #expect(child.lineage.parent == report.versions[0].target)
    #expect(child.summary.tags == ["team": "theirs"])
    #expect(try mine.version(Reference("cats@3")).summary.note == "edited")
    #expect(report.aliases.map(\.name) == ["champion", "night"])
    #expect(report.aliases.map(\.outcome) == [.kept, .set])
    #expect(try mine.aliases(of: "cats").map(\.version) == [2, 4])
    #expect(try mine.aliases(of: "cats").last?.isProtected == true)
    #expect(try mine.models().map(\.serving) == [1, nil])
    #expect(try mine.tags(of: Subject("dogs")) == ["kind": "pets"])
    #expect(try mine.tags(of: Subject("cats")) == [:])
    #expect(try mine.verify().findings == [])
    #expect(try data(theirs) == before)
  }

  @Test("Merged twice changes nothing, and both ways the contents are the same")
  func idempotentAndCommutative() throws {
    try fill()
    let copy = try ModelStore(path: scratch.path("copy.sqlite"), mode: .create)
    try copy.merge(from: mine)
    #expect(try contents(copy) == contents(mine))
    try mine.merge(from: theirs)
    let after = try data(mine)
    let again = try mine.merge(from: theirs)
    #expect(again.isUnchanged && again.versions.allSatisfy { $0.outcome == .present })
    #expect(try data(mine) == after)
    try theirs.merge(from: copy)
    #expect(try contents(theirs) == contents(mine))
    #expect(try theirs.merge(from: mine).isUnchanged)
    #expect(try mine.merge(from: mine).isUnchanged)
    for store in [mine, theirs, copy] { #expect(try store.verify().findings == []) }
  }

  @Test("A number that is free is kept; what was deleted on either side stays deleted; a removed alias stays removed")
  func numbersAndDeletions() throws {
    for seed in 1...3 { try theirs.register(makeDraft(seed: UInt64(seed))) }
    try theirs.delete(Reference("cats@1"))
    #expect(try mine.merge(from: theirs).versions.map(\.target.number) == [2, 3])
    try mine.delete(Reference("cats@2"))
    #expect(try mine.merge(from: theirs).versions.map(\.outcome) == [.deleted, .present])
    #expect(try mine.versions(of: "cats").map(\.number) == [3])
    try theirs.setAlias("night", to: Reference("cats@3"))
    #expect(try mine.merge(from: theirs).aliases.map(\.outcome) == [.set])
    try mine.removeAlias("night", of: "cats")
    #expect(try mine.merge(from: theirs).aliases.map(\.outcome) == [.kept])
    #expect(try mine.verify().findings == [])
  }

  @Test("Signatures come along once, for versions that are here already too")
  func signatures() throws {
    let version = try theirs.register(makeDraft())
    try mine.merge(from: theirs)
    let key = try SigningKey()
    try theirs.sign(Reference("cats@1"), with: key)
    #expect(try mine.merge(from: theirs, dryRun: true).signatures == 1)
    #expect(try mine.merge(from: theirs).signatures == 1)
    #expect(try mine.merge(from: theirs).isUnchanged)
    let entry = try #require(try mine.ledger(of: "cats").last)
    #expect(entry.kind == .sign && entry.digest == version.digest)
    #expect(try mine.signatures(of: Reference("cats@1")).count == 1)
    #expect(try mine.verify().findings == [])
  }
}
