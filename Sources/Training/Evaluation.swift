internal import Inference

/// How well scores agree with classes, labels or quantities.
///
/// The predicted class is that of the highest score, the first of equal ones; for a single sigmoid output it is the second class
/// (1) if the score is greater than 0.5, and the first (0) otherwise. Where a row's scores are NaN it is class 0.
public struct Evaluation: Sendable, Equatable {
  /// What was measured: which of the numbers below there are.
  public let task: PredictionTask
  /// The number of examples.
  public let count: Int
  /// The number of examples whose class was found, or all of whose labels were told; 0 for quantities.
  public let correct: Int
  /// The mean loss: of classes the cross-entropy (natural logarithm), of labels the sum of theirs, of quantities the mean squared error.
  public let cost: Double
  /// The number of examples by class: `confusion[actual][predicted]`, shape [classes, classes]. Empty but for classes, and in a
  /// ``TrainingMeasurement``.
  public private(set) var confusion: [[Int]]
  /// TP, FP and FN of each class; empty but for classes.
  let classCounts: [ClassCounts]
  /// How well each label was told; empty but for several independent labels.
  public let labels: [LabelEvaluation]
  /// How near each quantity is; empty but for quantities.
  public let quantities: [QuantityEvaluation]
  /// For two classes, the area under the receiver operating characteristic: the probability that an example of the second class (1)
  /// has a higher score for that class than one of the first, where equal scores count as half. 0 to 1; 0.5 is chance.
  ///
  /// It is exact: as many pairs as are in order, over all pairs, counted in whole numbers and divided once. Scores are compared as
  /// 32-bit numbers, so that those which both were rounded to 1 are equal. Nil but for two classes, where a class has no
  /// examples, and where a score is NaN.
  ///
  /// Source: T. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006) 861–874, section 7: the area is
  /// the statistic of Wilcoxon's test of ranks.
  public let areaUnderROC: Double?
  /// The examples whose class was not found, from the worst on: the one whose class got the least probability, of equal ones the
  /// one that is earlier in the set. Nil unless they were asked for.
  public let mistakes: [Mistake]?
  /// The labels that were told wrong, or all quantities, from the worst on: the one whose answer is furthest off, quantities in their
  /// standard deviations. Nil unless they were asked for, and for classes.
  public internal(set) var valueMistakes: [ValueMistake]?

  /// The part of the examples whose class was found, or all of whose labels were told, 0 to 1; NaN for quantities.
  public var accuracy: Double { task == .regression ? .nan : Double(correct) / Double(count) }

  /// - Parameter secondScores: for two classes, the score of the second one for each example; else nil.
  init(
    cost: Double, predictions: [Int], labels: [Int], classCount: Int, secondScores: [Float]?, mistakes: [Mistake]? = nil
  ) {
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
    var correct = 0
    for (label, prediction) in zip(labels, predictions) {
      confusion[label][prediction] += 1
      correct += label == prediction ? 1 : 0
    }
    task = .classification
    count = labels.count
    self.correct = correct
    self.cost = cost
    self.confusion = confusion
    classCounts = ClassCounts.of(confusion)
    self.labels = []
    quantities = []
    self.mistakes = mistakes?.sorted(by: Mistake.isWorse)
    areaUnderROC = secondScores.flatMap { Self.areaUnderROC(scores: $0, labels: labels) }
  }

  /// What was measured of labels.
  init(cost: Double, count: Int, correct: Int, labels: [LabelEvaluation]) {
    task = .multilabel
    self.count = count
    self.correct = correct
    self.cost = cost
    confusion = []
    classCounts = []
    self.labels = labels
    quantities = []
    areaUnderROC = nil
    mistakes = nil
  }

  /// What was measured of quantities.
  init(cost: Double, count: Int, quantities: [QuantityEvaluation]) {
    task = .regression
    self.count = count
    correct = 0
    self.cost = cost
    confusion = []
    classCounts = []
    labels = []
    self.quantities = quantities
    areaUnderROC = nil
    mistakes = nil
  }

