import Training

extension TrainingProgress {
  /// Where the run stands, beside its iterations: the epoch unless each iteration is one, the cost, the accuracy on the validation set.
  func detail(stepsPerEpoch: Int) -> String {
    let epochs = (iterations - 1) / stepsPerEpoch + 1
    let epoch = stepsPerEpoch > 1 ? "epoch \(self.epoch + 1)/\(epochs)  " : ""
    let accuracy = measurement?.validation.map { "  val. \($0.shortText)" } ?? ""
    return "\(epoch)cost \(Format.cost(cost))\(accuracy)"
  }
}

extension Trainer {
  /// The steps that use each example once.
  var stepsPerEpoch: Int { hyperparameters.batchSize.map { (data.count - 1) / $0 + 1 } ?? 1 }
}

extension Evaluation {
  /// How good the answers are, in one number: the accuracy of classes and labels, R² of quantities.
  var shortText: String {
    task == .regression
      ? "R² \(determination.isNaN ? "-" : Format.number(determination, digits: 4))" : Format.percent(accuracy)
  }
}
