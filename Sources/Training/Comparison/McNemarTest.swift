#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Whether two models that answered the same examples differ in how often they are right, or by chance only: McNemar's test.
///
/// Only the discordant examples count, those that one model answered right and the other wrong. If both were right equally often in
/// the long run, each of the n = b + c discordant ones would be a fair coin's throw. The p-value is the probability of a split at
/// least as uneven as the one seen, to either side.
///
/// Sources: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
/// Psychometrika 12 (1947) 153–157; for the correction, A. L. Edwards, "Note on the 'correction for continuity' in testing the
/// significance of the difference between correlated proportions", Psychometrika 13 (1948) 185–187; for its use on classifiers,
/// T. G. Dietterich, Neural Computation 10 (1998) 1895–1923.
public struct McNemarTest: Sendable, Equatable {
  /// How the p-value was computed.
  public enum Method: String, Sendable {
    /// For fewer than ``exactBelow`` discordant examples: the two-sided binomial test with probability ½,
    /// p = min(1, 2 · Σ C(n, i) · 2⁻ⁿ) over i from 0 to min(b, c). Exact, as 64-bit numbers hold all that is summed.
    case exactBinomial
    /// For the others: χ² = max(|b − c| − 1, 0)² ÷ (b + c) has approximately the χ² distribution with one degree of freedom, so that
    /// p = erfc(√(χ² ÷ 2)).
    case chiSquared
  }

  /// From so many discordant examples on, the χ² distribution is close enough.
  public static let exactBelow = 25

  /// b: how many examples only the first model answered right.
  public let onlyFirst: Int
  /// c: how many examples only the second model answered right.
  public let onlySecond: Int
  /// How the p-value was computed.
  public let method: Method
  /// χ², with the correction for continuity; nil for ``Method/exactBinomial``.
  public let statistic: Double?
  /// The two-sided p-value, 0 to 1. It is 1 without discordant examples.
  public let pValue: Double

  /// Tests counts of discordant examples, which are not negative.
  public init(onlyFirst: Int, onlySecond: Int) {
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
    // As floating-point numbers, since two counts together may be more than an integer can be.
    let count = Double(onlyFirst) + Double(onlySecond)
    guard count >= Double(Self.exactBelow) else {
      method = .exactBinomial
      statistic = nil
      pValue = Self.binomial(fewer: min(onlyFirst, onlySecond), of: onlyFirst + onlySecond)
      return
    }
    let excess = max(abs(Double(onlyFirst) - Double(onlySecond)) - 1, 0)
    let statistic = excess * excess / count
    method = .chiSquared
    self.statistic = statistic
    pValue = erfc((statistic / 2).squareRoot())
  }

  /// The probability that `count` throws of a fair coin are split as unevenly as into `fewer` and the rest, or more so.
  private static func binomial(fewer: Int, of count: Int) -> Double {
    var (term, sum) = (1.0, 0.0)
    for index in 0...max(fewer, 0) {
      sum += term
      // C(n, i + 1) from C(n, i): whole at each step.
      term = term * Double(count - index) / Double(index + 1)
    }
    return min(1, 2 * sum / Double(sign: .plus, exponent: count, significand: 1))
  }
}
