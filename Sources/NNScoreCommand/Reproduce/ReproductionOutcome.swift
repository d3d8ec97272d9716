import Inference

/// What came out of training a version again.
struct ReproductionOutcome {
  /// An iteration whose cost is another one than recorded.
  struct CostDifference: Equatable {
    /// The iteration, from 0.
    let iteration: Int
    /// Its epoch, from 1.
    let epoch: Int
    /// The recorded cost; nil where the history ends before it.
    let recorded: Double?
    /// The cost that came out; nil where this training ended before it.
    let found: Double?
  }

  /// How many costs the version has.
  let recordedIterations: Int
  /// How many iterations were made.
  var iterations = 0
  /// The first cost that is another one; nil while all are equal.
  private(set) var difference: CostDifference?
  /// The digest of what was trained; nil where it did not come to the end.
  var digest: String?
  /// Whether that is the version's.
  var isSameDigest = false
  /// How far the parameters are from the version's; nil where it did not come to the end.
  var parameters: ParameterDifference?
  /// Why it did not come to the end, other than by a cost that differs.
  var failure: String?
  /// How long it took.
  var seconds = 0.0

  init(recordedIterations: Int) { self.recordedIterations = recordedIterations }

  /// Whether every bit is the same.
  var isSame: Bool { isSameDigest && difference == nil }

  /// Compares the cost of an iteration with the recorded one.
  ///
  /// - Parameter cost: nil past the last iteration.
  mutating func compare(_ cost: Double?, at iteration: Int, with costs: [Double], stepsPerEpoch: Int) {
    // Without a history there is nothing to differ from.
    guard difference == nil, !costs.isEmpty else { return }
    let recorded = costs.indices.contains(iteration) ? costs[iteration] : nil
    guard recorded?.bitPattern != cost?.bitPattern else { return }
    difference = CostDifference(
      iteration: iteration, epoch: iteration / stepsPerEpoch + 1, recorded: recorded, found: cost)
  }
}

/// How far the parameters of two networks of one shape are apart.
struct ParameterDifference {
  /// The greatest absolute difference.
  private(set) var maximum = 0.0
  /// The tensor that has it, such as `layers.0.weight`; nil where all are equal.
  private(set) var tensor: String?
  /// How many parameters differ in a bit.
  private(set) var count = 0
  /// How many there are.
  private(set) var total = 0

  init(_ first: Parameters, _ second: Parameters) {
    for (index, layers) in zip(first.layers, second.layers).enumerated() {
      compare(layers.0.weight, layers.1.weight, "layers.\(index).weight")
      compare(layers.0.bias, layers.1.bias, "layers.\(index).bias")
    }
  }

  private mutating func compare(_ first: [Float], _ second: [Float], _ name: String) {
    total += first.count
    for (one, other) in zip(first, second) where one.bitPattern != other.bitPattern {
      count += 1
      let distance = abs(Double(one) - Double(other))
      if tensor == nil || distance > maximum { (maximum, tensor) = (distance, name) }
    }
  }
}
