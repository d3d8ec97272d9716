/// A label of an example that was told wrong, or how far the answer to a quantity of one is off.
public struct ValueMistake: Sendable, Equatable {
  /// The example's place in the set, from 0.
  public let index: Int
  /// Which of the labels or quantities it is, from 0.
  public let column: Int
  /// Whether the label is there, 1 or 0; or the quantity.
  public let target: Float
  /// The probability that the model gave the label; or the quantity that it answered.
  public let answer: Float

  /// A mistake from its parts.
  public init(index: Int, column: Int, target: Float, answer: Float) {
    self.index = index
    self.column = column
    self.target = target
    self.answer = answer
  }

  /// All of a set, the worst first: the labels whose probability is furthest from what is so, of those told wrong, or all quantities
  /// by their error in standard deviations of the quantity in the set (in its unit where all are the same). Of equal ones the one
  /// comes first that is earlier in the set; an answer that is NaN is worse than any.
  ///
  /// - Parameter values: the outputs [examples, count].
  static func all(_ values: [Float], _ targets: TrainingTargets) -> [ValueMistake] {
    let (count, truth) = (targets.count, targets.values)
    let isRegression = targets.task == .regression
    let units = (0..<count).map { column in
      isRegression ? deviation(stride(from: column, to: truth.count, by: count).map { truth[$0] }) : 1
    }
    var found: [(error: Double, mistake: ValueMistake)] = []
    for place in values.indices where isRegression || (values[place] > 0.5) != (truth[place] == 1) {
      let mistake = ValueMistake(
        index: place / count, column: place % count, target: truth[place], answer: values[place])
      let error = abs(Double(values[place]) - Double(truth[place])) / units[place % count]
      found.append((error.isNaN ? .infinity : min(error, .greatestFiniteMagnitude), mistake))
    }
    return found.sorted {
      ($1.error, $0.mistake.index, $0.mistake.column) < ($0.error, $1.mistake.index, $1.mistake.column)
    }.map(\.mistake)
  }

  /// The standard deviation of some numbers, or 1 where they are all the same.
  private static func deviation(_ values: [Float]) -> Double {
    guard !values.allSatisfy({ $0 == values[0] }) else { return 1 }
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    return (values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)).squareRoot()
  }
}
