import ModelStore
import Training

extension TrainingResult {
  /// Up to so many classes have precision, recall and F1 each; of more there are macro averages only.
  private static let mostClasses = 50
  /// Room for the longest name before that of a class.
  private static let longestClassName = EpochMetrics.maximumNameBytes - 32

  /// What was measured after epochs as the store keeps it: `learning_rate`; of the training set, and of the validation set if there
  /// was one, `cost.training`, `accuracy.training`, for two classes `auc.training` (the area under the ROC curve), the macro averages
  /// `precision.training`, `recall.training` and `f1.training`, and the same of each class as `f1.training.CLASS`. Of several independent
  /// labels all these with `auc.training` as a mean and of each label, and `label_accuracy.training`; of quantities `cost.training` and,
  /// as a mean and of each, `rmse.training`, `mae.training` and `r2.training`.
  ///
  /// - Parameter labels: the names of the classes.
  func epochMetrics(labels: [String]) -> EpochMetrics? {
    guard !measurements.isEmpty else { return nil }
    let sets: [(name: String, evaluation: (TrainingMeasurement) -> Evaluation?)] =
      [("training", { $0.training })] + (validation == nil ? [] : [("validation", { $0.validation })])
    // As many as there are at most, each of a set and of each class.
    let columns = 1 + sets.count * (7 + 4 * labels.count)
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
    var columns = [("cost.SET", evaluation.cost)]
    func add(_ name: String, _ mean: Double, _ each: [Double]) {
      columns.append(("\(name).SET", mean))
      columns += zip(labels, each).map { ("\(name).SET.\($0)", $1) }
    }
    guard evaluation.task != .regression else {
      add("rmse", evaluation.rootMeanSquaredError, evaluation.quantities.map(\.rootMeanSquaredError))
      add("mae", evaluation.meanAbsoluteError, evaluation.quantities.map(\.meanAbsoluteError))
      add("r2", evaluation.determination, evaluation.quantities.map { $0.determination ?? .nan })
      return columns
    }
    columns.append(("accuracy.SET", evaluation.accuracy))
    if evaluation.task == .multilabel {
      columns.append(("label_accuracy.SET", evaluation.labelAccuracy))
      add("auc", evaluation.macroAreaUnderROC, evaluation.labels.map { $0.areaUnderROC ?? .nan })
    } else if evaluation.examples.count == 2 {
      columns.append(("auc.SET", evaluation.areaUnderROC ?? .nan))
    }
    add("precision", evaluation.macroPrecision, evaluation.precision)
    add("recall", evaluation.macroRecall, evaluation.recall)
    add("f1", evaluation.macroF1, evaluation.f1)
    return columns
  }
}
