import ArgumentParser
import Datasets
import Foundation
import Images
import Inference
import ModelStore
import Training

/// `nnscore evaluate REF --data PATH`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a version on a labelled set: accuracy, F1, confusion matrix, errors.",
    usage: """
      nnscore evaluate REF --data PATH [OPTIONS]
      nnscore evaluate --model FILE --data PATH [OPTIONS]
      """,
    discussion: """
      Classes are matched by name, so the set may list them in another order than the model. A model file that has golden examples \
      must still give their answers (else exit code 65).

      Precision is the part that is right of what was taken for a class, recall the part of a class that was found, F1 their \
      harmonic mean; a dash stands where there is nothing to divide by. For two classes ROC AUC is the probability that an example \
      of the second has a higher score for it than one of the first, equal scores counting as half.

      Of several independent labels an example, accuracy is the part of the examples all of whose labels are right, and each label has \
      accuracy, precision, recall, F1 and ROC AUC. Quantities have the root of the mean squared error (RMSE), the mean absolute error \
      (MAE), both in the quantity's unit, and R², which is 1 for no error and 0 for the mean of the set as every answer.

      --mistakes draws what was taken for another class, labels that were told wrong, or the quantities whose answers are furthest off \
      (in standard deviations), the worst first, on sheets DIR/mistakes-1.png, …, \(MistakeSheet.capacity) on each, and lists all of \
      it in DIR/mistakes.tsv. Those of an earlier run are replaced, and its other sheets removed.

      EXAMPLES
        nnscore evaluate cats --data pictures/test
        nnscore evaluate cats --data pictures/test --mistakes wrong
        nnscore evaluate digits@2 --json \\
          --data Examples/digits/t10k-images-idx3-ubyte.gz
      """)

  @Argument(
    help: ArgumentHelp("The version (unless --model is given).", valueName: "ref"), transform: Reference.init)
  var reference: Reference?
  @Option(
    help: ArgumentHelp("Evaluate a model file, without any store.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var model: String?
  @Option(
    help: ArgumentHelp(
      "The labelled set: a folder with a sub-folder for each class or a labels.csv, CSV, HDF5, or IDX.",
      valueName: "path"),
    completion: .file())
  var data: String
  @Option(
    help: ArgumentHelp("Draw and list the mistakes in this folder; it is made if need be.", valueName: "dir"),
    completion: .directory)
  var mistakes: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The most mistakes to draw, the worst ones (default: \(MistakeSheet.capacity)).", valueName: "n")
  )
  var mistakesCount: Int?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if (reference == nil) == (model == nil) {
      throw usageError("expected either a version such as cats or cats@2, or --model FILE")
    }
    if let mistakesCount {
      guard mistakes != nil else { throw usageError("--mistakes-count needs --mistakes DIR, where they are drawn") }
      guard mistakesCount > 0 else { throw usageError("--mistakes-count is \(mistakesCount); expected 1 or more") }
    }
    if mistakes == "" { throw usageError("--mistakes is empty; expected a folder, such as .") }
  }

  func run() throws {
    // Before any work, and as what it is: a variable of the environment, not the data.
    _ = try InstructionSet.selected()
    let source = try model.map(ModelSource.file) ?? .version(reference ?? Reference(""))
    let model = try source.load(store).model
    let files = mistakes.map { MistakeFiles(folder: $0, most: mistakesCount ?? MistakeSheet.capacity) }
    // Before the work, so that a wrong path is told at once.
    try files?.prepare(for: model)
    let progress = ProgressBar("reading", unit: "images")
    defer { progress.finish() }
    let set = try LabelledSet.load(path: data, for: model, progress: progress)
    let evaluation = try Evaluation(
      of: model, on: TrainingData(set), keepingMistakes: files != nil, threads: threads.count)
    progress.finish()
    let written = try files?.write(Mistakes(evaluation, in: set, by: model))
    guard !json.isOn else {
      return try StandardOutput.print(JSONOutput.document(EvaluationDocument(evaluation, of: model, mistakes: written)))
    }
    let report = EvaluationReport(
      name: "\(model.identity.name)@\(model.identity.number)", labels: model.labels, evaluation: evaluation)
    try StandardOutput.print(report.text(width: Terminal.resultColumns))
    if let written { try StandardOutput.printSentences("\n\(Format.visible(written.text))\n") }
  }
}
