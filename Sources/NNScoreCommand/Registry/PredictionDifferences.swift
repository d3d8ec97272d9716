import Datasets
import Foundation
import Images
import Inference
import ModelStore
import Training

/// How the answers of two versions to a labelled set differ.
struct PredictionDifferences {
  let comparison: PredictionComparison
  /// The names of both versions.
  let first: String
  let second: String
  /// The set's path.
  let path: String
  /// The file of each of the examples that changed most; nil where the set is one file of rows.
  let files: [String?]

  /// Scores the set with both versions, batch by batch.
  init(_ versions: VersionComparison, in store: ModelStore, data: String, _ top: Int?, _ threads: Int?) throws {
    // By their numbers: what a reference means may have changed since.
    let models = try [versions.first, versions.second].map {
      try store.model(Reference(model: $0.model, .number($0.number)))
    }
    var comparer = try PredictionComparer(
      models[0], models[1], top: top ?? 10, threads: threads ?? Machine.cores)
    let rules = try models.map { try $0.rule(for: data) }
    let examples = try LabelledExamples(path: data, rules: rules)
    for model in models { try model.requireClasses(examples.classNames, path: data) }
    let classes = examples.classNames.map { name in comparer.classNames.firstIndex(of: name) ?? 0 }

    let progress = ProgressBar("comparing", unit: "images")
    defer { progress.finish() }
    while let batch = try examples.next() {
      try comparer.add(batch.rows[0], batch.rows[1], labels: batch.labels.map { classes[$0] })
      progress.update(batch.first + batch.labels.count, of: examples.count)
    }
    comparison = try comparer.result()
    files = comparison.mostChanged.map { examples.file(of: $0.index) }
    first = versions.first.reference
    second = versions.second.reference
    path = data
  }
}

extension Model {
  /// How the examples of a set are made into this model's rows.
  fileprivate func rule(for path: String) throws -> ImageRule {
    guard let rule = inputFormat.imageRule else {
      throw Failure(
        .badData, code: "sizeMismatch",
        "\(path): \(identity.name)@\(identity.number) takes examples of \(inputFormat.shape), which are no pictures")
    }
    return rule
  }

  /// Checks that the model knows every class of a set.
  fileprivate func requireClasses(_ names: [String], path: String) throws {
    let known = Set(labels)
    guard let unknown = names.first(where: { !known.contains($0) }) else { return }
    throw DatasetError(
      code: .unknownClass,
      message:
        "\(path): it has the class \"\(unknown)\", which \(identity.name)@\(identity.number) does not know; it knows "
        + labels.prefix(10).map { "\"\($0)\"" }.joined(separator: ", ") + (labels.count > 10 ? ", …" : ""))
  }
}

/// The differences as JSON.
extension PredictionDifferences: Encodable {
  private struct Share<Value: Encodable>: Encodable {
    let first: Value
    let second: Value
  }

  private struct Right: Encodable {
    let both: Int
    let onlyFirst: Int
    let onlySecond: Int
    let neither: Int

    enum CodingKeys: String, CodingKey {
      case both, neither
      case onlyFirst = "only_first"
      case onlySecond = "only_second"
    }
  }

  private struct Test: Encodable {
    private let test: McNemarTest

    init(_ test: McNemarTest) { self.test = test }

    enum CodingKeys: String, CodingKey {
      case method, discordant, statistic
      case pValue = "p_value"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(test.method == .exactBinomial ? "exact_binomial" : "chi_squared", forKey: .method)
      try container.encode(test.onlyFirst + test.onlySecond, forKey: .discordant)
      try container.encode(test.statistic, forKey: .statistic)
      try container.encode(test.pValue, forKey: .pValue)
    }
  }

  private struct Transition: Encodable {
    let from: String
    let to: String
    let count: Int
    let becameRight: Int
    let becameWrong: Int

    enum CodingKeys: String, CodingKey {
      case from, to, count
      case becameRight = "became_right"
      case becameWrong = "became_wrong"
    }
  }

  private struct Answer: Encodable {
    let label: String
    let probability: JSONNumber
  }

  private struct Example: Encodable {
    let path: String
    let row: Int?
    let label: String
    let first: Answer
    let second: Answer
    let change: JSONNumber

    enum CodingKeys: String, CodingKey {
      case path, row, label, first, second, change
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(path, forKey: .path)
      try container.encode(row, forKey: .row)
      try container.encode(label, forKey: .label)
      try container.encode(first, forKey: .first)
      try container.encode(second, forKey: .second)
      try container.encode(change, forKey: .change)
    }
  }

  private enum CodingKeys: String, CodingKey {
    case data, count, changed, accuracy, right, mcnemar, transitions, examples
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let names = comparison.classNames
    func answer(_ answer: PredictionComparison.Answer) -> Answer {
      Answer(label: names[answer.label], probability: JSONNumber(Double(answer.probability)))
    }
    try container.encode(path, forKey: .data)
    try container.encode(comparison.count, forKey: .count)
    try container.encode(comparison.changed, forKey: .changed)
    try container.encode(
      Share(first: comparison.firstAccuracy, second: comparison.secondAccuracy), forKey: .accuracy)
    try container.encode(
      Right(
        both: comparison.bothRight, onlyFirst: comparison.onlyFirstRight, onlySecond: comparison.onlySecondRight,
        neither: comparison.bothWrong), forKey: .right)
    try container.encode(Test(comparison.test), forKey: .mcnemar)
    try container.encode(
      comparison.transitions.map {
        Transition(
          from: names[$0.from], to: names[$0.to], count: $0.count, becameRight: $0.corrected, becameWrong: $0.spoiled)
      }, forKey: .transitions)
    try container.encode(
      zip(comparison.mostChanged, files).map { example, file in
        Example(
          path: file ?? path, row: file == nil ? example.index : nil, label: names[example.label],
          first: answer(example.first), second: answer(example.second), change: JSONNumber(Double(example.change)))
      }, forKey: .examples)
  }
}
