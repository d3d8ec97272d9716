import Training

extension TrainingProgress {
  /// Where the run stands, beside its iterations: the epoch unless each iteration is one, the cost, the accuracy on the validation set.
  func detail(stepsPerEpoch: Int) -> String {
    let epochs = (iterations - 1) / stepsPerEpoch + 1
    let epoch = stepsPerEpoch > 1 ? "epoch \(self.epoch + 1)/\(epochs)  " : ""
    let accuracy = measurement?.validation.map { "  val. \(Format.percent($0.accuracy))" } ?? ""
    return "\(epoch)cost \(Format.cost(cost))\(accuracy)"
  }
}

extension Trainer {
  /// The steps that use each example once.
  var stepsPerEpoch: Int { hyperparameters.batchSize.map { (data.count - 1) / $0 + 1 } ?? 1 }
}
