import Training

extension TrainingResult {
  /// What was measured of the result, as the store keeps it with the version: of each set the cost; the accuracy of classes and of whole
  /// sets of labels; the accuracy by label and the mean F1 of labels; RMSE, mean absolute error and R² of quantities. What is not a finite
  /// number is left out. With early stopping also the epoch whose parameters were kept.
  var metrics: [String: Double] {
    var metrics: [String: Double] = [:]
    for (set, evaluation) in [("training", training), ("validation", validation)] {
      guard let evaluation else { continue }
      for (name, value) in evaluation.summary where value.isFinite { metrics["\(name).\(set)"] = value }
    }
    // Whose parameters these are, as the last epoch's need not be the best.
    if hyperparameters.earlyStopping != nil { metrics["best_epoch"] = Double(epoch) }
    return metrics
  }
}

extension Evaluation {
  /// What tells at once how good the answers are.
  fileprivate var summary: [(name: String, value: Double)] {
    switch task {
    case .classification: [("cost", cost), ("accuracy", accuracy)]
    case .multilabel:
      [("cost", cost), ("accuracy", accuracy), ("label_accuracy", labelAccuracy), ("f1", macroF1)]
    case .regression:
      [("cost", cost), ("rmse", rootMeanSquaredError), ("mae", meanAbsoluteError), ("r2", determination)]
    }
  }
}
