internal import Inference

/// How well one label was told, of an example that may have several.
///
/// A label is taken to be there where its score is above 0.5.
public struct LabelEvaluation: Sendable, Equatable {
  /// Examples that have the label and were taken to.
  public let truePositives: Int
  /// Examples without the label that were taken to have it.
  public let falsePositives: Int
  /// Examples with the label that were taken not to have it.
  public let falseNegatives: Int
  /// Examples without the label that were taken not to have it.
  public let trueNegatives: Int
  /// The area under the ROC curve, as ``Evaluation/areaUnderROC`` says; nil where no example has the label, or all have it, or a
  /// score is NaN.
  public let areaUnderROC: Double?

  /// The examples with the label.
  public var examples: Int { truePositives + falseNegatives }

  /// The part of all examples in which the label was told, 0 to 1.
  public var accuracy: Double {
    Double(truePositives + trueNegatives) / Double(truePositives + falsePositives + falseNegatives + trueNegatives)
  }

  init(truePositives: Int, falsePositives: Int, falseNegatives: Int, trueNegatives: Int, areaUnderROC: Double?) {
    self.truePositives = truePositives
    self.falsePositives = falsePositives
    self.falseNegatives = falseNegatives
    self.trueNegatives = trueNegatives
    self.areaUnderROC = areaUnderROC
  }

  /// - Parameters:
  ///   - scores: of one label, one an example.
  ///   - targets: 0 or 1.
  init(scores: [Float], targets: [Float]) {
    var counts = [0, 0, 0, 0]
    for (score, target) in zip(scores, targets) { counts[(target == 1 ? 2 : 0) + (score > 0.5 ? 1 : 0)] += 1 }
    self.init(
      truePositives: counts[3], falsePositives: counts[1], falseNegatives: counts[2], trueNegatives: counts[0],
      areaUnderROC: Evaluation.areaUnderROC(scores: scores, labels: targets.map { $0 == 1 ? 1 : 0 }))
  }
}

/// How near the answers to one quantity are.
public struct QuantityEvaluation: Sendable, Equatable {
  /// The mean of the squared errors, in the square of the quantity's unit.
  public let meanSquaredError: Double
  /// The mean of the errors without their sign, in the quantity's unit.
  public let meanAbsoluteError: Double
  /// R², the coefficient of determination: 1 − Σ (y − ŷ)² ÷ Σ (y − ȳ)², which is 1 for no error and 0 for the mean of all as every
  /// answer. Nil where all examples have the same y, as there is nothing to divide by.
  public let determination: Double?

  /// The square root of ``meanSquaredError``, in the quantity's unit.
  public var rootMeanSquaredError: Double { meanSquaredError.squareRoot() }

  init(meanSquaredError: Double, meanAbsoluteError: Double, determination: Double?) {
    self.meanSquaredError = meanSquaredError
    self.meanAbsoluteError = meanAbsoluteError
    self.determination = determination
  }

  /// - Parameters:
  ///   - scores: of one quantity, one an example.
  ///   - targets: the true ones.
  init(scores: [Float], targets: [Float]) {
    let count = Double(targets.count)
    let mean = targets.reduce(0.0) { $0 + Double($1) } / count
    var (squares, sizes, spread) = (0.0, 0.0, 0.0)
    for (score, target) in zip(scores, targets) {
      let error = Double(score) - Double(target)
      squares += error * error
      sizes += abs(error)
      spread += (Double(target) - mean) * (Double(target) - mean)
    }
    let isConstant = targets.allSatisfy { $0 == targets[0] }
    self.init(
      meanSquaredError: squares / count, meanAbsoluteError: sizes / count,
      determination: isConstant ? nil : 1 - squares / spread)
  }
}

extension Evaluation {
  /// Compares scores with labels or quantities.
  ///
  /// The cost of labels is the mean over the examples of Σ over the labels of −log p, p the score of a label that is there and 1 − score
  /// of one that is not, taken to be at least what ``init(scores:outputs:labels:classCount:)`` says; that of quantities is the mean of
  /// the squared errors. For classes it is what that initialiser does, with one score for two classes.
  ///
  /// - Parameters:
  ///   - scores: [examples, outputs], row-major, one output a label or quantity: what `Scorer` gives.
  ///   - targets: what they are held against.
  /// - Throws: ``TrainingError/Code/invalidLabels``, ``TrainingError/Code/invalidData`` for no examples,
  ///   ``TrainingError/Code/shapeMismatch`` for another number of scores.
  public init(scores: [Float], targets: TrainingTargets) throws(TrainingError) {
    if case .classes(let labels, let count) = targets {
      try self.init(scores: scores, outputs: count == 2 ? 1 : count, labels: labels, classCount: count)
      return
    }
    try targets.validate()
    let values = targets.values
    guard scores.count == values.count else {
      throw TrainingError(
        .shapeMismatch,
        "there are \(scores.count) scores for \(targets.exampleCount) examples of \(targets.task.counted(targets.count)); "
          + "expected \(values.count)")
    }
    var total = 0.0
    for (score, value) in zip(scores, values) {
      if targets.task == .regression {
        let error = Double(score) - Double(value)
        total += error * error / Double(targets.count)
      } else {
        total -= Kernels.naturalLogarithm(
          value == 1 ? Self.atLeast(0x1p-149, Double(score)) : Self.atLeast(0x1p-25, 1 - Double(score)))
      }
    }
    self.init(cost: total / Double(targets.exampleCount), values: scores, targets: targets)
  }

  /// What labels or quantities were measured to be.
  ///
  /// - Parameter values: the outputs [examples, count], by ``TrainingTargets/labels(_:count:)`` or quantities.
  init(cost: Double, values: [Float], targets: TrainingTargets) {
    let (count, truth) = (targets.count, targets.values)
    func column(_ values: [Float], _ index: Int) -> [Float] {
      stride(from: index, to: values.count, by: count).map { values[$0] }
    }
    guard targets.task == .multilabel else {
      self.init(
        cost: cost, count: targets.exampleCount,
        quantities: (0..<count).map {
          QuantityEvaluation(scores: column(values, $0), targets: column(truth, $0))
        })
      return
    }
    let correct = (0..<targets.exampleCount).count { row in
      (row * count..<(row + 1) * count).allSatisfy { (values[$0] > 0.5) == (truth[$0] == 1) }
    }
    self.init(
      cost: cost, count: targets.exampleCount, correct: correct,
      labels: (0..<count).map { LabelEvaluation(scores: column(values, $0), targets: column(truth, $0)) })
  }

  /// The mean over the labels of the part of the examples in which the label was told (1 − Hamming loss), 0 to 1; NaN but for labels.
  public var labelAccuracy: Double { Self.mean(labels.map(\.accuracy)) }

  /// The mean of ``LabelEvaluation/areaUnderROC`` over the labels that have one; NaN without any.
  public var macroAreaUnderROC: Double { Self.mean(labels.map { $0.areaUnderROC ?? .nan }) }

  /// The square root of the mean over the quantities of their mean squared errors; NaN but for quantities.
  public var rootMeanSquaredError: Double { Self.mean(quantities.map(\.meanSquaredError)).squareRoot() }

  /// The mean over the quantities of their mean absolute errors; NaN but for quantities.
  public var meanAbsoluteError: Double { Self.mean(quantities.map(\.meanAbsoluteError)) }

  /// The mean of R² over the quantities that have one; NaN without any.
  public var determination: Double { Self.mean(quantities.map { $0.determination ?? .nan }) }
}
