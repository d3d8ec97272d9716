import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

@Suite struct DeletionTests {
  let scratch: Scratch
  let store: ModelStore

  init() throws {
    scratch = try Scratch()
    store = try ServiceTests.makeStore(scratch, versions: 4)
  }

  private func numbers() throws -> [Int] { try store.versions(of: "cats").map(\.number) }

  @Test("A deleted version is hidden from every list and reference, and comes back whole")
  func deleteAndUndelete() throws {
    let latest = try store.version(Reference("cats@4"))
    try store.delete(Reference("cats@latest"), reason: "wrong labels", actor: "ann@a")
    #expect(try numbers() == [1, 2, 3])
    #expect(try store.models().map(\.versionCount) == [3] && store.models().map(\.latest) == [3])
    #expect(try store.version(Reference("cats@latest")).number == 3)
    for text in ["cats@4", "cats@\(latest.digest)"] {
      let error = storeError { _ = try store.version(Reference(text)) }
      #expect(error?.code == (text == "cats@4" ? .versionDeleted : .noSuchVersion))
    }
    #expect(storeError { _ = try store.model(Reference("cats@4")) }?.message.contains("undelete cats@4") == true)
    #expect(storeError { try store.promote(Reference("cats@4")) }?.code == .versionDeleted)
    #expect(storeError { try store.setTag("a", to: "b", of: Subject("cats@4")) }?.code == .versionDeleted)
    #expect(storeError { try store.delete(Reference("cats@4")) }?.code == .versionDeleted)
    let deleted = try store.deletedVersions(of: "cats")
    #expect(deleted.map(\.number) == [4] && deleted.map(\.reason) == ["wrong labels"] && deleted[0].actor == "ann@a")
    // The number is not given again.
    #expect(try store.register(makeDraft(seed: 9)).number == 5)
    try store.undelete("cats", number: 4)
    #expect(try numbers() == [1, 2, 3, 4, 5])
    #expect(try store.version(Reference("cats@4")) == latest)
    #expect(storeError { try store.undelete("cats", number: 4) }?.code == .noSuchVersion)
    #expect(storeError { try store.undelete("cats") }?.code == .noSuchVersion)
    #expect(try store.verify().findings == [])
  }

  @Test("What is in service or named by an alias is not deleted, by the program or past it")
  func uses() throws {
    try store.promote(Reference("cats@1"))
    try store.setAlias("champion", to: Reference("cats@2"))
    for number in [1, 2] {
      let error = storeError { try store.delete(Reference(model: "cats", .number(number))) }
      #expect(error?.code == .refused && error?.message.contains("cats@\(number)") == true)
      let digest = try store.version(Reference(model: "cats", .number(number))).digest.dropFirst(7)
      let attack = """
        INSERT INTO ledger VALUES ((SELECT max(sequence) + 1 FROM ledger), '2026-11-24T12:15:25.123Z', 'me', 'delete', 'cats',
          \(number), '\(digest)', NULL, NULL, NULL, '', '\(String(repeating: "a", count: 64))')
        """
      #expect(try ImmutabilityTests.refusal(attack, on: scratch.store)?.contains("not deleted") == true)
    }
    #expect(storeError { try store.delete(Reference("cats")) }?.code == .refused)
    #expect(storeError { try store.deleteModel("cats", confirmation: "cats") }?.code == .refused)
    try store.promote(Reference("cats@3"))
    try store.removeAlias("champion", of: "cats")
    try store.delete(Reference("cats@1"))
    try store.delete(Reference("cats@2"))
    // What a rollback would have gone back to is gone: there is nothing before.
    #expect(storeError { try store.rollback("cats") }?.code == .nothingToRollBackTo)
  }

  @Test("A whole model is deleted only when its name is typed, and comes back whole")
  func wholeModel() throws {
    try store.register(makeDraft(model: "dogs"))
    let refused = storeError { try store.deleteModel("cats", confirmation: "dogs") }
    #expect(refused?.code == .notConfirmed && refused?.message.contains("4 versions") == true)
    #expect(try store.deleteModel("cats", confirmation: "cats").count == 4)
    #expect(try store.models().map(\.name) == ["dogs"])
    #expect(try numbers() == [])
    #expect(storeError { _ = try store.version(Reference("cats@latest")) }?.code == .noSuchVersion)
    #expect(try store.undelete("cats").map(\.version) == [1, 2, 3, 4])
    #expect(try store.models().map(\.name) == ["cats", "dogs"])
  }

