/// An example whose class was not found.
public struct Mistake: Sendable, Equatable {
  /// Its place in the set, from 0.
  public let index: Int
  /// The class that it is of.
  public let label: Int
  /// The class that it was taken for.
  public let answer: Int
  /// The probability that the model gave the class that it is of.
  public let labelProbability: Float
  /// The probability that the model gave the class that it was taken for.
  public let answerProbability: Float

  /// An example from its parts.
  public init(index: Int, label: Int, answer: Int, labelProbability: Float, answerProbability: Float) {
    self.index = index
    self.label = label
    self.answer = answer
    self.labelProbability = labelProbability
    self.answerProbability = answerProbability
  }

  /// The mistake that scores of one row are, or nil where the class was found.
  ///
  /// - Parameter scores: one sigmoid output, or one score a class.
  init?(index: Int, label: Int, answer: Int, scores: ArraySlice<Float>) {
    guard label != answer else { return nil }
    func probability(_ index: Int) -> Float {
      guard scores.count == 1 else { return scores[scores.startIndex + index] }
      return index == 1 ? scores[scores.startIndex] : 1 - scores[scores.startIndex]
    }
    self.init(
      index: index, label: label, answer: answer, labelProbability: probability(label),
      answerProbability: probability(answer))
  }

  /// Whether it comes before another, the worst first: the one whose class got less probability, then the one that is earlier in the
  /// set. One whose probability is NaN is worse than any.
  static func isWorse(_ left: Mistake, _ right: Mistake) -> Bool {
    func rank(_ mistake: Mistake) -> Float { mistake.labelProbability.isNaN ? -1 : mistake.labelProbability }
    return (rank(left), left.index) < (rank(right), right.index)
  }
}
