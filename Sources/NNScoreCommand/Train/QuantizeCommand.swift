import ArgumentParser
import Datasets
import Foundation
import Images
import Inference
import ModelStore
import Training

/// `nnscore quantize REF --calibrate PATH`
struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Register a version that computes in 8 bits, made of one that computes in floats.",
    discussion: """
      Weights become bytes with a scale for each output; so do the inputs of each layer, by the range that they have over the \
      calibration set. A quarter of the size, and several times as fast; the answers are nearly the same, and the same bits on \
      every machine.

      PATH is a labelled set as `nnscore train` takes it: a folder of folders, HDF5 or IDX. The training set, or some hundreds of \
      examples like those to come, serve for --calibrate. Both versions are measured on the set of --validate, or else on that of \
      --calibrate, and the new one is refused where its accuracy falls by more than the tolerance.

      EXAMPLES
        nnscore quantize cats@3 --calibrate cats/train --validate cats/test
        nnscore quantize cats --calibrate cats/train --tolerance 0.001 --promote
        nnscore quantize digits --calibrate Examples/digits --name digits-int8 --json
      """)

  @Argument(
    help: ArgumentHelp("The version, one that computes in floats.", valueName: "ref"), transform: Reference.init)
  var reference: Reference
  @Option(
    name: .customLong("calibrate"),
    help: ArgumentHelp("The labelled set that ranges are taken from.", valueName: "path"), completion: .file())
  var calibrationPath: String
  @Option(
    name: .customLong("validate"),
    help: ArgumentHelp("A labelled set to measure both versions on (default: that of --calibrate).", valueName: "path"),
    completion: .file())
  var validationPath: String?
  // Unconditional, so that a negative number is told to be one.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How far accuracy may fall, 0 to 1: 0.005 is half a per cent of the examples.", valueName: "part"))
  var tolerance = 0.005
  @Flag(help: "Register it however far accuracy falls.") var force = false
  @Option(help: ArgumentHelp("The model of the new version (default: that of REF).", valueName: "name")) var name:
    String?
  @OptionGroup var threads: ThreadOptions
  @Option(help: ArgumentHelp("What to remember about this version.", valueName: "text")) var note: String = ""
  @Flag(help: "Put the version into service.") var promote = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    guard tolerance >= 0, tolerance <= 1 else {
      throw usageError("--tolerance is \(tolerance); expected a part of the examples, from 0 to 1")
    }
    if let name { do { try Reference.validate(modelName: name) } catch { throw usageError(error.message) } }
  }

  func run() throws {
    // What may fail is tried before the long work, not after it.
    let machine = try NewVersion.machine()
    let store = try store.open(.readWrite)
    let original = try store.model(reference)
    try PredictionTask.requireClasses(original, "quantize measures how far accuracy falls")
    let name = name ?? original.identity.name
    var quantizer = try Quantizer(original, threads: threads.count)
    try store.checkWritable()
    if promote { try NewVersion.requirePromotable(name, in: store, verb: "quantize") }

    let began = ContinuousClock.now
    let (calibration, validation) = try load(for: original)
    try calibrate(&quantizer, calibration)
    let quantized = try quantizer.quantizedModel()
    let measured = try QuantizationMeasurement(
      original, quantized, on: validation ?? calibration, path: validationPath ?? calibrationPath,
      threads: threads.count,
      isValidation: validation != nil)
    try require(measured, original.identity)

    let draft = VersionDraft(
      model: name, architecture: quantized.architecture, parameters: quantized.modelParameters,
      inputFormat: quantized.inputFormat, labels: quantized.labels,
      hyperparameters: QuantizationHyperparameters(measured, calibrationCount: calibration.count, tolerance: tolerance),
      metrics: measured.metrics,
      lineage: Lineage(
        parent: original.identity, training: Lineage.Dataset(calibration, path: calibrationPath),
        validation: validation.map { Lineage.Dataset($0, path: validationPath ?? "") },
        codeVersion: "nnscore \(NNScore.version)", machine: machine, duration: ContinuousClock.now - began),
      note: note, golden: (validation ?? calibration).goldenRows(for: quantized.inputFormat))
    let record = try store.register(draft, promote: promote, reason: promote ? "quantized with --promote" : "")
    let report = QuantizationReport(
      record: record, original: original, measured: measured, calibrationCount: calibration.count, tolerance: tolerance,
      calibrationPath: calibrationPath)
    do {
      try report.print(json: json.isOn)
    } catch let failure as Failure {
      throw failure.adding("; \(record.model)@\(record.number) is registered nevertheless")
    }
  }

  private func load(for model: Model) throws -> (calibration: LabelledSet, validation: LabelledSet?) {
    let progress = ProgressBar("reading", unit: "images")
    defer { progress.finish() }
    return (
      try LabelledSet.load(path: calibrationPath, for: model, progress: progress),
      try validationPath.map { try LabelledSet.load(path: $0, for: model, progress: progress) }
    )
  }

  private func calibrate(_ quantizer: inout Quantizer, _ set: LabelledSet) throws {
    let progress = ProgressBar("calibrating", unit: "images")
    defer { progress.finish() }
    let features = set.shape.valueCount ?? 1
    for start in stride(from: 0, to: set.count, by: QuantizationMeasurement.batchLength) {
      let end = min(start + QuantizationMeasurement.batchLength, set.count)
      try quantizer.calibrate(Array(set.pixels[start * features..<end * features]))
      progress.update(end, of: set.count)
    }
  }

  /// Refuses what lost more than the tolerance.
  private func require(_ measured: QuantizationMeasurement, _ original: Model.Identity) throws {
    let comparison = measured.comparison
    guard measured.loss > tolerance, !force else { return }
    throw Failure(
      .cannotCreate, code: "accuracyLoss",
      """
      in 8 bits \(original.name)@\(original.number) finds \(Format.percent(comparison.secondAccuracy)) of \
      \(Format.count(comparison.count, "example")) of \(measured.path), in floats \(Format.percent(comparison.firstAccuracy)); that is \
      a fall of \(Format.percent(measured.loss)), and --tolerance \(tolerance) lets it fall by \(Format.percent(tolerance)). Nothing \
      was registered; calibrate with more examples, or register it nevertheless with --force
      """)
  }
}

