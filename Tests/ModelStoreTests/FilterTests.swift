import Foundation
import GRDB
import Inference
import ModelStore
import Testing

/// Filters, orders and limits on whole stores.
@Suite struct FilterTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A store of random versions, with times that registering would not give them.
  private func makeStore(seed: UInt64, count: Int) throws -> (store: ModelStore, random: RandomFilters) {
    var random = RandomFilters(seed: seed)
    try random.register(count, in: ModelStore(path: scratch.store, mode: .create))
    let times = random.samples.map { sample in
      """
      UPDATE versions SET created_at = '\(sample.created)' WHERE number = \(sample.record.number)
        AND model = (SELECT id FROM models WHERE name = 'cats');
      """
    }
    try tamper(scratch.store, times.joined(separator: "\n"))
    return (try ModelStore(path: scratch.store), random)
  }

  @Test("Random filters take the versions that plain Swift takes", arguments: [1, 2] as [UInt64])
  func agreement(seed: UInt64) throws {
    var (store, random) = try makeStore(seed: seed, count: 40)
    var counts: [Int] = []
    for _ in 0..<400 {
      let query = random.query(levels: Int.random(in: 0...4, using: &random.generator))
      let text = random.text(query)
      // Now and then one is longer than filters may be.
      guard text.utf8.count <= VersionFilter.maximumBytes, query.size <= VersionFilter.maximumComparisons else {
        continue
      }
      let filter = try VersionFilter(text)
      let found = try store.versions(of: "cats", where: filter).map(\.number)
      let expected = random.samples.filter { !$0.isDeleted && query.holds($0) }.map(\.record.number)
      #expect(found == expected, "\(text)")
      if found != expected { break }
      counts.append(found.count)
    }
    // The filters are none if they take all or nothing.
    #expect(counts.filter { $0 > 0 && $0 < 30 }.count > 100)
  }

  @Test("Random orders and limits list the versions as plain Swift does", arguments: [4, 5] as [UInt64])
  func orders(seed: UInt64) throws {
    var (store, random) = try makeStore(seed: seed, count: 40)
    for round in 0..<200 {
      let order = random.order()
      let text = order.map { ($0.isDescending ? "-" : "") + $0.field.name }.joined(separator: ",")
      let limit = round % 3 == 0 ? round % 50 : nil
      let found = try store.versions(of: "cats", sort: VersionSort(text), limit: limit).map(\.number)
      let expected = random.samples.filter { !$0.isDeleted }.sorted { a, b in
        for (field, isDescending) in order {
          let (left, right) = (Self.key(field, a), Self.key(field, b))
          guard let left else {
            if right == nil { continue }
            return false
          }
          guard let right else { return true }
          // Numbers stand before text.
          let result = left.order(right) ?? (Self.isText(left) ? 1 : -1)
          if result != 0 { return (result < 0) != isDescending }
        }
        return a.record.number < b.record.number
      }.map(\.record.number)
      #expect(found == Array(expected.prefix(limit ?? .max)), "\(text)")
    }
  }

  private static func key(_ field: FilterOracle.Field, _ sample: Sample) -> FilterOracle.Value? {
    switch field.values(sample).first {
    case .bool(let value): .number(value ? 1 : 0)
    case .other: nil
    case let value: value
    }
  }

  private static func isText(_ value: FilterOracle.Value) -> Bool {
    if case .text = value { true } else { false }
  }

  @Test("What a list shows of a version does not depend on how it was found")
  func summaries() throws {
    let (store, random) = try makeStore(seed: 6, count: 30)
    let all = try store.versions(of: "cats")
    #expect(all.map(\.number) == random.samples.filter { !$0.isDeleted }.map(\.record.number))
    for (summary, sample) in zip(all, random.samples.filter { !$0.isDeleted }) {
      #expect(summary.metrics == sample.draft.metrics && summary.tags == sample.tags && summary.note == sample.note)
      #expect(summary.aliases == sample.aliases.sorted() && summary.isServing == sample.isServing)
      #expect(summary.costCount == sample.draft.costs.count && summary.createdAt == sample.created)
      let filter = try VersionFilter("number = \(summary.number)")
      #expect(try store.versions(of: "cats", where: filter) == [summary])
      #expect(try store.version(Reference(model: "cats", .number(summary.number))).summary == summary)
    }
    let sorted = try store.versions(of: "cats", sort: VersionSort("-number"), limit: 5)
    #expect(sorted == all.suffix(5).reversed())
    #expect(try store.versions(of: "cats", limit: 0) == [])
    #expect(storeError { _ = try store.versions(of: "cats", limit: -1) }?.code == .invalidFilter)
    let none = try VersionFilter("number > 1000")
    #expect(try store.versions(of: "cats", where: none) == [])
    #expect(storeError { _ = try store.versions(of: "birds", where: none) }?.code == .noSuchModel)
  }

  @Test("Names that are compared or sorted by and that no version has are told, with those that are like them first")
  func unknownNames() throws {
    struct Hyperparameters: Encodable {
      let optimizer = ["beta.1": 0.9, "decay": 0.1]
      let learningRate = 0.5
      let schedule: String? = nil
    }
    let store = try ModelStore(path: scratch.store, mode: .create)
    for number in 1...3 {
      var draft = try makeDraft()
      draft.hyperparameters = Hyperparameters()
      draft.metrics = ["accuracy.validation": 0.5, "auc": 0.5, "cost.final": 1]
      if number == 3 { draft.metrics["f1.validation"] = 0.5 }
      try store.register(draft)
    }
    try store.setTag("team", to: "vision", of: Subject("cats@1"))
    try store.setTag("2nd.stage", to: "x", of: Subject("cats@3"))
    try store.setTag("owner", to: "ann", of: Subject("cats"))
    func unknown(_ filter: String?, _ sort: String? = nil) throws -> [UnknownName] {
      try store.unknownNames(
        of: "cats", in: filter.map { try VersionFilter($0) }, sort.map { try VersionSort($0) })
    }
    let mistyped = try unknown("number > 1 and acuracy.validation > 0.9")
    #expect(mistyped.map(\.name) == ["acuracy.validation"] && mistyped.map(\.column) == [16])
    #expect(mistyped.first?.known == ["accuracy.validation", "f1.validation", "metric.auc", "metric.cost.final"])
    #expect(
      mistyped.first?.description
        == "the filter, column 16: no version of cats has acuracy.validation; did you mean accuracy.validation? There are "
        + "accuracy.validation, f1.validation, metric.auc, metric.cost.final")
    // What exists, is of every version, or is asked whether it exists, is no mistake.
    for filter in [
      "accuracy.validation > 2", "metric.cost.final = 1 or cost.final > 1", "tag.team = 'none'",
      "tag.\"2nd.stage\" = 'x'",
      "hp.optimizer.decay = 1 or hp.learningRate = 'text'", "tag.x missing and metric.y exists and hp.z missing",
      "note = 'accuracy.x'",
    ] {
      #expect(try unknown(filter) == [], "\(filter)")
    }
    let several = try unknown(
      "not (hp.optimiser.decay = 1 or tag.owner = 'ann') or hp.schedule = 'x'", "-tag.owner,auc.x")
    #expect(several.map(\.name) == ["hp.optimiser.decay", "tag.owner", "hp.schedule", "tag.owner", "auc.x"])
    #expect(several.map(\.column) == [6, 32, 54, 2, 12])
    #expect(several.map(\.place) == ["filter", "filter", "filter", "sort order", "sort order"])
    #expect(several[0].known == ["hp.optimizer.decay", "hp.optimizer.\"beta.1\"", "hp.learningRate"])
    #expect(several[1].known == ["tag.team", "tag.\"2nd.stage\""])
    // Every name that is offered can be written as it is.
    for name in (several + mistyped).flatMap(\.known) { #expect(try unknown(nil, name) == [], "\(name)") }
    // A deleted version's are gone with it.
    try store.delete(Reference("cats@3"))
    #expect(try unknown("f1.validation > 0").map(\.name) == ["f1.validation"])
    try store.removeTag("team", of: Subject("cats@1"))
    let none = try unknown("tag.team = 'x'").first?.description
    #expect(none == "the filter, column 1: no version of cats has tag.team; none has any tag")
    let filter = try VersionFilter("auc.x = 1")
    #expect(storeError { _ = try store.unknownNames(of: "dogs", in: filter) }?.code == .noSuchModel)
  }

  @Test("A deleted version shows in no list, and again once it is brought back")
  func deleted() throws {
    let store = try ServiceTests.makeStore(scratch, versions: 4)
    try store.setTag("team", to: "vision", of: Subject("cats@3"))
    try store.delete(Reference("cats@3"))
    let filters = try ["number >= 1", "tag.team = 'vision' or number < 9", "not number = 99"].map {
      try VersionFilter($0)
    }
    for filter in filters { #expect(try store.versions(of: "cats", where: filter).map(\.number) == [1, 2, 4]) }
    #expect(try store.versions(of: "cats", sort: VersionSort("-number"), limit: 2).map(\.number) == [4, 2])
    #expect(try store.versions(of: "cats", where: VersionFilter("tag.team exists")) == [])
    try store.undelete("cats")
    #expect(try store.versions(of: "cats", where: VersionFilter("tag.team exists")).map(\.number) == [3])
  }

  @Test(
    "Text that looks like SQL is a value or a name like any other",
    arguments: [
      "x' OR 1=1 --", "'); DROP TABLE versions; --", "\" OR \"\"=\"", "?1", ":name", "$.x", "%", "_", "\\", "NULL",
      "1) OR (1=1",
      "*/ --", "\u{1}", "x\"') UNION SELECT sql FROM sqlite_schema --", "$\"", "a\"]", "🐱",
    ])
  func injection(text: String) throws {
    let store = try ServiceTests.makeStore(scratch, versions: 2)
    try store.setTag("team", to: text, of: Subject("cats@2"))
    let quoted = "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    #expect(try store.versions(of: "cats", where: VersionFilter("tag.team = \(quoted)")).map(\.number) == [2])
    #expect(try store.versions(of: "cats", where: VersionFilter("tag.team in (\(quoted))")).map(\.number) == [2])
    for field in ["tag", "metric", "hp", "hp.a"] {
      #expect(try store.versions(of: "cats", where: VersionFilter("\(field).\(quoted) exists")) == [])
      #expect(try store.versions(of: "cats", where: VersionFilter("\(field).\(quoted) missing")).count == 2)
      #expect(try store.versions(of: "cats", sort: VersionSort("-\(field).\(quoted)")).map(\.number) == [1, 2])
    }
    for field in [
      "note", "alias", "machine", "digest", "activation", "label", "parent", "dataset.training", "input.type",
    ] {
      #expect(try store.versions(of: "cats", where: VersionFilter("\(field) = \(quoted)")) == [])
    }
    #expect(try store.verify().isSound)
  }

  @Test("The largest filters that are allowed run")
  func largest() throws {
    let store = try ServiceTests.makeStore(scratch, versions: 2)
    let many = (0..<256).map { _ in "hp.a=1" }
    for joint in [" or ", " and "] {
      _ = try store.versions(of: "cats", where: VersionFilter(many.joined(separator: joint)))
    }
    let deep = String(repeating: "not(", count: 32) + "tag.a='b'" + String(repeating: ")", count: 32)
    #expect(try store.versions(of: "cats", where: VersionFilter(deep)) == [])
    var chain = "alias='a'"
    for level in 0..<63 { chain = "(\(chain)\(level % 2 == 0 ? " or" : " and") activation='x')" }
    #expect(try store.versions(of: "cats", where: VersionFilter(chain)) == [])
    let list = (0..<256).map { "\($0)" }.joined(separator: ",")
    #expect(try store.versions(of: "cats", where: VersionFilter("number in (\(list))")).count == 2)
    let sixteen = Array(repeating: "hp.a.b.c.d.e.f.g.h", count: 16).joined(separator: ",")
    #expect(try store.versions(of: "cats", sort: VersionSort(sixteen)).count == 2)
  }

  @Test(
    "A damaged row is an error of the list, not a crash",
    arguments: [
      "UPDATE versions SET created_at = '2026-02-30T00:00:00.000Z'",
      "UPDATE versions SET created_at = '2026-01-01T25:00:00.000Z'",
      "PRAGMA ignore_check_constraints = ON; UPDATE versions SET created_at = 'soon'",
      "UPDATE versions SET hyperparameters = '{\"a\"}'", "UPDATE versions SET architecture = '{]}'",
    ])
  func damage(sql: String) throws {
    let store = try ServiceTests.makeStore(scratch, versions: 2)
    try tamper(scratch.store, sql)
    let filter = try VersionFilter("hp.a = 1 or architecture.layers > 99 or number > 0")
    #expect(storeError { _ = try store.versions(of: "cats", where: filter) }?.code == .damaged)
  }
}
