import Foundation
import Inference
import ModelStore

/// Random versions in a store, and random filters and orders over them, all from a seed.
struct RandomFilters {
  var generator: SeededGenerator
  var samples: [Sample] = []

  private static let texts = [
    "", "vision", "Vision", "audio", "a%b_c", "100%", "ünï 🐱", "e\u{301}", "é", "two\nlines", "\"quoted\" 'x'",
    "back\\slash",
    "'; DROP TABLE versions; --", "?1", "null", "2026-01-01", "3",
  ]

  init(seed: UInt64) { generator = SeededGenerator(seed) }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

  private mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &generator)] }

  private mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

  /// Registers versions of `cats`, and a few of another model, which no filter on cats must see.
  mutating func register(_ count: Int, in store: ModelStore) throws {
    for index in 0..<count {
      if index % 7 == 0 { try store.register(makeDraft(model: "dogs", seed: UInt64(index), widths: [2, 1, 2])) }
      samples.append(try register(in: store))
    }
    let cats = try (1...count).map { try Subject("cats@\($0)") }
    for number in 1...count {
      let place = number - 1
      if chance(50) {
        let value = pick(Self.texts)
        try store.setTag("team", to: "before", of: cats[place])
        try store.setTag("team", to: value, of: cats[place])
        samples[place].tags["team"] = value
      }
      if chance(30) {
        let value = pick(Self.texts)
        try store.setTag("9-odd.x", to: value, of: cats[place])
        samples[place].tags["9-odd.x"] = value
      }
      if chance(20) {
        try store.setTag("team", to: "gone", of: cats[place])
        try store.removeTag("team", of: cats[place])
        samples[place].tags["team"] = nil
      }
      if chance(30) {
        samples[place].note = pick(Self.texts)
        try store.setNote(samples[place].note, of: cats[place])
      }
    }
    try store.setTag("team", to: "vision", of: Subject("cats"))
    try store.setTag("team", to: "dogs", of: Subject("dogs@1"))
    try store.setNote("of dogs", of: Subject("dogs@2"))
    for alias in ["champion", "challenger", "old"] {
      let number = integer(1...count)
      try store.setAlias(alias, to: Reference(model: "cats", .number(number)))
      samples[number - 1].aliases.append(alias)
    }
    try store.setAlias("champion", to: Reference("dogs@1"))
    let serving = integer(1...count)
    try store.promote(Reference(model: "cats", .number(serving)))
    samples[serving - 1].isServing = true
    for place in samples.indices where !samples[place].isServing && samples[place].aliases.isEmpty && chance(10) {
      try store.delete(Reference(model: "cats", .number(place + 1)))
      samples[place].isDeleted = true
    }
  }

  private mutating func register(in store: ModelStore) throws -> Sample {
    let widths = [integer(1...3) * integer(1...2)] + (0..<integer(0...2)).map { _ in integer(1...4) } + [integer(2...4)]
    var draft = try makeDraft(seed: generator.next(), widths: widths, costs: [], note: pick(Self.texts))
    let height = widths[0] % 2 == 0 && chance(50) ? 2 : 1
    draft.inputFormat = try InputFormat(
      elementType: chance(50) ? .uint8 : .float32, height: height, width: widths[0] / height, channels: 1,
      jpeg: chance(30) ? .scaled : .full)
    if chance(70) { draft.costs = (0..<integer(1...5)).map { _ in Double(integer(0...8)) / 8 } }
    if chance(10) { draft.costs.append(.nan) }
    draft.metrics = [:]
    if chance(80) { draft.metrics["accuracy.validation"] = Double(integer(0...10)) / 10 }
    if chance(30) { draft.metrics["9odd"] = Double(integer(-3...3)) }
    draft.labels = draft.labels.indices.map { ["cat", "Dog", "ünï", "x"][$0] }
    var hyperparameters: [String: Sample.JSON] = [:]
    if chance(80) { hyperparameters["learning_rate"] = .number(pick([0.1, 0.01, 1e-5, 3])) }
    if chance(60) {
      hyperparameters["optimizer"] = chance(70) ? .object(["name": .text(pick(Self.texts))]) : .text("sgd")
    }
    if chance(85) {
      hyperparameters["mi.xed'\""] = pick([
        .null, .bool(true), .bool(false), .integer(0), .integer(1), .number(0.5), .text("1"), .text("vision"),
        .text(""),
        .array([.integer(1)]), .object(["name": .integer(1)]),
      ])
    }
    draft.hyperparameters = hyperparameters
    draft.lineage = Lineage()
    if chance(30), let parent = samples.randomElement(using: &generator) {
      draft.lineage.parent = parent.record.identity
    }
    if chance(40) { draft.lineage.sweep = Lineage.Sweep(name: pick(["rates", "Rates", "w-2"]), trial: integer(1...4)) }
    if chance(60) { draft.lineage.seed = pick([0, 1, 10, 9, 1 << 63, .max, generator.next()]) }
    if chance(60) {
      draft.lineage.training = Lineage.Dataset(
        fingerprint: "sha256:\(integer(0...3))", count: integer(0...5), path: "a", kind: "idx")
    }
    if chance(40) {
      draft.lineage.validation = Lineage.Dataset(fingerprint: "f", count: 3, path: "b", kind: pick(["idx", "hdf5"]))
    }
    if chance(50) { draft.lineage.machine = pick(Self.texts) }
    if chance(50) { draft.lineage.codeVersion = pick(["nnscore 1.0.0", "nnscore 1.0.1"]) }
    if chance(50) { draft.lineage.duration = .milliseconds(pick([0, 1, 999, 1001, 60_000])) }
    let record = try store.register(draft)
    let created = Timestamp(
      millisecondsSince1970: 1_767_225_600_000 + Int64(integer(0...3)) * 86_400_000 + Int64(integer(0...2)))
    return Sample(
      draft: draft, hyperparameters: hyperparameters, record: record, created: created, note: draft.note)
  }

  /// A query with at most so many levels.
  mutating func query(levels: Int) -> FilterOracle.Query {
    guard levels > 0, chance(75) else {
      let field = pick(FilterOracle.Field.allCases)
      return .test(field, condition(field))
    }
    switch integer(0...4) {
    case 0: return .not(query(levels: levels - 1))
    case 1, 2: return .all((0..<integer(2...4)).map { _ in query(levels: levels - 1) })
    default: return .any((0..<integer(2...4)).map { _ in query(levels: levels - 1) })
    }
  }

  private mutating func condition(_ field: FilterOracle.Field) -> FilterOracle.Condition {
    let value = literal(field)
    switch (integer(0...9), value) {
    case (0, _): return .exists
    case (1, _): return .missing
    case (2, _), (3, _):
      // Of one type, which hyperparameters have several of.
      let others = (0..<integer(0...3)).map { _ in literal(field) }.filter { $0.order(value) != nil }
      return .among([value] + others, negated: chance(40))
    case (4...6, .text(let text)): return .like(pattern(text), negated: chance(30))
    case (4, .bool) where field == .serving: return .isTrue
    case (_, .bool): return .compare(pick(["=", "!="]), value)
    default: return .compare(pick(["=", "!=", "<", "<=", ">", ">="]), value)
    }
  }

  /// A value to compare with: one that a version has, most of the time.
  private mutating func literal(_ field: FilterOracle.Field) -> FilterOracle.Value {
    let known = samples.flatMap(field.values).filter { $0 != .other }
    let value = pick(known)
    guard chance(20) else { return value }
    switch value {
    case .number(let number): return .number(number + Double(integer(-1...1)) / 2)
    case .text: return .text(pick(Self.texts))
    case .seed(let seed): return .seed(seed / 2)
    case .date(let date): return .date(Timestamp(millisecondsSince1970: date.millisecondsSince1970 + 1))
    case .bool, .other: return value
    }
  }

  /// A text with some of its characters made wildcards and the others that are some escaped.
  private mutating func pattern(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch integer(0...9) {
      case 0: result += "%"
      case 1: result += "_"
      case 2 where scalar.properties.isASCIIHexDigit: result += String(scalar).uppercased()
      default: result += ("%_\\".unicodeScalars.contains(scalar) ? "\\" : "") + String(scalar)
      }
    }
    return chance(30) ? "%" + result : chance(30) ? result + "%" : result
  }

  /// An order of up to three fields.
  mutating func order() -> [(field: FilterOracle.Field, isDescending: Bool)] {
    (0..<integer(1...3)).map { _ in
      (field: pick(FilterOracle.Field.allCases.filter { !$0.isMultiple }), isDescending: chance(50))
    }
  }

  // MARK: Text

  /// A query as text, with parentheses where they are needed and some where they are not.
  mutating func text(_ query: FilterOracle.Query, above precedence: Int = 0) -> String {
    var result: String
    var own: Int
    switch query {
    case .any(let terms):
      result = terms.map { text($0, above: 1) }.joined(separator: space() + word("or") + space())
      own = 0
    case .all(let terms):
      result = terms.map { text($0, above: 2) }.joined(separator: space() + word("and") + space())
      own = 1
    case .not(let term):
      result = word("not") + space() + text(term, above: 2)
      own = 2
    case .test(let field, let condition):
      result = field.name + text(condition)
      own = 3
    }
    while own < precedence || chance(8) {
      result = "(" + result + ")"
      own = 3
    }
    return result
  }

  private mutating func text(_ condition: FilterOracle.Condition) -> String {
    switch condition {
    case .exists: return space() + word("exists")
    case .missing: return space() + word("missing")
    case .isTrue: return ""
    case .compare(let comparison, let value):
      return pick(["", " ", "\n"]) + comparison + pick(["", " "]) + text(value)
    case .among(let values, let negated):
      let list = values.map { text($0) }.joined(separator: pick([",", " , "]))
      return space() + (negated ? word("not") + space() : "") + word("in") + pick(["(", " ( "]) + list + ")"
    case .like(let pattern, let negated):
      return space() + (negated ? word("not") + space() : "") + word("like") + space() + quoted(pattern)
    }
  }

  private mutating func text(_ value: FilterOracle.Value) -> String {
    switch value {
    case .number(let number): return number == number.rounded() && chance(50) ? "\(Int(number))" : "\(number)"
    case .seed(let seed): return "\(seed)"
    case .text(let text): return quoted(text)
    case .date(let date): return chance(50) ? date.description : quoted(date.description)
    case .bool(let value): return word(value ? "true" : "false")
    case .other: return "null"
    }
  }

  private mutating func quoted(_ text: String) -> String {
    let quote = pick(["\"", "'"])
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "\\" || String(scalar) == quote {
        result += "\\" + String(scalar)
      } else {
        result += chance(5) ? "\\u{" + String(scalar.value, radix: 16) + "}" : String(scalar)
      }
    }
    return quote + result + quote
  }

  private mutating func space() -> String { pick([" ", "  ", "\n", "\t "]) }

  private mutating func word(_ word: String) -> String { chance(20) ? word.uppercased() : word }
}
