extension Model {
  /// One score for each label, from the outputs of one example.
  ///
  /// For a single sigmoid output p of two labels these are 1 − p and p, otherwise the outputs themselves.
  ///
  /// - Parameter outputs: one row of what ``Scorer`` gives.
  public func labelScores(of outputs: some Collection<Float>) -> [Float] {
    guard isBinary, let p = outputs.first else { return [Float](outputs) }
    return [1 - p, p]
  }

  /// The index in ``labels`` of the label that the outputs of one example speak for.
  ///
  /// For a single sigmoid output of two labels that is 1 where the output is above 0.5, otherwise the highest output's index, the
  /// first of equals. A NaN never wins; if all are NaN, it is 0.
  ///
  /// - Parameter outputs: one row of what ``Scorer`` gives.
  public func predictedLabel(of outputs: some Collection<Float>) -> Int {
    guard isBinary || outputs.count > 1 else { return 0 }
    return Self.predictedClass(of: outputs)
  }

  /// The class that scores speak for: of one score, the probability of the second of two classes; else one for each class.
  @inlinable
  package static func predictedClass(of scores: some Collection<Float>) -> Int {
    guard let first = scores.first else { return 0 }
    if scores.count == 1 { return first > 0.5 ? 1 : 0 }
    var best = first
    var predicted = 0
    var index = 0
    for score in scores {
      if score > best || (best.isNaN && !score.isNaN) {
        best = score
        predicted = index
      }
      index += 1
    }
    return predicted
  }
}
