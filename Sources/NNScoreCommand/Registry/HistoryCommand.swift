import ArgumentParser
import ModelStore

/// `nnscore history REF`
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Show the cost of a version at each iteration of its training.",
    discussion: """
      The cost at iteration i is the mean loss over the training examples before the i-th update.

      EXAMPLES
        nnscore history cats --every 100
        nnscore history cats@2 --plot
        nnscore history cats@2 --plot --every 100
        nnscore history cats@2 --json > costs.json
      """)

  @Argument(help: ArgumentHelp("The version.", valueName: "ref"), transform: Reference.init) var reference: Reference
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Show iterations 0, N, 2N, … (default: about twenty; with --json or --plot: all).",
      valueName: "n"))
  var every: Int?
  @Flag(help: "Draw the curve.") var plot = false
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
  }

  func validate() throws {
    if let every, every < 1 { throw usageError("--every is \(every); expected a number of iterations from 1 up") }
    if plot, json.isOn { throw usageError("--plot draws for people and --json is for programs; leave out one of them") }
  }

  func run() throws {
    let store = try store.open(.readOnly)
    let version = try store.version(reference)
    let costs = try store.costs(of: Reference(model: version.model, .number(version.number)))
    if json.isOn {
      let points = stride(from: 0, to: costs.count, by: every ?? 1).map {
        Document.Point(iteration: $0, cost: JSONNumber(costs[$0]))
      }
      return try StandardOutput.print(
        JSONOutput.document(Document(model: version.model, version: version.number, costs: points)))
    }
    if plot {
      let width = min(Terminal.width(1), 120)
      let step = every ?? 1
      let shown = stride(from: 0, to: costs.count, by: step).map { costs[$0] }
      return try StandardOutput.print(
        CostPlot(width: width, height: 20, braille: Terminal.isUTF8).text(shown, step: step))
    }
    var table = Table([("ITERATION", .right), ("COST", .right)])
    for iteration in stride(from: 0, to: costs.count, by: every ?? Self.roundStep(costs.count)) {
      table.add([Format.count(iteration), Format.cost(costs[iteration])])
    }
    try StandardOutput.print(table.text())
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
