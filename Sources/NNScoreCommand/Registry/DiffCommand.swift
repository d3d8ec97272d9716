import ArgumentParser
import Datasets
import Foundation
import Images
import Inference
import ModelStore
import Training

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

      With --data both score a labelled set in one pass: how many answers changed, from what to what; how often each is right, and \
      whether that may be chance by McNemar's test (exact binomial for fewer than 25 examples that one of them alone had right, \
      chi-squared with correction for continuity from there on); and the examples whose probabilities changed most, by the class \
      that changed most. Classes are matched by name.

      EXAMPLES
        nnscore diff cats@2 cats@3
        nnscore diff cats cats@latest --plot
        nnscore diff cats@champion lions@1 --json
        nnscore diff cats@2 cats@3 --data pictures/test --top 20
      """)

  @Argument(help: ArgumentHelp("The one version.", valueName: "first"), transform: Reference.init) var first: Reference
  @Argument(help: ArgumentHelp("The other.", valueName: "second"), transform: Reference.init) var second: Reference
  @Flag(help: "Draw both cost curves over each other.") var plot = false
  @Option(
    help: ArgumentHelp(
      "Compare the answers on a labelled set: a folder with a sub-folder for each class, HDF5, or IDX.",
      valueName: "path"),
    completion: .file())
  var data: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("With --data, show so many of the examples that changed most (default: 10).", valueName: "n"))
  var top: Int?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if data == nil, top != nil || threads.number != nil { throw usageError("--top and --threads are for --data PATH") }
    if let top, !(0...10_000).contains(top) { throw usageError("--top is \(top); expected 0 to 10000") }
    if plot, json.isOn { throw usageError("--plot draws for people and --json is for programs; leave out one of them") }
  }

  func run() throws {
    // Before any work, and as what it is: a variable of the environment, not the data.
    if data != nil { _ = try InstructionSet.selected() }
    let store = try store.open(.readOnly)
    let comparison = try store.compare(first, second)
    let predictions = try data.map { try PredictionDifferences(comparison, in: store, data: $0, top, threads.number) }
    guard !json.isOn else {
      return try StandardOutput.print(JSONOutput.document(DiffDocument(comparison, predictions)))
    }
    let width = min(Terminal.width(1), 120)
    var text = DiffReport(comparison).text(width: width)
    if plot {
      let plot = CostPlot(width: width, height: 20, braille: Terminal.isUTF8)
      text += "\n"
      text += plot.text(
        CostPlot.Curve(name: comparison.first.reference, costs: comparison.firstCosts),
        over: CostPlot.Curve(name: comparison.second.reference, costs: comparison.secondCosts))
    }
    if let predictions { text += "\n" + predictions.text(width: Terminal.resultColumns) }
    try StandardOutput.print(text)
  }
}

extension VersionRecord {
  /// `cats@3`
  var reference: String { "\(model)@\(number)" }
}
