package import Inference

/// What the examples of a step are held against, and what came out of them.
package struct Batch<Element: TrainingElement>: Sendable {
  /// The most examples.
  package let capacity: Int
  /// Y [capacity, outputs].
  package let targets: Matrix<Element>
  /// The factor of each example's loss in the cost [capacity].
  package let factors: Region<Element>
  /// The loss of each example [capacity].
  package let losses: Region<Double>
  /// The class of each example's highest output [capacity], by the rule of ``Evaluation``; for labels and quantities 0.
  package let predictions: Region<Int32>
  /// Its last output [capacity]: of two classes, the score of the second. For labels and quantities all outputs [capacity, outputs].
  package let scores: Region<Float>
  private let task: PredictionTask

  /// The scores that are kept of an example.
  package var scoresPerExample: Int { task == .classification ? 1 : targets.columns }

  package init(capacity: Int, outputs: Int, task: PredictionTask = .classification) {
    self.capacity = capacity
    self.task = task
    targets = Matrix(Region(count: capacity * outputs), rows: capacity, columns: outputs)
    factors = Region(count: capacity)
    losses = Region(count: capacity)
    predictions = Region(count: capacity)
    scores = Region(count: task == .classification ? capacity : capacity * outputs)
  }

  private init(lending batch: Batch) {
    capacity = batch.capacity
    task = batch.task
    targets = batch.targets.lent
    factors = batch.factors.lent
    losses = batch.losses.lent
    predictions = batch.predictions.lent
    scores = batch.scores.lent
  }

  /// The same with its memory lent, as by ``Region/lent``.
  var lent: Batch { Batch(lending: self) }

  /// Sets the target of an example that belongs to a class: 1 − smoothing for it, and smoothing spread evenly over all classes
  /// (C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, section 7). One output stands for
  /// the second of two classes.
  package func setTarget(of example: Int, class label: Int, smoothing: Double) {
    let outputs = targets.columns
    let share = smoothing / Double(max(outputs, 2))
    for output in 0..<outputs {
      let isRight = outputs == 1 ? label == 1 : label == output
      targets.region[example * outputs + output] = Element(isRight ? 1 - smoothing + share : share)
    }
  }

  /// Sets the targets of an example that has labels, or quantities: of labels 1 − smoothing/2 for one that is there and smoothing/2 for
  /// one that is not, each label being a question of two classes.
  package func setTargets(of example: Int, values: ArraySlice<Float>, smoothing: Double) {
    let start = example * targets.columns
    for (output, value) in values.enumerated() {
      let target = smoothing == 0 ? Double(value) : Double(value) * (1 - smoothing) + smoothing / 2
      targets.region[start + output] = Element(target)
    }
  }

  /// Takes the class of each row of outputs, or all of them.
  func predict(_ outputs: Matrix<Element>, first: Int) {
    guard task == .classification else {
      for index in 0..<outputs.rows * outputs.columns {
        scores[first * outputs.columns + index] = Float(outputs.region[index])
      }
      return
    }
    for row in 0..<outputs.rows {
      let start = row * outputs.columns
      var best = 0
      if outputs.columns == 1 {
        best = outputs.region[start] > 0.5 ? 1 : 0
      } else {
        for output in 1..<outputs.columns where outputs.region[start + output] > outputs.region[start + best] {
          best = output
        }
      }
      predictions[first + row] = Int32(truncatingIfNeeded: best)
      scores[first + row] = Float(outputs.region[start + outputs.columns - 1])
    }
  }
}
