import ArgumentParser
import Foundation
import Inference
import Training

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
  /// What the model answers; what cannot be said counts as classes, by the highest output.
  private let task: PredictionTask

  private(set) var scored = 0
  private(set) var failed = 0

  init(_ format: ScoreFormat, model: Model) {
    self.format = format
    self.model = model
    task = PredictionTask(model) ?? .classification
    labelWidth = max(5, model.labels.map { Table.width(of: Format.visible($0)) }.max() ?? 0)
  }

  /// Prints what stands before the results.
  func begin() throws {
    switch format {
    case .table where task == .classification: try output.write(tableRow("LABEL", "SCORE", "PATH"))
    case .table: try output.write(valuesRow(model.labels.map { Format.visible($0) }, "LABELS", "PATH"))
    case .json:
      let identity = model.identity
      try output.write(
        "{\"model\":\(JSONOutput.line(identity.name)),\"version\":\(identity.number),"
          + "\"digest\":\(JSONOutput.line(identity.digest)),\"results\":[")
    case .ndjson: break
    case .csv:
      let columns =
        ["path", "index"] + nameColumn + model.labels.map { (task == .regression ? "value:" : "score:") + $0 }
        + ["error_code", "error"]
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
        try output.write((isFirst ? "\n" : ",\n") + JSONOutput.line(ResultDocument(result, task, labels: model.labels)))
        isFirst = false
      case .ndjson: try output.write(JSONOutput.line(ResultDocument(result, task, labels: model.labels)) + "\n")
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

  /// The column of CSV that says what the answer is; quantities are the answer themselves.
  private var nameColumn: [String] {
    switch task {
    case .classification: ["label"]
    case .multilabel: ["labels"]
    case .regression: []
    }
  }

  /// A row of probabilities or quantities, as wide as their names.
  private func valuesRow(_ values: [String], _ names: String, _ path: String) -> String {
    let cells = zip(values, model.labels).map { value, label in
      String(repeating: " ", count: max(0, max(9, Table.width(of: Format.visible(label))) - Table.width(of: value)))
        + value
    }
    return (cells + (task == .multilabel ? [path, names] : [path])).joined(separator: "  ") + "\n"
  }

  private func writeTable(_ result: ScoreResult) throws {
    switch result.outcome {
    case .failed(_, let message):
      // What failed must stand between its neighbours where both streams go to one terminal.
      try output.flush()
      Terminal.note("nnscore: \(Format.visible(message, keepingLines: true))\n")
    case .scored(let best, let scores):
      let place = Format.visible(result.index.map { "\(result.path)[\($0)]" } ?? result.path)
      guard task == .classification else {
        let names = Self.names(scores, model.labels).map { Format.visible($0) }.joined(separator: ", ")
        let values = scores.map { String(format: task == .regression ? "%.6g" : "%.6f", $0) }
        return try output.write(valuesRow(values, names.isEmpty ? "-" : names, place))
      }
      try output.write(tableRow(Format.visible(model.labels[best]), String(format: "%.6f", scores[best]), place))
    }
  }

  private func writeCSV(_ result: ScoreResult) throws {
    var fields = [result.path, result.index.map(String.init) ?? ""]
    switch result.outcome {
    case .failed(let code, let message):
      fields += nameColumn.map { _ in "" } + model.labels.map { _ in "" } + [code, message]
    case .scored(let best, let scores):
      let names =
        task == .multilabel ? Self.names(scores, model.labels).joined(separator: ";") : model.labels[best]
      fields += nameColumn.map { _ in names } + scores.map { "\($0)" } + ["", ""]
    }
    try output.write(fields.map(Self.csv).joined(separator: ",") + "\r\n")
  }

  /// The labels that are there by their probabilities.
  fileprivate static func names(_ scores: [Float], _ labels: [String]) -> [String] {
    zip(labels, PredictionTask.predictedLabels(scores)).filter(\.1).map(\.0)
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
    case path, index, label, labels, scores, error
  }

  let result: ScoreResult
  let task: PredictionTask
  let labels: [String]

  init(_ result: ScoreResult, _ task: PredictionTask, labels: [String]) {
    self.result = result
    self.task = task
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
      switch task {
      case .classification: try container.encode(labels[best], forKey: .label)
      case .multilabel: try container.encode(ScoreWriter.names(scores, labels), forKey: .labels)
      case .regression: break
      }
      var map = container.nestedContainer(keyedBy: LabelKey.self, forKey: .scores)
      for (label, score) in zip(labels, scores) {
        // A score that is no number is null: JSON has no NaN.
        try map.encode(score.isFinite ? score : nil, forKey: LabelKey(stringValue: label))
      }
    }
  }
}
