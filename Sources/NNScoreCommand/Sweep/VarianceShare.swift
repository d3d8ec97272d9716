import Foundation

/// How much of the differences between trials goes with one hyperparameter.
///
/// One-way analysis of variance (R. A. Fisher, "Statistical Methods for Research Workers", 1925): the sum of squares between the k
/// groups of n trials, less what chance alone would give it, over the total: ε² = (between − (k − 1)·within/(n − k)) / total (T. L. Kelley,
/// "An unbiased correlation ratio measure", 1935). It looks at one hyperparameter alone: what two do together shows in neither.
struct VarianceShare: Equatable {
  /// Trials with one value, or with values in one quarter.
  struct Group: Equatable {
    /// The value, or the least and the greatest one.
    let name: String
    let trials: Int
    /// The mean score.
    let mean: Double
  }

  let key: String
  /// 0 to 1; nil where all scores are equal, or no value has two trials to tell chance by.
  let share: Double?
  let groups: [Group]

  /// The share of a hyperparameter.
  ///
  /// - Parameters:
  ///   - dimension: the hyperparameter; values of a range are taken in four groups, divided at the quartiles.
  ///   - trials: what was tried, with its score.
  init(of dimension: Search.Dimension, among trials: [(value: JSONValue, score: Double)]) {
    key = dimension.key
    let groups: [(name: String, scores: [Double])] =
      switch dimension.values {
      case .list(let values):
        values.map { value in (value.text, trials.filter { $0.value == value }.map(\.score)) }
      case .range: Self.quarters(trials)
      }
    let filled = groups.filter { !$0.scores.isEmpty }
    self.groups = filled.map { Group(name: $0.name, trials: $0.scores.count, mean: Self.mean($0.scores)) }
    let mean = Self.mean(trials.map(\.score))
    let total = trials.reduce(0) { $0 + ($1.score - mean) * ($1.score - mean) }
    let between = self.groups.reduce(0) { $0 + Double($1.trials) * ($1.mean - mean) * ($1.mean - mean) }
    let free = trials.count - self.groups.count
    let chance = Double(self.groups.count - 1) * (total - between) / Double(free)
    share = total > 0 && free > 0 ? min(1, max(0, (between - chance) / total)) : nil
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }

  /// Trials in four groups as equal as can be, by their values; equal values are in one group.
  private static func quarters(_ trials: [(value: JSONValue, score: Double)]) -> [(name: String, scores: [Double])] {
    let sorted = trials.map { (value: $0.value.number ?? 0, score: $0.score) }.sorted { $0.value < $1.value }
    var groups = [[(value: Double, score: Double)]](repeating: [], count: 4)
    var group = 0
    for (index, trial) in sorted.enumerated() {
      if index == 0 || sorted[index - 1].value != trial.value { group = index * 4 / sorted.count }
      groups[group].append(trial)
    }
    return groups.compactMap { group in
      guard let first = group.first, let last = group.last else { return nil }
      let ends = [first.value, last.value].map { Format.number($0) }
      return (ends[0] == ends[1] ? ends[0] : "\(ends[0])…\(ends[1])", group.map(\.score))
    }
  }
}

extension JSONValue {
  /// A finite number as it is when it has been written and read: a whole one has no point.
  init(_ number: Double) {
    if let whole = Int64(exactly: number) { self = .integer(whole) } else { self = .number(number) }
  }

  /// The number that it is, if it is one.
  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
