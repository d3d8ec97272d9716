import ModelStore
import Training

extension TrainingResult {
  /// Up to so many classes have precision, recall and F1 each; of more there are macro averages only.
  private static let mostClasses = 50
  /// Room for the longest name before that of a class.
  private static let longestClassName = EpochMetrics.maximumNameBytes - 32

  /// What was measured after epochs as the store keeps it: `learning_rate`; of the training set, and of the validation set if there
  /// was one, `cost.training`, `accuracy.training`, for two classes `auc.training` (the area under the ROC curve), the macro averages
  /// `precision.training`, `recall.training` and `f1.training`, and the same of each class as `f1.training.CLASS`.
  ///
  /// - Parameter labels: the names of the classes.
  func epochMetrics(labels: [String]) -> EpochMetrics? {
    guard !measurements.isEmpty else { return nil }
    let sets: [(name: String, evaluation: (TrainingMeasurement) -> Evaluation?)] =
      [("training", { $0.training })] + (validation == nil ? [] : [("validation", { $0.validation })])
    let perSet = 5 + (labels.count == 2 ? 1 : 0)
    let columns = 1 + sets.count * (perSet + 3 * labels.count)
    let isEach =
      labels.count <= Self.mostClasses && columns < EpochMetrics.maximumValueCount / (measurements.count + 1)
      && labels.allSatisfy { $0.utf8.count <= Self.longestClassName && !$0.utf8.contains(0) }

    var names = ["learning_rate"]
    var values: [Double] = []
    for (row, measurement) in measurements.enumerated() {
      values.append(measurement.learningRate)
      for set in sets {
        let columns = set.evaluation(measurement).map { Self.columns($0, labels: isEach ? labels : []) }
        for (name, value) in columns ?? [] {
          if row == 0 { names.append(name.replacing("SET", with: set.name, maxReplacements: 1)) }
          values.append(value)
        }
      }
    }
    return EpochMetrics(epochs: measurements.map(\.epoch), names: names, values: values)
  }

  /// The numbers of one evaluation, with SET in place of the set's name.
  private static func columns(_ evaluation: Evaluation, labels: [String]) -> [(name: String, value: Double)] {
    var columns = [("cost.SET", evaluation.cost), ("accuracy.SET", evaluation.accuracy)]
    if evaluation.confusion.count == 2 { columns.append(("auc.SET", evaluation.areaUnderROC ?? .nan)) }
    for (name, macro, each) in [
      ("precision", evaluation.macroPrecision, evaluation.precision),
      ("recall", evaluation.macroRecall, evaluation.recall),
      ("f1", evaluation.macroF1, evaluation.f1),
    ] {
      columns.append(("\(name).SET", macro))
      columns += zip(labels, each).map { ("\(name).SET.\($0)", $1) }
    }
    return columns
  }
}
