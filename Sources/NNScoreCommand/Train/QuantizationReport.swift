import Inference
import ModelStore
import Training

/// What `quantize` answers.
struct QuantizationReport {
  let record: VersionRecord
  let original: Model
  let measured: QuantizationMeasurement
  let calibrationCount: Int
  let tolerance: Double
  let calibrationPath: String

  /// The bytes of a model's tensors.
  private static func bytes(_ architecture: Architecture, _ precision: ModelParameters.Precision) -> Int {
    LayerTensor.all(of: architecture, precision).reduce(0) { $0 + $1.byteCount }
  }

  private struct Document: Encodable {
    struct Pair<Value: Encodable>: Encodable {
      let float32: Value
      let int8: Value
    }

    struct Calibration: Encodable {
      let path: String
      let count: Int
    }

    struct Measured: Encodable {
      let set: String
      let path: String
      let count: Int
      let accuracy: Pair<Double>
      let changed: Int
      let largestChange: Double

      enum CodingKeys: String, CodingKey {
        case set, path, count, accuracy, changed
        case largestChange = "largest_change"
      }
    }

    let model: String
    let version: Int
    let digest: String
    let precision: String
    let parent: IdentityDocument
    let calibration: Calibration
    let measured: Measured
    let tolerance: Double
    let bytes: Pair<Int>
    let serving: Bool
  }

  func print(json: Bool) throws {
    try StandardOutput.print(json ? JSONOutput.document(document) : text(width: Terminal.resultColumns))
  }

  private var document: Document {
    let comparison = measured.comparison
    return Document(
      model: record.model, version: record.number, digest: record.digest,
      precision: "\(record.summary.precision.name)", parent: IdentityDocument(original.identity),
      calibration: Document.Calibration(path: calibrationPath, count: calibrationCount),
      measured: Document.Measured(
        set: measured.set, path: measured.path, count: comparison.count,
        accuracy: Document.Pair(float32: comparison.firstAccuracy, int8: comparison.secondAccuracy),
        changed: comparison.changed, largestChange: measured.largestChange),
      tolerance: tolerance,
      bytes: Document.Pair(
        float32: Self.bytes(record.architecture, .float32), int8: Self.bytes(record.architecture, .int8)),
      serving: record.summary.isServing)
  }

  private func text(width: Int) -> String {
    let comparison = measured.comparison
    var table = Table([("", .left), ("FLOATS", .right), ("8 BITS", .right)])
    table.add([
      "accuracy", Format.percent(comparison.firstAccuracy), Format.percent(comparison.secondAccuracy),
    ])
    table.add([
      "weights", Format.bytes(Self.bytes(record.architecture, .float32)),
      Format.bytes(Self.bytes(record.architecture, .int8)),
    ])
    let changes =
      "on \(Format.count(comparison.count, "example")) of \(measured.path): \(Format.count(comparison.changed, "answer")) "
      + "changed, and no probability by more than \(Format.number(measured.largestChange, digits: 3))"
    return """
      \(record.model)@\(record.number)  \(Format.digest(record.digest))\(record.summary.isServing ? "  in service" : "")
      \(FieldList.sentences("of \(original.identity.name)@\(original.identity.number), ranges from \(Format.count(calibrationCount, "example")) of \(Format.visible(calibrationPath))", width: width))
      \(table.text(width: width))\(FieldList.sentences(Format.visible(changes), width: width))

      """
  }
}
