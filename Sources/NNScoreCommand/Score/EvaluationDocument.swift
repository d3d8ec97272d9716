import Inference
import Training

/// What `evaluate --json` prints.
struct EvaluationDocument: Encodable {
  struct Class: Encodable {
    let label: String
    let examples: Int
    /// Of several independent labels, the part of the examples in which this one was told; null for classes.
    let accuracy: JSONNumber
    let precision: JSONNumber
    let recall: JSONNumber
    let f1: JSONNumber
    let areaUnderROC: JSONNumber

    enum CodingKeys: String, CodingKey {
      case label, examples, accuracy, precision, recall, f1
      case areaUnderROC = "area_under_roc"
    }
  }

  struct Quantity: Encodable {
    let label: String
    let rmse: JSONNumber
    let mae: JSONNumber
    let r2: JSONNumber
  }

  struct Macro: Encodable {
    let precision: JSONNumber
    let recall: JSONNumber
    let f1: JSONNumber
  }

  private enum CodingKeys: String, CodingKey {
    case model, version, digest, task, count, accuracy, cost, labels, confusion, classes, macro, rmse, mae, r2,
      quantities
    case mistakes
    case labelAccuracy = "label_accuracy"
    case areaUnderROC = "area_under_roc"
  }

  let model: String
  let version: Int
  let digest: String
  let task: PredictionTask
  let count: Int
  let accuracy: JSONNumber
  let labelAccuracy: JSONNumber
  let cost: JSONNumber
  let labels: [String]
  let confusion: [[Int]]
  let classes: [Class]
  let macro: Macro
  let areaUnderROC: JSONNumber
  let rmse: JSONNumber
  let mae: JSONNumber
  let r2: JSONNumber
  let quantities: [Quantity]
  let mistakes: MistakeFiles.Document?

  /// - Parameter mistakes: what was written of them, if they were asked for.
  init(_ evaluation: Evaluation, of model: Model, mistakes: MistakeFiles.Document?) {
    self.model = model.identity.name
    version = model.identity.number
    digest = model.identity.digest
    count = evaluation.count
    task = evaluation.task
    accuracy = JSONNumber(evaluation.accuracy)
    labelAccuracy = JSONNumber(evaluation.labelAccuracy)
    cost = JSONNumber(evaluation.cost)
    labels = model.labels
    confusion = evaluation.confusion
    let (examples, precision) = (evaluation.examples, evaluation.precision)
    let (recall, f1) = (evaluation.recall, evaluation.f1)
    classes =
      evaluation.task == .regression
      ? []
      : model.labels.indices.map { index in
        let label = evaluation.labels.isEmpty ? nil : evaluation.labels[index]
        return Class(
          label: model.labels[index], examples: examples[index], accuracy: JSONNumber(label?.accuracy ?? .nan),
          precision: JSONNumber(precision[index]), recall: JSONNumber(recall[index]), f1: JSONNumber(f1[index]),
          areaUnderROC: JSONNumber(label?.areaUnderROC ?? .nan))
      }
    macro = Macro(
      precision: JSONNumber(evaluation.macroPrecision), recall: JSONNumber(evaluation.macroRecall),
      f1: JSONNumber(evaluation.macroF1))
    areaUnderROC = JSONNumber(evaluation.areaUnderROC ?? evaluation.macroAreaUnderROC)
    rmse = JSONNumber(evaluation.rootMeanSquaredError)
    mae = JSONNumber(evaluation.meanAbsoluteError)
    r2 = JSONNumber(evaluation.determination)
    quantities = zip(model.labels, evaluation.quantities).map { label, quantity in
      Quantity(
        label: label, rmse: JSONNumber(quantity.rootMeanSquaredError), mae: JSONNumber(quantity.meanAbsoluteError),
        r2: JSONNumber(quantity.determination ?? .nan))
    }
    self.mistakes = mistakes
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(version, forKey: .version)
    try container.encode(digest, forKey: .digest)
    try container.encode(task, forKey: .task)
    try container.encode(count, forKey: .count)
    try container.encode(labelAccuracy, forKey: .labelAccuracy)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(cost, forKey: .cost)
    try container.encode(labels, forKey: .labels)
    try container.encode(confusion, forKey: .confusion)
    try container.encode(classes, forKey: .classes)
    try container.encode(macro, forKey: .macro)
    try container.encode(areaUnderROC, forKey: .areaUnderROC)
    try container.encode(rmse, forKey: .rmse)
    try container.encode(mae, forKey: .mae)
    try container.encode(r2, forKey: .r2)
    try container.encode(quantities, forKey: .quantities)
    // Null where they were not asked for.
    try container.encode(mistakes, forKey: .mistakes)
  }
}
