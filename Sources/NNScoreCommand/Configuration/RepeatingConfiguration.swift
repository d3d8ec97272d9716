import Foundation
import Inference
import ModelStore
import Training

/// The configuration that trains a version again, to the same bits where the data is the same.
struct RepeatingConfiguration {
  /// Keys and values in the order of ``TrainKey``.
  private let entries: [(key: TrainKey, value: JSONValue)]
  private let version: String

  /// - Throws: ``Failure`` for a version that cannot be trained again from what is recorded.
  init(_ record: VersionRecord, in store: ModelStore) throws {
    let recorded = try RecordedTraining(record)
    version = recorded.name
    var values: [TrainKey: JSONValue] = [:]
    for (name, value) in recorded.values {
      if let key = TrainKey(rawValue: name) { values[key] = value }
    }
    values[.name] = .string(record.model)
    values[.data] = .string(recorded.training.path)
    values[.validation] = record.lineage.validation.map { .string($0.path) }
    // The note of a sweep's version is not its user's, and its repetition is no trial.
    if !record.summary.note.isEmpty, record.lineage.sweep == nil { values[.note] = .string(record.summary.note) }
    if let parent = try recorded.parent(in: store) {
      for key in [TrainKey.hidden, .initialization] { values[key] = nil }
      let name = JSONValue.string("\(parent.model)@\(parent.number)")
      if parent.architecture == record.architecture, parent.inputFormat == record.inputFormat,
        parent.labels == record.labels
      {
        values[.activation] = nil
        values[.from] = name
      } else {
        // Its parameters alone, in a network, or on pictures or classes, of one's own.
        values[.initFrom] = name
        values.merge(Self.input(record.inputFormat)) { $1 }
      }
    } else {
      values.merge(Self.input(record.inputFormat)) { $1 }
    }
    if values[.from] == nil, let task = PredictionTask(record.architecture, labelCount: record.labels.count),
      task != .classification
    {
      // Its numbers may look like those of another task.
      values[.task] = .string(task.rawValue)
    }
    entries = TrainKey.allCases.compactMap { key in values[key].map { (key, $0) } }
  }

  /// What makes rows of pictures, said in full: what is left out means something else where it has another default.
  static func input(_ format: InputFormat) -> [TrainKey: JSONValue] {
    let isNormalized = format.mean.contains { $0 != 0 } || format.standardDeviation.contains { $0 != 1 }
    let background = format.background.map { String(format: "%02x", Int($0)) }.joined()
    return [
      .size: .string("\(format.height)x\(format.width)"), .grey: .bool(format.channels == 1),
      .fit: .string("\(format.fit.name)"), .filter: .string("\(format.filter.name)"),
      .jpeg: .string("\(format.jpeg.name)"), .background: .string(background), .normalize: .bool(isNormalized),
    ]
  }

  /// The configuration as JSON.
  func json() throws -> String {
    try JSONOutput.document(Dictionary(uniqueKeysWithValues: entries.map { ($0.key.rawValue, $0.value) }))
  }

  /// The configuration as YAML.
  var yaml: String {
    let lines = entries.map { "\($0.key.rawValue): \(Self.yaml($0.value))\n" }
    return "# Repeats \(version): nnscore train --config FILE\n" + lines.joined()
  }

  private static func yaml(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): quoted(text)
    case .array(let values): "[\(values.map(yaml).joined(separator: ", "))]"
    case .number(let number): yaml(number)
    case .null: "null"
    default: value == .bool(true) ? "true" : value == .bool(false) ? "false" : value.text
    }
  }

  /// A number that readers of YAML 1.1 take for one too: those want a point before an exponent.
  private static func yaml(_ number: Double) -> String {
    let text = "\(number)"
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }

  /// A text as it is where that is one to every reader, else in quotes.
  private static func quoted(_ text: String) -> String {
    let reserved: Set = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    let isPlain =
      text.first?.isLetter == true
      && text.utf8.allSatisfy { byte in
        byte < 0x80
          && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
            || "_-./@".utf8.contains(byte))
      }
    if isPlain, !reserved.contains(text.lowercased()) { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22, 0x5c: result += "\\" + String(scalar)
      case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff:
        result += "\\u" + String(format: "%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
