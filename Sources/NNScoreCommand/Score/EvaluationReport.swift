import Foundation
import Training

/// What `evaluate` says to people.
struct EvaluationReport {
  /// The version or file that was measured.
  let name: String
  /// The classes, in the order of the confusion matrix.
  let labels: [String]
  let evaluation: Evaluation

  /// The report in at most `width` columns: with the confusion matrix where it fits, else with what each class is mostly taken for.
  func text(width: Int = .max) -> String {
    switch evaluation.task {
    case .classification: break
    case .multilabel: return heading(width) + "\n" + labelFigures + "\n" + labelTable(width)
    case .regression: return heading(width) + "\n" + quantityTable(width)
    }
    let matrix = matrix.text()
    let fits = matrix.split(separator: "\n").allSatisfy { Table.width(of: String($0)) <= width }
    let rest =
      fits
      ? "\nA row for each actual class, a column for each predicted one:\n" + matrix
      : "The whole matrix, which is wider than this terminal, comes with --json.\n"
    return heading(width) + "\n" + figures + "\n" + classes(width, withMostTakenFor: !fits) + rest
  }

  private func heading(_ width: Int) -> String {
    FieldList.sentences("\(name) on \(Format.count(evaluation.count, "example"))", width: width)
  }

  private var labelFigures: String {
    FieldList([
      ("accuracy", "\(Format.percent(evaluation.labelAccuracy)) of labels"),
      (
        "",
        "\(Format.percent(evaluation.accuracy)) of examples (\(Format.count(evaluation.correct)) with all labels right)"
      ),
      ("cost", Format.cost(evaluation.cost)),
    ]).text()
  }

  /// What was measured of each of several independent labels, and the means.
  private func labelTable(_ width: Int) -> String {
    var table = Table([
      ("LABEL", .name), ("EXAMPLES", .right), ("ACCURACY", .right), ("PRECISION", .right), ("RECALL", .right),
      ("F1", .right), ("ROC AUC", .right),
    ])
    func area(_ value: Double) -> String { value.isNaN ? "-" : String(format: "%.4f", value) }
    let (precision, recall, f1) = (evaluation.precision, evaluation.recall, evaluation.f1)
    for (index, label) in evaluation.labels.enumerated() {
      table.add([
        labels[index], Format.count(label.examples), share(label.accuracy), share(precision[index]),
        share(recall[index]), share(f1[index]), area(label.areaUnderROC ?? .nan),
      ])
    }
    table.add([
      "macro average", Format.count(evaluation.count), share(evaluation.labelAccuracy),
      share(evaluation.macroPrecision),
      share(evaluation.macroRecall), share(evaluation.macroF1), area(evaluation.macroAreaUnderROC),
    ])
    return table.text(width: width)
  }

  /// How near each quantity is; of several a line for all, too.
  private func quantityTable(_ width: Int) -> String {
    var table = Table([("QUANTITY", .name), ("RMSE", .right), ("MAE", .right), ("R²", .right)])
    func number(_ value: Double) -> String { value.isNaN ? "-" : Format.number(value, digits: 5) }
    for (label, quantity) in zip(labels, evaluation.quantities) {
      table.add([
        label, number(quantity.rootMeanSquaredError), number(quantity.meanAbsoluteError),
        number(quantity.determination ?? .nan),
      ])
    }
    if labels.count > 1 {
      table.add([
        "all", number(evaluation.rootMeanSquaredError), number(evaluation.meanAbsoluteError),
        number(evaluation.determination),
      ])
    }
    return table.text(width: width)
  }

  private var figures: String {
    var fields = [
      ("accuracy", "\(Format.percent(evaluation.accuracy)) (\(Format.count(evaluation.correct)) right)"),
      ("cost", Format.cost(evaluation.cost)),
    ]
    if labels.count == 2 {
      fields.append(("ROC AUC", evaluation.areaUnderROC.map { String(format: "%.4f", $0) } ?? "-"))
    }
    return FieldList(fields).text()
  }

  /// Precision, recall and F1 of each class, and their means.
  private func classes(_ width: Int, withMostTakenFor: Bool) -> String {
    var columns: [(String, Table.Kind)] = [
      ("CLASS", .name), ("EXAMPLES", .right), ("PRECISION", .right), ("RECALL", .right), ("F1", .right),
    ]
    if withMostTakenFor { columns.append(("ELSE MOSTLY TAKEN FOR", .prose)) }
    var table = Table(columns)
    let (examples, precision) = (evaluation.examples, evaluation.precision)
    let (recall, f1) = (evaluation.recall, evaluation.f1)
    for index in labels.indices {
      let row = [
        labels[index], Format.count(examples[index]), share(precision[index]), share(recall[index]), share(f1[index]),
      ]
      table.add(withMostTakenFor ? row + [mostTakenFor(index)] : row)
    }
    let mean = [
      "macro average", Format.count(evaluation.count), share(evaluation.macroPrecision), share(evaluation.macroRecall),
      share(evaluation.macroF1),
    ]
    table.add(withMostTakenFor ? mean + [""] : mean)
    return table.text(width: width)
  }

  private var matrix: Table {
    var table = Table([("ACTUAL", .left)] + labels.map { ($0, .right) })
    for (actual, row) in evaluation.confusion.enumerated() {
      table.add([labels[actual]] + row.map { "\($0)" })
    }
    return table
  }

  /// The class that most of a class's other examples were taken for, behind their number, which is not cut off with a long name.
  private func mostTakenFor(_ actual: Int) -> String {
    let row = evaluation.confusion[actual]
    let wrong = row.indices.filter { $0 != actual && row[$0] > 0 }.max { (row[$0], $1) < (row[$1], $0) }
    return wrong.map { "\(Format.count(row[$0])) × \(labels[$0])" } ?? "-"
  }

  /// A share in per cent; a dash where there is none.
  private func share(_ value: Double) -> String { Format.percent(value.isNaN ? nil : value) }
}
