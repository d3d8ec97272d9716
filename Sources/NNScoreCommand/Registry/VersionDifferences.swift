import Foundation
import Inference
import ModelStore

/// What was recorded about two versions, name by name, apart from their weights.
struct VersionDifferences {
  /// A value for programs and as people read it.
  struct Value: Equatable {
    let json: JSONValue
    let text: String
    /// The number that it is, for the change from one to the other.
    var number: Double?
    /// Whether it says that there is none, as a hyperparameter that is null does.
    var isNone = false

    static func == (a: Value, b: Value) -> Bool { a.json == b.json }
  }

  /// One thing that both versions, or one of them, have a value of.
  struct Field {
    /// Its name within its section.
    let name: String
    /// Its name where all stand in one list, as the filters of `nnscore versions --where` have it.
    let title: String
    let first: Value?
    let second: Value?

    var isEqual: Bool { Self.known(first) == Self.known(second) }

    private static func known(_ value: Value?) -> Value? { value.flatMap { $0.isNone ? nil : $0 } }
  }

  /// Fields that belong together.
  struct Section {
    /// Its name in the document.
    let name: String
    /// What a list of what is equal calls it.
    let title: String
    let fields: [Field]

    var isEqual: Bool { fields.allSatisfy(\.isEqual) }
  }

  let sections: [Section]

  init(_ comparison: VersionComparison) {
    let first = Self.values(of: comparison.first, costs: comparison.firstCosts)
    let second = Self.values(of: comparison.second, costs: comparison.secondCosts)
    sections = zip(Self.titles, zip(first, second)).map { section, values in
      let (ours, theirs) = values
      let names = ours.map(\.name) + theirs.map(\.name).filter { name in !ours.contains { $0.name == name } }
      return Section(
        name: section.name, title: section.title,
        fields: names.map { name in
          Field(
            name: name, title: section.prefix + name, first: ours.first { $0.name == name }?.value,
            second: theirs.first { $0.name == name }?.value)
        })
    }
  }

  private typealias Named = (name: String, value: Value)

  private static let titles: [(name: String, title: String, prefix: String)] = [
    ("architecture", "architecture", "architecture."), ("input_format", "input format", "input."),
    ("hyperparameters", "hyperparameters", "hp."), ("metrics", "metrics", ""), ("cost", "cost", "cost."),
    ("lineage", "lineage", ""),
  ]

  /// The values of one version, a list for each of ``titles``.
  private static func values(of record: VersionRecord, costs: [Double]) -> [[Named]] {
    [
      architecture(record), input(record.inputFormat), hyperparameters(record.hyperparameters),
      record.summary.metrics.sorted { $0.key < $1.key }.map { name, value in
        (name, number(value, Format.metric(name, value)))
      },
      costs.isEmpty
        ? []
        : [
          ("first", number(costs[0], Format.cost(costs[0]))),
          ("final", number(costs[costs.count - 1], Format.cost(costs[costs.count - 1]))),
          ("iterations", integer(costs.count)),
        ],
      lineage(record.lineage),
    ]
  }

  private static func architecture(_ record: VersionRecord) -> [Named] {
    let layers = record.architecture.layers
    return [
      ("inputs", integer(record.architecture.inputs)),
      (
        "layers",
        Value(
          json: .array(
            layers.map {
              .object(["outputs": .integer(Int64($0.outputs)), "activation": .string("\($0.activation.name)")])
            }),
          text: layers.map { "\($0.outputs) \($0.activation.name)" }.joined(separator: " → "))
      ),
      ("parameters", integer(record.summary.parameterCount)),
      ("precision", text("\(record.summary.precision.name)")),
      ("labels", Value(json: .array(record.labels.map { .string($0) }), text: record.labels.joined(separator: ", "))),
    ]
  }

  private static func input(_ format: InputFormat) -> [Named] {
    func numbers(_ values: [Double]) -> Value {
      Value(
        json: .array(values.map { .number($0) }), text: values.map { Format.number($0) }.joined(separator: ", "))
    }
    return [
      ("type", text("\(format.elementType.name)")),
      ("height", integer(format.height)), ("width", integer(format.width)), ("channels", integer(format.channels)),
      ("fit", text("\(format.fit.name)")), ("filter", text("\(format.filter.name)")),
      ("jpeg", text("\(format.jpeg.name)")),
      ("background", numbers(format.background.map { Double($0) })),
      ("scale", number(format.scale, Format.number(format.scale, digits: 6))), ("mean", numbers(format.mean)),
      ("standard_deviation", numbers(format.standardDeviation)),
    ]
  }

  private static func hyperparameters(_ json: String) -> [Named] {
    guard case .object(let values)? = try? JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)) else {
      return [("text", text(json))]
    }
    return values.sorted { $0.key < $1.key }.map {
      ($0.key, Value(json: $0.value, text: $0.value.text, isNone: $0.value == .null))
    }
  }

  private static func lineage(_ lineage: Lineage) -> [Named] {
    var result: [Named] = []
    if let parent = lineage.parent { result.append(("parent", text("\(parent.name)@\(parent.number)"))) }
    for (name, dataset) in [("dataset.training", lineage.training), ("dataset.validation", lineage.validation)] {
      guard let dataset else { continue }
      result.append(
        (
          name,
          Value(
            json: .object([
              "fingerprint": .string(dataset.fingerprint), "count": .integer(Int64(dataset.count)),
              "path": .string(dataset.path), "kind": .string(dataset.kind),
            ]),
            text: "\(Format.count(dataset.count)) of \(dataset.path), \(Format.digest(dataset.fingerprint))")
        ))
    }
    if let sweep = lineage.sweep { result.append(("sweep", text("\(sweep.name), trial \(sweep.trial)"))) }
    if let seed = lineage.seed { result.append(("seed", Value(json: .unsigned(seed), text: "\(seed)"))) }
    if let code = lineage.codeVersion { result.append(("code_version", text(code))) }
    if let machine = lineage.machine { result.append(("machine", text(machine))) }
    if let seconds = lineage.duration?.inSeconds {
      result.append(("duration", Value(json: .number(seconds), text: Format.duration(seconds))))
    }
    return result
  }

  private static func text(_ value: String) -> Value { Value(json: .string(value), text: value) }

  private static func integer(_ value: Int) -> Value {
    Value(json: .integer(Int64(value)), text: Format.count(value), number: Double(value))
  }

  private static func number(_ value: Double, _ text: String) -> Value {
    Value(json: value.isFinite ? .number(value) : .null, text: text, number: value.isFinite ? value : nil)
  }
}
