import ArgumentParser
import Foundation
import Inference
import ModelStore
import Training

/// `nnscore reproduce REF`
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Train a version again from what it recorded, and compare the result bit by bit.",
    discussion: """
      The data must have the fingerprint that the version recorded. It is trained again with the recorded hyperparameters, seed and \
      input format, and what comes out must have the version's digest and its cost at every iteration. If not, the first iteration \
      with another cost is told and training ends there (--to-the-end goes on, and tells how far apart the parameters are), with exit \
      code 65. The store is only read.

      A version that went on from another one (--from, --init-from) begins from that one, which must be in the store. What was \
      quantized or imported, and what began from a file that was no version of the store, cannot be trained again.

      EXAMPLES
        nnscore reproduce cats@1
        nnscore reproduce cats@1 --data cats/train
        nnscore reproduce digits@2 --data Examples/digits --to-the-end --json
      """)

  @Argument(help: ArgumentHelp("The version.", valueName: "ref"), transform: Reference.init) var reference: Reference
  @Option(
    help: ArgumentHelp("The set that it was trained on (default: where it was then).", valueName: "path"),
    completion: .file())
  var data: String?
  @Option(
    help: ArgumentHelp(
      "The set that it was validated on, which only early stopping needs (default: where it was then).",
      valueName: "path"),
    completion: .file())
  var validation: String?
  @Flag(help: "Train to the end even where a cost differs.") var toTheEnd = false
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func run() throws {
    // What may fail is tried before the long work, not after it.
    let machine = try NewVersion.machine()
    let store = try store.open(.readOnly)
    let recorded = try RecordedTraining(store.version(reference))
    let reproduction = try Reproduction(
      of: recorded, in: store, data: data, validation: validation, threads: threads.count)
    let outcome = try reproduction.run(toTheEnd: toTheEnd)
    let report = ReproductionReport(recorded, outcome, machine: machine)
    try report.print(json: json.isOn)
    guard outcome.isSame else { throw ExitCode(ExitStatus.badData.rawValue) }
  }
}
