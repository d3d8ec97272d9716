import Training

/// What `evaluate` says to people.
struct EvaluationReport {
  /// The version or file that was measured.
  let name: String
  /// The classes, in the order of the confusion matrix.
  let labels: [String]
  let evaluation: Evaluation

  /// The report in at most `width` columns: with the confusion matrix where it fits, else with a line for each class.
  func text(width: Int = .max) -> String {
    let matrix = matrix.text()
    let fits = matrix.split(separator: "\n").allSatisfy { Table.width(of: String($0)) <= width }
    return """
      \(heading(width))
      accuracy  \(Format.percent(evaluation.accuracy)) (\(Format.count(evaluation.correct)) right)
      cost      \(Format.cost(evaluation.cost))

      \(fits ? "A row for each actual class, a column for each predicted one:\n" + matrix : classes(width))
      """
  }

  private func heading(_ width: Int) -> String {
    FieldList.sentences("\(name) on \(Format.count(evaluation.count, "example"))", width: width)
  }

  private var matrix: Table {
    var table = Table([("ACTUAL", .left)] + labels.map { ($0, .right) } + [("RECALL", .right)])
    for (actual, row) in evaluation.confusion.enumerated() {
      table.add([labels[actual]] + row.map { "\($0)" } + [recall(actual)])
    }
    return table
  }

  private func classes(_ width: Int) -> String {
    var table = Table([
      ("ACTUAL", .left), ("EXAMPLES", .right), ("RECALL", .right), ("ELSE MOSTLY TAKEN FOR", .prose),
    ])
    for (actual, row) in evaluation.confusion.enumerated() {
      let wrong = row.indices.filter { $0 != actual && row[$0] > 0 }.max { (row[$0], $1) < (row[$1], $0) }
      table.add([
        Table.cut(Format.visible(labels[actual]), to: max(width / 3, 8)), Format.count(row.reduce(0, +)),
        recall(actual),
        wrong.map { "\(labels[$0]) (\(Format.count(row[$0])))" } ?? "-",
      ])
    }
    return table.text(width: width) + "The whole matrix, which is wider than this terminal, comes with --json.\n"
  }

  /// The share of a class's examples that were found.
  private func recall(_ actual: Int) -> String {
    let row = evaluation.confusion[actual]
    let total = row.reduce(0, +)
    return Format.percent(total > 0 ? Double(row[actual]) / Double(total) : nil)
  }
}
