import ArgumentParser
import Datasets
import Foundation
import Inference
import ModelStore
import Training

/// `nnscore score REF PATH…`
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Score images with a version.",
    usage: """
      nnscore score REF PATH... [OPTIONS]
      nnscore score --model FILE PATH... [OPTIONS]
      """,
    discussion: """
      A PATH is a PNG or JPEG image, a folder (all images in it, at any depth), an IDX or HDF5 file, or - for a list of paths on \
      standard input, one a line. Images are brought to the model's input by the rule it was trained with. In a folder, images \
      are known by their endings (.png, .jpg, .jpeg, .jfif); a GIF, WebP, BMP, TIFF, HEIC or AVIF image there is an error.

      The answer is the class of the highest probability; of several independent labels those with a probability above 0.5; of \
      quantities their values.

      A model file that has golden examples must still give their answers, or nothing is scored (exit code 65).

      An image that cannot be read is reported; all others are scored, and the exit code is 1. Results come in the order of the \
      paths, those of a list do not wait for its next path. Ctrl-C ends them as a whole document, with exit code 130.

      EXAMPLES
        nnscore score cats pictures/
        nnscore score cats@2 a.png b.jpg --format csv > scores.csv
        find /data -name '*.jpg' | nnscore score cats - --format ndjson
        nnscore score --model cats.safetensors pictures/ --json
      """)

  @Argument(help: ArgumentHelp("The version (unless --model is given), then the paths.", valueName: "REF PATH"))
  var arguments: [String] = []
  @Option(
    help: ArgumentHelp("Score with a model file, without any store.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var model: String?
  @Option(help: "How to print: table, json, ndjson or csv.") var format: ScoreFormat?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The most images scored together; no score depends on it.", valueName: "n"))
  var batchSize = Self.defaultBatchSize
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  static let defaultBatchSize = 32

  func validate() throws {
    guard batchSize >= 1, batchSize <= 65_536 else {
      throw usageError("--batch-size is \(batchSize); expected 1 to 65536")
    }
    if json.isOn, let format, format != .json {
      throw usageError("--json and --format \(format) contradict each other")
    }
    if model == nil, arguments.isEmpty {
      throw usageError("expected a version such as cats or cats@2, or --model FILE")
    }
    if arguments.count < (model == nil ? 2 : 1) { throw usageError("expected at least one PATH to score") }
  }

  func run() throws {
    let source = try model.map(ModelSource.file) ?? .version(Reference(arguments[0]))
    let packed = try source.load(store)
    let paths = model == nil ? arguments.dropFirst() : arguments[...]
    let interrupted = Cancellation()
    let list = StandardInputLines(cancellation: interrupted)
    if paths.allSatisfy({ $0 == "-" }), list.isAtEnd {
      throw Failure(.noInput, code: "empty", "standard input: the list of paths is empty; expected one path a line")
    }
    let pipeline = ScorePipeline(
      packed, items: ScoringItems(paths: Self.expand(paths, list)) { list.isAtHand }, batchSize: batchSize,
      threads: threads.count)

    let writer = ScoreWriter(json.isOn ? .json : format ?? .table, model: packed.model)
    let progress = ProgressBar(
      "scoring", unit: "images", isShown: Terminal.isInteractive(2) && !Terminal.isInteractive(1))
    try writer.begin()
    let interrupts = Terminal.onInterrupt {
      interrupted.cancel()
      pipeline.cancel()
    }
    defer { withExtendedLifetime(interrupts) {} }
    try pipeline.run { results in
      try writer.write(results)
      progress.update(writer.scored + writer.failed, of: nil)
    }
    progress.finish()
    try writer.end()
    summarise(scored: writer.scored, failed: writer.failed, seconds: progress.elapsed)
    guard !interrupted.isCancelled else {
      throw Failure(.interrupted, code: "interrupted", "interrupted: what comes after these results was not scored")
    }
    if writer.failed > 0 { throw ExitCode(ExitStatus.someFailed.rawValue) }
  }

  private func summarise(scored: Int, failed: Int, seconds: Double) {
    let rate = Self.rate(scored + failed, seconds: seconds).map { " (\($0))" } ?? ""
    Terminal.note(
      "\(Format.count(scored)) scored, \(Format.count(failed)) failed in \(Format.duration(seconds))\(rate)\n")
  }

  /// How fast so many images were scored; nil for a few milliseconds, of which a rate says nothing.
  static func rate(_ images: Int, seconds: Double) -> String? {
    guard seconds >= 0.1 else { return nil }
    return Format.rate(Double(images) / seconds) + " images/s"
  }

  /// The paths, with `-` replaced by the lines of standard input as they come.
  private static func expand(_ paths: ArraySlice<String>, _ list: StandardInputLines) -> some Sequence<String> {
    paths.lazy.flatMap { path in
      path == "-" ? AnySequence(list) : AnySequence(CollectionOfOne(path))
    }
  }
}
