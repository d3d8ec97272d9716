import ArgumentParser
import ModelStore

/// `nnscore history REF`
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Show the cost of a version at each iteration of its training, or what was measured after epochs.",
    discussion: """
      The cost at iteration i is the mean loss over that iteration's examples before the i-th update, with the penalty of --l2.

      After epochs are measured learning_rate and, as cost.training and cost.validation, cost, accuracy, precision, recall, f1 and, \
      for two classes, auc, the area under the ROC curve. Precision, recall and F1 are means over the classes; of each class they \
      are f1.training.CLASS, where there are at most 50. Those of the training set are of its examples as the steps of the epoch saw \
      them. A metric without its set is both. Several independent labels have label_accuracy and each its own auc too; quantities have \
      cost, rmse, mae and r2, also as r2.training.QUANTITY.

      EXAMPLES
        nnscore history cats --every 100
        nnscore history cats@2 --plot
        nnscore history cats@2 --plot --every 100
        nnscore history cats --metrics
        nnscore history cats --metric f1 --metric learning_rate
        nnscore history cats --metric accuracy --plot
        nnscore history cats@2 --json > costs.json
      """)

  @Argument(help: ArgumentHelp("The version.", valueName: "ref"), transform: Reference.init) var reference: Reference
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Show iterations 0, N, 2N, …, or each Nth measurement (default: about twenty; with --json or --plot: all).",
      valueName: "n"))
  var every: Int?
  @Flag(help: "Show cost and accuracy after epochs.") var metrics = false
  @Option(
    name: .customLong("metric"),
    help: ArgumentHelp(
      "Show such a metric after epochs: accuracy.validation, or accuracy for both sets. Can be repeated.",
      valueName: "metric"))
  var named: [String] = []
  @Flag(help: "Draw the curve: the cost, or one or two metrics.") var plot = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    struct Point: Encodable {
      let iteration: Int
      let cost: JSONNumber
    }

    let model: String
    let version: Int
    let costs: [Point]
    let epochs: [EpochDocument]
  }

  func validate() throws {
    if let every, every < 1 { throw usageError("--every is \(every); expected a number of iterations from 1 up") }
    if plot, json.isOn { throw usageError("--plot draws for people and --json is for programs; leave out one of them") }
  }

  func run() throws {
    let store = try store.open(.readOnly)
    let version = try store.version(reference)
    let costs = try store.costs(of: Reference(model: version.model, .number(version.number)))
    let isByEpoch = metrics || !named.isEmpty
    if json.isOn {
      let history = isByEpoch ? try MetricHistory(version, in: store) : nil
      let measured =
        try history?.metrics ?? store.epochMetrics(of: Reference(model: version.model, .number(version.number)))
      let names = named.isEmpty ? nil : try history?.names(named)
      let points = stride(from: 0, to: costs.count, by: every ?? 1).map {
        Document.Point(iteration: $0, cost: JSONNumber(costs[$0]))
      }
      return try StandardOutput.print(
        JSONOutput.document(
          Document(
            model: version.model, version: version.number, costs: points,
            epochs: EpochDocument.list(measured, names: names))))
    }
    if isByEpoch { return try show(MetricHistory(version, in: store)) }
    guard !costs.isEmpty else {
      throw Failure(
        .noInput, code: "noCosts",
        "\(version.model)@\(version.number) has no costs: it was not trained here, or registered without (nnscore lineage tells how it was made)"
      )
    }
    if plot {
      let width = min(Terminal.width(1), 120)
      let step = every ?? 1
      let shown = stride(from: 0, to: costs.count, by: step).map { costs[$0] }
      return try StandardOutput.print(
        CostPlot(width: width, height: 20, braille: Terminal.isUTF8).text(shown, step: Double(step)))
    }
    var table = Table([("ITERATION", .right), ("COST", .right)])
    var shown = Array(stride(from: 0, to: costs.count, by: every ?? Self.roundStep(costs.count)))
    if let last = costs.indices.last, shown.last != last { shown.append(last) }
    for iteration in shown { table.add([Format.count(iteration), Format.cost(costs[iteration])]) }
    try StandardOutput.print(table.text())
  }

  private func show(_ history: MetricHistory) throws {
    let names = try history.names(named)
    // What both sets have under one name is measured at two times.
    let isOfBoth = names.contains { $0.contains(".training") } && names.contains { $0.contains(".validation") }
    let footer =
      isOfBoth ? "\ntraining: by each step before its update; validation: after the epoch\n" : ""
    guard plot else { return try StandardOutput.print(history.table(names, every: every).text() + footer) }
    guard names.count <= 2, !named.isEmpty else {
      throw usageError(
        "--plot draws one metric or two, such as --metric accuracy; there are \(names.joined(separator: ", "))")
    }
    try StandardOutput.print(history.plot(names, width: min(Terminal.width(1), 120)) + footer)
  }

  /// 1, 2 or 5 times a power of ten, so that about twenty lines show so many costs.
  static func roundStep(_ count: Int) -> Int {
    var power = 1
    while true {
      for factor in [1, 2, 5] where count <= 20 * factor * power { return factor * power }
      power *= 10
    }
  }
}
