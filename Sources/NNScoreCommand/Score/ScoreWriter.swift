import ArgumentParser
import Foundation
import Inference

/// How scores are printed.
enum ScoreFormat: String, CaseIterable, ExpressibleByArgument {
  case table, json, ndjson, csv
}

/// Prints results as they come, in one of the formats. Not for two threads at once: the pipeline delivers under its lock.
final class ScoreWriter: @unchecked Sendable {
  private let format: ScoreFormat
  private let model: Model
  private let output = StandardOutput()
  private var isFirst = true
  private let labelWidth: Int

  private(set) var scored = 0
  private(set) var failed = 0

  init(_ format: ScoreFormat, model: Model) {
    self.format = format
    self.model = model
    labelWidth = max(5, model.labels.map { Table.width(of: Format.visible($0)) }.max() ?? 0)
  }

  /// Prints what stands before the results.
  func begin() throws {
    switch format {
    case .table: try output.write(tableRow("LABEL", "SCORE", "PATH"))
    case .json:
      let identity = model.identity
      try output.write(
        "{\"model\":\(JSONOutput.line(identity.name)),\"version\":\(identity.number),"
          + "\"digest\":\(JSONOutput.line(identity.digest)),\"results\":[")
    case .ndjson: break
    case .csv:
      let columns = ["path", "index", "label"] + model.labels.map { "score:\($0)" } + ["error_code", "error"]
      try output.write(columns.map(Self.csv).joined(separator: ",") + "\r\n")
    }
  }

  /// Prints results.
  func write(_ results: [ScoreResult]) throws {
    for result in results {
      if result.isFailed { failed += 1 } else { scored += 1 }
      switch format {
      case .table: try writeTable(result)
      case .json:
        try output.write((isFirst ? "\n" : ",\n") + JSONOutput.line(ResultDocument(result, labels: model.labels)))
        isFirst = false
      case .ndjson: try output.write(JSONOutput.line(ResultDocument(result, labels: model.labels)) + "\n")
      case .csv: try writeCSV(result)
      }
    }
    // One system call a batch, so that whoever reads along need not wait.
    try output.flush()
  }

  /// Prints what stands after the results and hands all to the system.
  func end() throws {
    if format == .json {
      try output.write("\n],\"summary\":{\"failed\":\(failed),\"scored\":\(scored)}}\n")
    }
    try output.flush()
  }

  private func tableRow(_ label: String, _ score: String, _ path: String) -> String {
    let space = String(repeating: " ", count: max(0, labelWidth - Table.width(of: label)))
    return label + space + "  " + String(repeating: " ", count: max(0, 8 - score.count)) + score + "  " + path + "\n"
  }

  private func writeTable(_ result: ScoreResult) throws {
    switch result.outcome {
    case .failed(_, let message):
      // What failed must stand between its neighbours where both streams go to one terminal.
      try output.flush()
      Terminal.note("nnscore: \(Format.visible(message, keepingLines: true))\n")
    case .scored(let best, let scores):
      let place = Format.visible(result.index.map { "\(result.path)[\($0)]" } ?? result.path)
      try output.write(tableRow(Format.visible(model.labels[best]), String(format: "%.6f", scores[best]), place))
    }
  }

  private func writeCSV(_ result: ScoreResult) throws {
    var fields = [result.path, result.index.map(String.init) ?? ""]
    switch result.outcome {
    case .failed(let code, let message):
      fields += [""] + model.labels.map { _ in "" } + [code, message]
    case .scored(let best, let scores):
      fields += [model.labels[best]] + scores.map { "\($0)" } + ["", ""]
    }
    try output.write(fields.map(Self.csv).joined(separator: ",") + "\r\n")
  }

  /// A field after RFC 4180: quoted where it holds a comma, a quote or a line break.
  static func csv(_ field: String) -> String {
    guard field.utf8.contains(where: { $0 == 0x2c || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d }) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}

/// One result in JSON.
private struct ResultDocument: Encodable {
  struct ErrorDocument: Encodable {
    let code: String
    let message: String
  }

  struct LabelKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  enum CodingKeys: String, CodingKey {
    case path, index, label, scores, error
  }

  let result: ScoreResult
  let labels: [String]

  init(_ result: ScoreResult, labels: [String]) {
    self.result = result
    self.labels = labels
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(result.path, forKey: .path)
    try container.encodeIfPresent(result.index, forKey: .index)
    switch result.outcome {
    case .failed(let code, let message):
      try container.encode(ErrorDocument(code: code, message: message), forKey: .error)
    case .scored(let best, let scores):
      try container.encode(labels[best], forKey: .label)
      var map = container.nestedContainer(keyedBy: LabelKey.self, forKey: .scores)
      for (label, score) in zip(labels, scores) {
        // A score that is no number is null: JSON has no NaN.
        try map.encode(score.isFinite ? score : nil, forKey: LabelKey(stringValue: label))
      }
    }
  }
}
