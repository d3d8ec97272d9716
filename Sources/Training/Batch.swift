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
  /// The class of each example's highest output [capacity], by the rule of ``Evaluation``.
  package let predictions: Region<Int32>
  /// Its last output [capacity]: of two classes, the score of the second.
  package let scores: Region<Float>

  package init(capacity: Int, outputs: Int) {
    self.capacity = capacity
    targets = Matrix(Region(count: capacity * outputs), rows: capacity, columns: outputs)
    factors = Region(count: capacity)
    losses = Region(count: capacity)
    predictions = Region(count: capacity)
    scores = Region(count: capacity)
  }

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

  /// Takes the class of each row of outputs.
  func predict(_ outputs: Matrix<Element>, first: Int) {
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