  @Test("gc removes deleted versions and all that only they need, and says so beforehand")
  func garbage() throws {
    // Version 5 shares its tensors with version 2, version 6 takes space.
    try store.register(makeDraft(seed: 2, widths: [2, 1, 2]))
    try store.register(makeDraft(seed: 6, widths: [3000, 100, 3]))
    let kept = try store.version(Reference("cats@5"))
    for number in [2, 4, 6] { try store.delete(Reference(model: "cats", .number(number))) }
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.store))
    let expected = try store.collectGarbage(dryRun: true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.store)) == before)
    #expect(expected.versions.map(\.number) == [2, 4, 6])
    let report = try store.collectGarbage(actor: "ann@a")
    #expect(report.versions.map(\.number) == expected.versions.map(\.number))
    #expect(report.blobs == expected.blobs && report.bytes == expected.bytes && report.bytes > 900_000)
    #expect(report.sizeAfter < report.sizeBefore - 900_000 && report.sizeAfter <= expected.sizeAfter)
    let size = try FileManager.default.attributesOfItem(atPath: scratch.store)[.size] as? Int
    #expect(size == report.sizeAfter)

    #expect(try store.verify().findings == [])
    #expect(try numbers() == [1, 3, 5])
    #expect(try store.model(Reference("cats@5")).identity.digest == kept.digest)
    let error = storeError { _ = try store.version(Reference("cats@6")) }
    #expect(error?.code == .versionDeleted && error?.message.contains("purged") == true)
    #expect(storeError { try store.undelete("cats", number: 6) }?.code == .versionDeleted)
    // Its number and name stay taken, whatever its row id.
    #expect(try store.register(makeDraft(seed: 7)).number == 7)
    #expect(try store.verify().findings == [])
    let again = try store.collectGarbage()
    #expect(again.versions.isEmpty && again.blobs == 0 && again.sizeAfter == again.sizeBefore)
    #expect(try store.ledger(of: "cats").filter { $0.kind == .purge }.map(\.actor) == ["ann@a", "ann@a", "ann@a"])
  }

  @Test("Rows are not removed past the ledger")
  func pastTheLedger() throws {
    try store.delete(Reference("cats@1"))
    for table in ["versions", "metrics", "costs", "datasets", "tensors", "blobs", "chunks", "models"] {
      let message = try ImmutabilityTests.refusal("DELETE FROM \(table)", on: scratch.store)
      #expect(message?.hasPrefix("nnscore:") == true, "\(table): \(message ?? "accepted")")
    }
    // A version that vanishes without a word is found by verify.
    try tamper(scratch.store, "DELETE FROM versions WHERE number = 3; DELETE FROM tensors WHERE version = 3")
    #expect(try store.verify().findings.contains { $0.problem.contains("no such version") })
  }

  @Test(
    "Retention keeps what any rule keeps, and always what is in use",
    arguments: [
      (RetentionRule(last: 2), [1, 2, 4]), (RetentionRule(last: 0), [1, 2, 4, 7, 8]), (RetentionRule(last: 9), []),
      (RetentionRule(newerThan: Timestamp(millisecondsSince1970: 0)), []),
      (RetentionRule(newerThan: Timestamp("2999-01-01T00:00:00.000Z")), [1, 2, 4, 7, 8]),
      (RetentionRule(last: 1, newerThan: Timestamp("2999-01-01T00:00:00.000Z")), [1, 2, 4, 7]),
    ])
  func retention(rule: RetentionRule, deleted: [Int]) throws {
    for seed in 5...8 { try store.register(makeDraft(seed: UInt64(seed))) }
    try store.promote(Reference("cats@6"))
    try store.promote(Reference("cats@5"))
    try store.setAlias("baseline", to: Reference("cats@3"))
    #expect(try store.prune("cats", keeping: rule, dryRun: true).map(\.number) == deleted)
    #expect(try numbers() == Array(1...8))
    #expect(try store.prune("cats", keeping: rule).map(\.number) == deleted)
    #expect(try numbers() == (1...8).filter { !deleted.contains($0) })
    #expect(try store.rollback("cats").version == 6)
  }
}
