import ArgumentParser
import Inference
import ModelStore

/// `nnscore diff REF REF`
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show how two versions differ.",
    discussion: """
      Architecture, input format, hyperparameters, metrics, cost and lineage: what differs is shown, what is equal is named in one \
      line. Then the weights and biases of each layer, where their shapes are equal: the norm of the difference over the norm of \
      the first (both Euclidean), the cosine of the angle between them, and the largest change of one number with its place, from 0 \
      (row and column of a weight; a row is an output). The versions may be of two models.

      EXAMPLES
        nnscore diff cats@2 cats@3
        nnscore diff cats cats@latest --plot
        nnscore diff cats@champion lions@1 --json
      """)

  @Argument(help: ArgumentHelp("The one version.", valueName: "first"), transform: Reference.init) var first: Reference
  @Argument(help: ArgumentHelp("The other.", valueName: "second"), transform: Reference.init) var second: Reference
  @Flag(help: "Draw both cost curves over each other.") var plot = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if plot, json.isOn { throw usageError("--plot draws for people and --json is for programs; leave out one of them") }
  }

  func run() throws {
    let comparison = try store.open(.readOnly).compare(first, second)
    guard !json.isOn else { return try StandardOutput.print(JSONOutput.document(DiffDocument(comparison))) }
    let width = min(Terminal.width(1), 120)
    var text = DiffReport(comparison).text(width: width)
    if plot {
      let plot = CostPlot(width: width, height: 20, braille: Terminal.isUTF8)
      text += "\n"
      text += plot.text(
        CostPlot.Curve(name: comparison.first.reference, costs: comparison.firstCosts),
        over: CostPlot.Curve(name: comparison.second.reference, costs: comparison.secondCosts))
    }
    try StandardOutput.print(text)
  }
}

extension VersionRecord {
  /// `cats@3`
  var reference: String { "\(model)@\(number)" }
}