  /// What was measured of classes before.
  init(cost: Double, classCounts: [ClassCounts], areaUnderROC: Double?) {
    task = .classification
    labels = []
    quantities = []
    count = classCounts.reduce(0) { $0 + $1.found + $1.missed }
    correct = classCounts.reduce(0) { $0 + $1.found }
    self.cost = cost
    confusion = []
    self.classCounts = classCounts
    self.areaUnderROC = areaUnderROC
    mistakes = nil
  }

  /// The same without the confusion matrix, which of many classes and measurements would take more memory than the network.
  var withoutConfusion: Evaluation {
    var evaluation = self
    evaluation.confusion = []
    return evaluation
  }

  /// Compares scores with labels.
  ///
  /// The cost is the mean of −log p, p the score of the right class (1 − score for the first class of a single sigmoid output).
  /// A score rounded to 32 bits can be 0 or 1 where the exact one is not: p is taken to be at least 2⁻¹⁴⁹, the least positive
  /// `Float` (a loss of 103.3), and 1 − score at least 2⁻²⁵, half the distance from 1 to the next `Float` (17.3).
  /// ``init(of:on:keepingMistakes:threads:)`` needs no such bounds.
  ///
  /// - Parameters:
  ///   - scores: [count, outputs], row-major, outputs 1 for two classes from a sigmoid, else classCount: what `Scorer` gives.
  ///   - outputs: the number of scores of a row.
  ///   - labels: the class of each row, 0 ..< classCount.
  ///   - classCount: the number of classes, at least 2.
  /// - Throws: ``TrainingError/Code/invalidLabels``, ``TrainingError/Code/invalidData`` for no labels,
  ///   ``TrainingError/Code/shapeMismatch`` for another number of scores.
  public init(scores: [Float], outputs: Int, labels: [Int], classCount: Int) throws(TrainingError) {
    try TrainingData.validate(labels: labels, classCount: classCount)
    guard outputs == classCount || (outputs == 1 && classCount == 2) else {
      throw TrainingError(
        .shapeMismatch,
        "a row has \(outputs) scores for \(classCount) classes; expected one for each class, or one for two classes")
    }
    let expected = labels.count.multipliedReportingOverflow(by: outputs)
    guard !expected.overflow, scores.count == expected.partialValue else {
      throw TrainingError(
        .shapeMismatch,
        "there are \(scores.count) scores for \(labels.count) labels and \(outputs) outputs; expected "
          + "\(expected.overflow ? "fewer labels" : "\(expected.partialValue)")")
    }
    var total = 0.0
    var predictions: [Int] = []
    predictions.reserveCapacity(labels.count)
    for (row, label) in labels.enumerated() {
      let range = row * outputs..<(row + 1) * outputs
      predictions.append(Self.predictedClass(scores[range]))
      if outputs == 1, label == 0 {
        total -= Kernels.naturalLogarithm(Self.atLeast(0x1p-25, 1 - Double(scores[row])))
      } else {
        let score = scores[outputs == 1 ? row : range.lowerBound + label]
        total -= Kernels.naturalLogarithm(Self.atLeast(0x1p-149, Double(score)))
      }
    }
    let secondScores =
      classCount == 2 ? labels.indices.map { scores[$0 * outputs + outputs - 1] } : nil
    self.init(
      cost: total / Double(labels.count), predictions: predictions, labels: labels, classCount: classCount,
      secondScores: secondScores)
  }

  /// The class that scores of one row stand for, by the rule above.
  ///
  /// - Parameter scores: one sigmoid output, or one score a class.
  public static func predictedClass(_ scores: some RandomAccessCollection<Float>) -> Int {
    Model.predictedClass(of: scores)
  }

  /// The greater of both; NaN stays NaN.
  static func atLeast(_ bound: Double, _ value: Double) -> Double {
    value < bound ? bound : value
  }
}
