import Foundation
import Training

/// What a sweep tries, and how its trials are compared. The order of the trials and all of their values follow from this alone.
struct Search: Codable, Equatable {
  /// How trials are chosen.
  enum Method: String, Codable, CaseIterable {
    /// Each value with each other.
    case grid
    /// As many as are asked for, each value drawn on its own (J. Bergstra and Y. Bengio, "Random Search for Hyper-Parameter
    /// Optimization", 2012).
    case random
    /// As random, with few epochs at first, and more for the better ones again and again (K. Jamieson and A. Talwalkar,
    /// "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016).
    case halving
  }

  /// What trials are ranked by.
  enum Metric: String, Codable, CaseIterable {
    case accuracy = "accuracy.validation"
    case cost = "cost.validation"
  }

  /// Which trials become versions.
  enum Keep: Codable, Equatable {
    case all
    case best(Int)
  }

  /// The values that one hyperparameter can have.
  struct Dimension: Codable, Equatable {
    let key: String
    let values: Values
  }

  enum Values: Codable, Equatable {
    case list([JSONValue])
    case range(Range)
  }

  /// Numbers between two, both included.
  struct Range: Codable, Equatable {
    let least: Double
    let greatest: Double
    let isLogarithmic: Bool
    let isInteger: Bool

    /// The number at a place of 0 to below 1. It has four significant digits, so that the last bits of a machine's logarithm do not
    /// show and people can type it.
    func value(at place: Double) -> JSONValue {
      if isInteger {
        // Each number has the same share: from half below the least to half above the greatest.
        let (low, high) = isLogarithmic ? (max(least - 0.5, 0.5), greatest + 0.5) : (least - 0.5, greatest + 0.5)
        let number = isLogarithmic ? low * Foundation.pow(high / low, place) : low + place * (high - low)
        return .integer(Int64(min(max(number.rounded(), least), greatest)))
      }
      let number =
        isLogarithmic ? least * Foundation.pow(greatest / least, place) : least + place * (greatest - least)
      let rounded = Double(String(format: "%.4g", number)) ?? number
      return JSONValue(min(max(rounded, least), greatest))
    }
  }

  /// Values of each hyperparameter that varies, by its key.
  typealias Combination = [String: JSONValue]

  let method: Method
  /// How many trials there are; nil for a grid.
  let trials: Int?
  let seed: UInt64
  let metric: Metric
  let keep: Keep
  /// The epochs that halving begins with.
  let minimumEpochs: Int?
  /// Of so many trials one goes on, with so many times the epochs.
  let eta: Int
  let over: [Dimension]

  /// More trials than anyone waits for.
  static let mostTrials = 10_000
  static let mostEta = 1_000_000

  /// Whether it is one that a file can ask for, which nothing makes sure of in a store that another program wrote.
  var isSound: Bool {
    guard (2...Self.mostEta).contains(eta), (1...Self.mostTrials).contains(trials ?? 1), !over.isEmpty else {
      return false
    }
    guard method != .halving || (minimumEpochs ?? 0) >= 1 else { return false }
    if case .best(let count) = keep, count < 0 { return false }
    return over.allSatisfy { dimension in
      switch dimension.values {
      case .list(let values): !values.isEmpty
      case .range(let range):
        range.least < range.greatest && (!range.isLogarithmic || range.least > 0)
          && (!range.isInteger || max(abs(range.least), abs(range.greatest)) <= 0x1p53)
      }
    }
  }

  /// How many combinations there are; nil where a range has more than can be said, or more than an `Int` counts.
  var combinationCount: Int? {
    var count = 1
    for dimension in over {
      let values: Int
      switch dimension.values {
      case .list(let list): values = list.count
      case .range(let range) where range.isInteger && range.greatest - range.least < 0x1p53:
        values = Int(range.greatest - range.least) + 1
      case .range: return nil
      }
      let product = count.multipliedReportingOverflow(by: values)
      guard !product.overflow else { return nil }
      count = product.partialValue
    }
    return count
  }

  /// The trials, the first one first.
  func combinations() -> [Combination] { method == .grid ? grid() : draws() }

  /// Each value with each other: the last hyperparameter changes from one trial to the next.
  private func grid() -> [Combination] {
    var result: [Combination] = [[:]]
    for dimension in over {
      guard case .list(let values) = dimension.values else { continue }
      result = result.flatMap { combination in
        values.map { combination.merging([dimension.key: $0]) { $1 } }
      }
    }
    return result
  }

  /// Draws, one that was there before being drawn again.
  private func draws() -> [Combination] {
    var random = RandomNumbers(seed: seed)
    var result: [Combination] = []
    var drawn: Set<Combination> = []
    let count = trials ?? 0
    // Ranges that few numbers of four digits lie in may have fewer combinations than are asked for.
    var attempts = 100 * count
    while result.count < count, attempts > 0 {
      attempts -= 1
      var combination: Combination = [:]
      for dimension in over {
        let place = random.uniform()
        combination[dimension.key] =
          switch dimension.values {
          case .list(let values): values[min(Int(place * Double(values.count)), values.count - 1)]
          case .range(let range): range.value(at: place)
          }
      }
      if drawn.insert(combination).inserted { result.append(combination) }
    }
    return result
  }

  /// The epochs of each round; nil for as many as the hyperparameters say. Only halving has more than one round.
  ///
  /// - Parameters:
  ///   - count: the number of trials.
  ///   - mostEpochs: what no round goes beyond; nil for any number.
  func rounds(count: Int, mostEpochs: Int?) -> [Int?] {
    guard method == .halving, let minimumEpochs else { return [nil] }
    var rounds: [Int?] = []
    var (epochs, left) = (minimumEpochs, count)
    while true {
      let budget = min(epochs, mostEpochs ?? .max)
      rounds.append(budget)
      if left <= 1 || budget == mostEpochs { return rounds }
      left = survivors(of: left)
      let next = epochs.multipliedReportingOverflow(by: eta)
      epochs = next.overflow ? .max : next.partialValue
    }
  }

  /// How many of so many trials go on.
  func survivors(of count: Int) -> Int { max(1, count / eta) }
}