/// How a model answers in 8 bits and in floats to a labelled set.
struct QuantizationMeasurement {
  /// The examples that are taken at a time.
  static let batchLength = 4096

  let comparison: PredictionComparison
  /// Where the set was read from.
  let path: String
  /// Whether that is another set than the one that ranges were taken from.
  let isValidation: Bool

  init(
    _ original: Model, _ quantized: Model, on set: LabelledSet, path: String, threads: Int, isValidation: Bool
  ) throws {
    self.path = path
    self.isValidation = isValidation
    let progress = ProgressBar("measuring", unit: "images")
    defer { progress.finish() }
    var comparer = try PredictionComparer(original, quantized, top: 1, threads: threads)
    let features = set.shape.valueCount ?? 1
    for start in stride(from: 0, to: set.count, by: Self.batchLength) {
      let end = min(start + Self.batchLength, set.count)
      let rows = Array(set.pixels[start * features..<end * features])
      try comparer.add(rows, rows, labels: Array(set.labels[start..<end]))
      progress.update(end, of: set.count)
    }
    comparison = try comparer.result()
  }

  /// How far accuracy fell, from whole numbers of examples; below 0 where it rose.
  var loss: Double { Double(comparison.onlyFirstRight - comparison.onlySecondRight) / Double(comparison.count) }
  /// The largest change of a probability.
  var largestChange: Double { Double(comparison.mostChanged.first?.change ?? 0) }
  /// `validation` or `calibration`.
  var set: String { isValidation ? "validation" : "calibration" }
  /// What is recorded with the version.
  var metrics: [String: Double] {
    [
      "accuracy.\(set)": comparison.secondAccuracy,
      "agreement.\(set)": Double(comparison.count - comparison.changed) / Double(comparison.count),
    ]
  }
}

/// How a version was quantized, as it is recorded.
private struct QuantizationHyperparameters: Encodable, Sendable {
  struct Quantization: Encodable, Sendable {
    let ranges = "minMax"
    let calibrationCount: Int
    let tolerance: Double
    let accuracy: [String: Double]

    enum CodingKeys: String, CodingKey {
      case ranges, tolerance, accuracy
      case calibrationCount = "calibration_count"
    }
  }

  let quantization: Quantization

  init(_ measured: QuantizationMeasurement, calibrationCount: Int, tolerance: Double) {
    quantization = Quantization(
      calibrationCount: calibrationCount, tolerance: tolerance,
      accuracy: ["float32": measured.comparison.firstAccuracy, "int8": measured.comparison.secondAccuracy])
  }
}
