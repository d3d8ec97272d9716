/// How many examples were taken for a class or not, rightly and wrongly.
struct ClassCounts: Sendable, Equatable {
  /// True positives: of the class, and taken for it.
  let found: Int
  /// False positives: of another class, and taken for it.
  let wrong: Int
  /// False negatives: of the class, and taken for another.
  let missed: Int

  /// The counts of each class of a confusion matrix [classes, classes].
  static func of(_ confusion: [[Int]]) -> [ClassCounts] {
    var predicted = [Int](repeating: 0, count: confusion.count)
    for row in confusion { for (index, count) in row.enumerated() { predicted[index] += count } }
    return confusion.indices.map { index in
      let found = confusion[index][index]
      return ClassCounts(found: found, wrong: predicted[index] - found, missed: confusion[index].reduce(0, +) - found)
    }
  }
}

/// What the counts say of each class, in their order, or of each label where there are several independent ones; NaN where
/// it says nothing. (Empty for quantities, and the means NaN.)
///
/// Sources: C. J. van Rijsbergen, "Information Retrieval", 2nd ed. (1979), chapter 7, for precision, recall and their harmonic mean
/// (one minus his E with equal weights); D. D. Lewis, "Evaluating text categorization", HLT (1991) 312–318, for macro-averaging.
extension Evaluation {
  /// The number of examples of each class, or with each label.
  public var examples: [Int] { hits.map { $0.found + $0.missed } }

  /// Of the examples that were taken for a class, the part that are of it: TP ÷ (TP + FP), shape [classes]. NaN for a class that no
  /// example was taken for.
  public var precision: [Double] { hits.map { Self.ratio($0.found, $0.found + $0.wrong) } }

  /// Of the examples of a class, the part that were taken for it: TP ÷ (TP + FN), shape [classes]. NaN for a class without examples.
  public var recall: [Double] { hits.map { Self.ratio($0.found, $0.found + $0.missed) } }

  /// The harmonic mean of precision and recall, as 2 TP ÷ (2 TP + FP + FN), shape [classes]. So it is 0 for a class with examples that
  /// none was taken for, and NaN only for a class that is neither among the labels nor among the answers.
  public var f1: [Double] { hits.map { Self.ratio(2 * $0.found, 2 * $0.found + $0.wrong + $0.missed) } }

  /// The mean of ``precision`` over the classes that have one, each of the same weight however many examples it has.
  public var macroPrecision: Double { Self.mean(precision) }
  /// The mean of ``recall`` over the classes that have one, each of the same weight; also called balanced accuracy.
  public var macroRecall: Double { Self.mean(recall) }
  /// The mean of ``f1`` over the classes that have one, each of the same weight. (Not the harmonic mean of the two others.)
  public var macroF1: Double { Self.mean(f1) }

  /// TP, FP and FN of each class or label.
  private var hits: [ClassCounts] {
    task != .multilabel
      ? classCounts
      : labels.map { ClassCounts(found: $0.truePositives, wrong: $0.falsePositives, missed: $0.falseNegatives) }
  }

  private static func ratio(_ part: Int, _ whole: Int) -> Double {
    whole == 0 ? .nan : Double(part) / Double(whole)
  }

  static func mean(_ values: [Double]) -> Double {
    let defined = values.filter { !$0.isNaN }
    return defined.isEmpty ? .nan : defined.reduce(0, +) / Double(defined.count)
  }

  /// The area under the ROC curve, see ``areaUnderROC``: O(n log n).
  ///
  /// - Parameters:
  ///   - scores: of the second class, one for each label.
  ///   - labels: 0 or 1.
  static func areaUnderROC(scores: [Float], labels: [Int]) -> Double? {
    guard !scores.contains(where: \.isNaN) else { return nil }
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    // In halves of a pair: two for a second-class example above a first-class one, one for both at the same score.
    var (halves, below, seconds) = (0, 0, 0)
    var start = 0
    while start < order.count {
      var end = start
      var tied = (first: 0, second: 0)
      while end < order.count, scores[order[end]] == scores[order[start]] {
        if labels[order[end]] == 1 { tied.second += 1 } else { tied.first += 1 }
        end += 1
      }
      halves += tied.second * (2 * below + tied.first)
      below += tied.first
      seconds += tied.second
      start = end
    }
    guard below > 0, seconds > 0 else { return nil }
    return Double(halves) / Double(2 * below * seconds)
  }
}
