import Foundation
import Training

extension PredictionDifferences {
  /// The differences for people: tables are cut to `width` columns where they can be.
  func text(width: Int) -> String {
    FieldList.sentences(
      "The answers to \(Format.count(comparison.count, "example")) of \(Format.visible(path))\n", width: width)
      + accuracies(width).text(width: width) + FieldList.sentences(right, width: width) + mcnemar + "\n"
      + transitions(width) + mostChanged(width)
  }

  private func accuracies(_ width: Int) -> Table {
    let names = [first, second].map { Table.shorten($0, to: width / 4) }
    var table = Table([("", .left), (names[0], .right), (names[1], .right), ("CHANGE", .right)])
    let change = (comparison.secondAccuracy - comparison.firstAccuracy) * 100
    table.add([
      "accuracy", Format.percent(comparison.firstAccuracy), Format.percent(comparison.secondAccuracy),
      String(format: "%+.2f points", change),
    ])
    return table
  }

  private var right: String {
    """
    right: both \(Format.count(comparison.bothRight)), only \(first) \(Format.count(comparison.onlyFirstRight)), \
    only \(second) \(Format.count(comparison.onlySecondRight)), neither \(Format.count(comparison.bothWrong))

    """
  }

  private var mcnemar: String {
    let test = comparison.test
    let discordant = Format.count(test.onlyFirst + test.onlySecond)
    let method =
      switch test.method {
      case .exactBinomial: "exact binomial test"
      case .chiSquared: "chi-squared \(Format.number(test.statistic ?? 0)) with correction for continuity"
      }
    return """
      McNemar: p = \(Format.number(test.pValue)) (\(method),
      \(discordant) of \(Format.count(comparison.count)) right by one alone)

      """
  }

  private func transitions(_ width: Int) -> String {
    let share = Format.percent(Double(comparison.changed) / Double(comparison.count))
    guard comparison.changed > 0 else { return "no answer changed\n" }
    // A table of up to classes × classes lines would bury what matters.
    let shown = comparison.transitions.prefix(20)
    var table = Table([
      ("FROM", .name), ("TO", .name), ("EXAMPLES", .right), ("BECAME RIGHT", .right), ("BECAME WRONG", .right),
    ])
    for transition in shown {
      table.add([
        name(transition.from, 24), name(transition.to, 24), Format.count(transition.count),
        Format.count(transition.corrected), Format.count(transition.spoiled),
      ])
    }
    let rest = comparison.transitions.count - shown.count
    return "\(Format.count(comparison.changed, "answer")) changed (\(share))\n" + table.text(width: width)
      + (rest > 0 ? "and \(Format.count(rest, "other change")), which come with --json\n" : "")
  }

  private func mostChanged(_ width: Int) -> String {
    guard !comparison.mostChanged.isEmpty else { return "" }
    var table = Table([
      ("CHANGE", .right), ("LABEL", .left), (first, .name), (second, .name), ("EXAMPLE", .name),
    ])
    func text(_ answer: PredictionComparison.Answer) -> String {
      "\(name(answer.label, 12)) \(String(format: "%.4f", answer.probability))"
    }
    for (example, file) in zip(comparison.mostChanged, files) {
      table.add([
        String(format: "%.4f", example.change), name(example.label, 12), text(example.first), text(example.second),
        file ?? "row \(example.index)",
      ])
    }
    return "\nThe examples whose probabilities changed most:\n" + table.text(width: width)
  }

  private func name(_ index: Int, _ width: Int) -> String {
    Table.cut(Format.visible(comparison.classNames[index]), to: width)
  }
}
