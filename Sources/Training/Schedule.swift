/// How the learning rate changes during a run: a factor of it for each iteration.
///
/// With t the iteration from 0, T all iterations, w those of the warm-up and e the epoch of t, from 0:
/// - `constant`: 1
/// - `step`: factor^⌊e / every⌋
/// - `exponential`: factor^e
/// - `cosine` (I. Loshchilov and F. Hutter, "SGDR", 2017, without restarts): factor + (1 − factor)·½(1 + cos(π·(t − w) / (T − w)))
///
/// and while t < w that times (t + 1) / w.
public struct Schedule: Sendable, Equatable {
  /// The curve after the warm-up.
  public enum Shape: Sendable, Equatable {
    case constant
    /// `factor` is multiplied in after every `every` epochs.
    case step(factor: Double, every: Int)
    /// `factor` is multiplied in after every epoch.
    case exponential(factor: Double)
    /// Half a wave from 1 down to `factor`.
    case cosine(factor: Double)
  }

  /// The names of the shapes.
  public static let names = ["constant", "step", "exponential", "cosine"]

  /// The curve.
  public var shape: Shape
  /// The iterations during which the rate rises evenly from near 0.
  public var warmup: Int

  /// A schedule.
  public init(_ shape: Shape = .constant, warmup: Int = 0) {
    self.shape = shape
    self.warmup = warmup
  }

  /// A schedule by the name of its shape, with the numbers that are given and usual ones for the others.
  ///
  /// - Parameters:
  ///   - name: one of ``names``.
  ///   - factor: for `step` (0.1 by default), `exponential` (0.95) and `cosine` (0, the end of the wave).
  ///   - every: the epochs of a step, for `step`; 10 by default.
  ///   - warmup: iterations.
  /// - Throws: ``TrainingError/Code/invalidHyperparameter`` for another name, a number out of range, and a number that the shape
  ///   does not have.
  public init(name: String, factor: Double? = nil, every: Int? = nil, warmup: Int = 0) throws(TrainingError) {
    self.warmup = warmup
    switch name {
    case "constant": shape = .constant
    case "step": shape = .step(factor: factor ?? 0.1, every: every ?? 10)
    case "exponential": shape = .exponential(factor: factor ?? 0.95)
    case "cosine": shape = .cosine(factor: factor ?? 0)
    default:
      throw TrainingError(
        .invalidHyperparameter, "unknown schedule \"\(name)\"; expected constant, step, exponential or cosine")
    }
    if factor != nil, name == "constant" {
      throw TrainingError(.invalidHyperparameter, "the schedule constant has no schedule_factor; leave it out")
    }
    if every != nil, name != "step" {
      throw TrainingError(
        .invalidHyperparameter, "the schedule \(name) has no schedule_every (step has it); leave it out")
    }
    try validate()
  }

  /// The shape's name.
  public var name: String {
    switch shape {
    case .constant: "constant"
    case .step: "step"
    case .exponential: "exponential"
    case .cosine: "cosine"
    }
  }

  var factor: Double? {
    switch shape {
    case .constant: nil
    case .step(let factor, _), .exponential(let factor), .cosine(let factor): factor
    }
  }

  var every: Int? {
    if case .step(_, let every) = shape { every } else { nil }
  }

  func validate() throws(TrainingError) {
    if let factor, !(factor >= 0 && factor <= 1) || (factor == 0 && name != "cosine") {
      throw TrainingError(
        .invalidHyperparameter,
        "schedule_factor is \(factor); expected a number \(name == "cosine" ? "from 0" : "above 0") to 1")
    }
    if let every, every < 1 {
      throw TrainingError(.invalidHyperparameter, "schedule_every is \(every); expected at least 1 epoch")
    }
    guard warmup >= 0 else {
      throw TrainingError(.invalidHyperparameter, "the warm-up has \(warmup) iterations; expected 0 or more")
    }
  }

  /// The factor of the learning rate.
  ///
  /// - Parameters:
  ///   - iteration: from 0.
  ///   - iterations: all of the run.
  ///   - epoch: the epoch of the iteration, from 0.
  public func factor(iteration: Int, iterations: Int, epoch: Int) -> Double {
    let warmup = max(warmup, 0)
    let rise = iteration < warmup ? Double(iteration + 1) / Double(warmup) : 1
    switch shape {
    case .constant: return rise
    case .step(let factor, let every): return rise * Self.power(factor, epoch / max(every, 1))
    case .exponential(let factor): return rise * Self.power(factor, epoch)
    case .cosine(let factor):
      let length = max(1, iterations - warmup)
      let part = Double(min(max(iteration - warmup, 0), length)) / Double(length)
      return rise * (factor + (1 - factor) * (0.5 * (1 + Trigonometry.cosine(halfTurns: part))))
    }
  }

  /// x to the power of n ≥ 0, by the same operations on every machine.
  static func power(_ x: Double, _ n: Int) -> Double {
    var result = 1.0
    var square = x
    var rest = n
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}

/// Sine and cosine by a fixed sequence of operations: those of the system differ from one to the next.
enum Trigonometry {
  /// cos(π·x) for x from 0 to 1: within 2⁻⁵² of it.
  static func cosine(halfTurns x: Double) -> Double {
    // From 0 to a quarter of a half turn either series converges fast; the rest is mirrored there. All of these are exact.
    if x > 0.5 { return -cosine(halfTurns: 1 - x) }
    return x > 0.25 ? sineSeries((0.5 - x) * .pi) : cosineSeries(x * .pi)
  }

  /// sin x and cos x for |x| up to π/4.
  static func sineSeries(_ x: Double) -> Double {
    var term = x
    var sum = x
    for n in stride(from: 2.0, through: 20, by: 2) {
      term *= -(x * x) / (n * (n + 1))
      sum += term
    }
    return sum
  }

  static func cosineSeries(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    for n in stride(from: 1.0, through: 19, by: 2) {
      term *= -(x * x) / (n * (n + 1))
      sum += term
    }
    return sum
  }
}
