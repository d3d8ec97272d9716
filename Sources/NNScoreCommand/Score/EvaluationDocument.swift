import Inference
import Training

/// What `evaluate --json` prints.
struct EvaluationDocument: Encodable {
  struct Class: Encodable {
    let label: String
    let examples: Int
    let precision: JSONNumber
    let recall: JSONNumber
    let f1: JSONNumber
  }

  struct Macro: Encodable {
    let precision: JSONNumber
    let recall: JSONNumber
    let f1: JSONNumber
  }

  private enum CodingKeys: String, CodingKey {
    case model, version, digest, count, accuracy, cost, labels, confusion, classes, macro, mistakes
    case areaUnderROC = "area_under_roc"
  }

  let model: String
  let version: Int
  let digest: String
  let count: Int
  let accuracy: Double
  let cost: JSONNumber
  let labels: [String]
  let confusion: [[Int]]
  let classes: [Class]
  let macro: Macro
  let areaUnderROC: JSONNumber
  let mistakes: MistakeFiles.Document?

  /// - Parameter mistakes: what was written of them, if they were asked for.
  init(_ evaluation: Evaluation, of model: Model, mistakes: MistakeFiles.Document?) {
    self.model = model.identity.name
    version = model.identity.number
    digest = model.identity.digest
    count = evaluation.count
    accuracy = evaluation.accuracy
    cost = JSONNumber(evaluation.cost)
    labels = model.labels
    confusion = evaluation.confusion
    let (examples, precision) = (evaluation.examples, evaluation.precision)
    let (recall, f1) = (evaluation.recall, evaluation.f1)
    classes = model.labels.indices.map { index in
      Class(
        label: model.labels[index], examples: examples[index], precision: JSONNumber(precision[index]),
        recall: JSONNumber(recall[index]), f1: JSONNumber(f1[index]))
    }
    macro = Macro(
      precision: JSONNumber(evaluation.macroPrecision), recall: JSONNumber(evaluation.macroRecall),
      f1: JSONNumber(evaluation.macroF1))
    areaUnderROC = JSONNumber(evaluation.areaUnderROC ?? .nan)
    self.mistakes = mistakes
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(version, forKey: .version)
    try container.encode(digest, forKey: .digest)
    try container.encode(count, forKey: .count)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(cost, forKey: .cost)
    try container.encode(labels, forKey: .labels)
    try container.encode(confusion, forKey: .confusion)
    try container.encode(classes, forKey: .classes)
    try container.encode(macro, forKey: .macro)
    try container.encode(areaUnderROC, forKey: .areaUnderROC)
    // Null where they were not asked for.
    try container.encode(mistakes, forKey: .mistakes)
  }
}
