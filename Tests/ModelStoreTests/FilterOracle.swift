import Foundation
import Inference
import ModelStore

/// What the filter language means, in plain Swift: what the store's answers are compared with.
enum FilterOracle {
  enum Value: Hashable {
    case number(Double), seed(UInt64), text(String), date(Timestamp), bool(Bool)
    /// An array or object of the hyperparameters: there, but equal to nothing.
    case other

    /// Below 0, 0 or above 0 as `self` stands before, with or behind another value; nil between types.
    func order(_ other: Value) -> Int? {
      func sign<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a == b ? 0 : 1 }
      switch (self, other) {
      case (.number(let a), .number(let b)): return sign(a, b)
      case (.seed(let a), .seed(let b)): return sign(a, b)
      case (.date(let a), .date(let b)): return sign(a, b)
      case (.bool(let a), .bool(let b)): return sign(a ? 1 : 0, b ? 1 : 0)
      case (.text(let a), .text(let b)):
        return a.utf8.elementsEqual(b.utf8) ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
      default: return nil
      }
    }
  }

  enum Field: CaseIterable {
    case number, created, digest, note, serving, alias, tagTeam, tagOdd, accuracy, odd, costFinal, iterations, rate,
      nested, mixed
    case height, channels, inputType, inputJPEG, layers, outputs, parameters, precision, activation, label, parent,
      sweep, trial, seed, training, trainingCount
    case validationKind, machine, codeVersion, duration

    /// How it is written.
    var name: String {
      switch self {
      case .number, .created, .digest, .note, .serving, .alias, .iterations, .precision, .activation, .label,
        .parent, .sweep, .trial, .seed, .machine, .duration:
        "\(self)"
      case .tagTeam: "tag.team"
      case .tagOdd: "tag.'9-odd.x'"
      case .accuracy: "accuracy.validation"
      case .odd: "metric.'9odd'"
      case .costFinal: "cost.final"
      case .rate: "hp.learning_rate"
      case .nested: "hyperparameter.optimizer.name"
      case .mixed: "hp.\"mi.xed'\\\"\""
      case .height: "input.height"
      case .channels: "input.channels"
      case .inputType: "input.type"
      case .inputJPEG: "input.jpeg"
      case .layers: "architecture.layers"
      case .outputs: "architecture.outputs"
      case .parameters: "architecture.parameters"
      case .training: "dataset.training"
      case .trainingCount: "dataset.training.count"
      case .validationKind: "dataset.validation.kind"
      case .codeVersion: "code_version"
      }
    }

    var isMultiple: Bool { self == .alias || self == .activation || self == .label }

    /// The values that a version has of it.
    func values(_ version: Sample) -> [Value] {
      let record = version.record
      func text(_ value: String?) -> [Value] { value.map { [.text($0)] } ?? [] }
      func number(_ value: Double?) -> [Value] { value.map { [.number($0)] } ?? [] }
      switch self {
      case .number: return number(Double(record.number))
      case .created: return [.date(version.created)]
      case .digest: return text(record.digest)
      case .note: return text(version.note)
      case .serving: return [.bool(version.isServing)]
      case .alias: return version.aliases.map { .text($0) }
      case .tagTeam: return text(version.tags["team"])
      case .tagOdd: return text(version.tags["9-odd.x"])
      case .accuracy: return number(version.draft.metrics["accuracy.validation"])
      case .odd: return number(version.draft.metrics["9odd"])
      case .costFinal: return number(version.draft.costs.last.flatMap { $0.isNaN ? nil : $0 })
      case .iterations: return number(version.draft.costs.isEmpty ? nil : Double(version.draft.costs.count))
      case .rate: return version.hyperparameters["learning_rate"]?.values ?? []
      case .nested:
        if case .object(let members)? = version.hyperparameters["optimizer"] { return members["name"]?.values ?? [] }
        return []
      case .mixed: return version.hyperparameters["mi.xed'\""]?.values ?? []
      case .height: return number(Double(record.inputFormat.height))
      case .channels: return number(Double(record.inputFormat.channels))
      case .inputJPEG: return text("\(record.inputFormat.jpeg.name)")
      case .inputType: return text("\(record.inputFormat.elementType.name)")
      case .layers: return number(Double(record.architecture.layers.count))
      case .outputs: return number(Double(record.architecture.outputs))
      case .parameters: return number(Double(record.architecture.parameterCount))
      case .precision: return [.text("\(record.summary.precision.name)")]
      case .activation: return record.architecture.layers.map { .text("\($0.activation.name)") }
      case .label: return record.labels.map { .text($0) }
      case .parent: return text(record.lineage.parent.map { "\($0.name)@\($0.number)" })
      case .sweep: return text(record.lineage.sweep?.name)
      case .trial: return number(record.lineage.sweep.map { Double($0.trial) })
      case .seed: return record.lineage.seed.map { [.seed($0)] } ?? []
      case .training: return text(record.lineage.training?.fingerprint)
      case .trainingCount: return number(record.lineage.training.map { Double($0.count) })
      case .validationKind: return text(record.lineage.validation?.kind)
      case .machine: return text(record.lineage.machine)
      case .codeVersion: return text(record.lineage.codeVersion)
      case .duration:
        return number(record.lineage.duration.map { Double(Int($0 / .milliseconds(1))) / 1000 })
      }
    }
  }

  enum Condition {
    case compare(String, Value)
    case among([Value], negated: Bool)
    case like(String, negated: Bool)
    case exists, missing, isTrue
  }

  indirect enum Query {
    case all([Query]), any([Query]), not(Query), test(Field, Condition)

    /// How many comparisons it has; each value of a list is one.
    var size: Int {
      switch self {
      case .all(let terms), .any(let terms): terms.reduce(0) { $0 + $1.size }
      case .not(let term): term.size
      case .test(_, .among(let values, _)): values.count
      case .test: 1
      }
    }

    func holds(_ version: Sample) -> Bool {
      switch self {
      case .all(let terms): return terms.allSatisfy { $0.holds(version) }
      case .any(let terms): return terms.contains { $0.holds(version) }
      case .not(let term): return !term.holds(version)
      case .test(let field, let condition):
        let values = field.values(version)
        switch condition {
        case .exists: return !values.isEmpty
        case .missing: return values.isEmpty
        case .isTrue: return values == [.bool(true)]
        case .compare(let comparison, let wanted):
          return values.contains { value in
            guard let order = value.order(wanted) else { return false }
            switch comparison {
            case "=": return order == 0
            case "!=": return order != 0
            case "<": return order < 0
            case "<=": return order <= 0
            case ">": return order > 0
            default: return order >= 0
            }
          }
        case .among(let list, let negated):
          return values.contains { value in
            let orders = list.compactMap { value.order($0) }
            return orders.count == list.count && orders.contains(0) != negated
          }
        case .like(let pattern, let negated):
          return values.contains {
            guard case .text(let text) = $0 else { return false }
            return FilterOracle.matches(Array(text.unicodeScalars)[...], Array(pattern.unicodeScalars)[...]) != negated
          }
        }
      }
    }
  }

  /// `%` any text, `_` one character, `\` the next as it is, the case of A to Z aside.
  static func matches(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>) -> Bool {
    func folded(_ scalar: Unicode.Scalar) -> UInt32 {
      (0x41...0x5a).contains(scalar.value) ? scalar.value + 32 : scalar.value
    }
    guard let first = pattern.first else { return text.isEmpty }
    var rest = pattern.dropFirst()
    if first == "%" { return (0...text.count).contains { matches(text.dropFirst($0), rest) } }
    guard let head = text.first else { return false }
    if first == "_" { return matches(text.dropFirst(), rest) }
    let wanted = first == "\\" ? rest.removeFirst() : first
    return folded(head) == folded(wanted) && matches(text.dropFirst(), rest)
  }
}

/// A registered version and what was put on it.
struct Sample {
  /// Any JSON.
  indirect enum JSON: Encodable, Sendable {
    case null, bool(Bool), integer(Int), number(Double), text(String), array([JSON]), object([String: JSON])

    /// What a filter sees of it.
    var values: [FilterOracle.Value] {
      switch self {
      case .null: []
      case .bool(let value): [.bool(value)]
      case .integer(let value): [.number(Double(value))]
      case .number(let value): [.number(value)]
      case .text(let value): [.text(value)]
      case .array, .object: [.other]
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .null: try container.encodeNil()
      case .bool(let value): try container.encode(value)
      case .integer(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      case .array(let value): try container.encode(value)
      case .object(let value): try container.encode(value)
      }
    }
  }

  var draft: VersionDraft
  var hyperparameters: [String: JSON]
  var record: VersionRecord
  var created: Timestamp
  var note: String
  var isServing = false
  var isDeleted = false
  var aliases: [String] = []
  var tags: [String: String] = [:]
}
