import ArgumentParser
import Foundation
import Inference
import ModelStore

/// `nnscore show REF`
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one version in full.",
    discussion: """
      EXAMPLES
        nnscore show cats
        nnscore show cats@2 --json
        nnscore show cats@2 --config > cats.yaml
      """)

  @Argument(
    help: ArgumentHelp(
      "The version: NAME (in service), NAME@NUMBER, NAME@latest, NAME@ALIAS or NAME@sha256:PREFIX.", valueName: "ref"),
    transform: Reference.init)
  var reference: Reference
  @Flag(
    help: "Print the file for train --config that repeats the version: YAML, with --json JSON.")
  var config = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func run() throws {
    let store = try store.open(.readOnly)
    let record = try store.version(reference)
    if config {
      let configuration = try RepeatingConfiguration(record, in: store)
      return try StandardOutput.print(json.isOn ? configuration.json() : configuration.yaml)
    }
    // By its number: what a name alone means may change in between.
    let signatures = try store.signatures(of: Reference(model: record.model, .number(record.number)))
    try StandardOutput.print(
      json.isOn
        ? JSONOutput.document(RecordDocument(record, signatures))
        : Self.text(record, signatures, width: Terminal.resultColumns))
  }

  private static func text(_ record: VersionRecord, _ signatures: [VersionSignature], width: Int) -> String {
    let format = record.inputFormat
    var lines: [(name: String, value: String)] = [
      ("version", "\(record.model)@\(record.number)" + (record.summary.isServing ? " (in service)" : "")),
      ("digest", record.digest),
      ("created", Format.moment(record.summary.createdAt)),
    ]
    if !record.summary.note.isEmpty { lines.append(("note", record.summary.note)) }
    let layers = record.architecture.layers.map { "\($0.outputs) \($0.activation.name)" }
    lines += [
      ("layers", (["\(record.architecture.inputs)"] + layers).joined(separator: " → ")),
      (
        "parameters",
        "\(Format.count(record.summary.parameterCount)), \(record.summary.precision.name), "
          + Format.bytes(
            record.tensors.reduce(0) { sum, tensor in
              let (bytes, overflow) = sum.addingReportingOverflow(tensor.rawSize)
              return overflow ? .max : bytes
            })
      ),
      ("labels", record.labels.joined(separator: ", ")),
      (
        "input",
        "\(format.shape) \(format.elementType.name), \(format.fit.name), \(format.filter.name)"
          + (format.jpeg == .full ? "" : ", JPEG \(format.jpeg.name)")
      ),
      ("scale", Format.number(format.scale, digits: 6)),
    ]
    if format.mean.contains(where: { $0 != 0 }) || format.standardDeviation.contains(where: { $0 != 1 }) {
      lines.append(("mean", format.mean.map { Format.number($0) }.joined(separator: ", ")))
      lines.append(("deviation", format.standardDeviation.map { Format.number($0) }.joined(separator: ", ")))
    }
    if record.summary.costCount > 0 {
      lines.append(
        (
          "cost",
          "\(Format.cost(record.summary.finalCost)) after \(Format.count(record.summary.costCount, "iteration"))"
        ))
    }
    for (name, value) in record.summary.metrics.sorted(by: { $0.key < $1.key }) {
      lines.append((name, Format.metric(name, value)))
    }
    if let golden = record.golden { lines.append(("golden", Format.count(golden.count, "example"))) }
    lines += lineage(record.lineage, record.summary.precision)
    for signature in signatures {
      let label = signature.label.isEmpty ? "" : "\(signature.label), "
      let standing = !signature.isValid ? "NOT VALID" : signature.isTrusted ? "trusted" : "not trusted"
      lines.append(("signed", "\(signature.publicKey.prefix(16))… (\(label)\(standing))"))
      lines.append(("", "on \(Format.moment(signature.entry.at)) by \(signature.entry.actor)"))
    }
    if case .object(let values)? = try? JSONDecoder().decode(JSONValue.self, from: Data(record.hyperparameters.utf8)) {
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        lines.append((name.replacing("_", with: " "), value.text))
      }
    }
    var table = Table([
      ("TENSOR", .name), ("TYPE", .left), ("SHAPE", .left), ("RAW", .right), ("STORED", .right), ("SHA-256", .left),
    ])
    for tensor in record.tensors {
      table.add([
        tensor.name, tensor.dtype, tensor.shape.map(String.init).joined(separator: " × "), Format.bytes(tensor.rawSize),
        Format.bytes(tensor.storedSize), String(tensor.sha256.prefix(12)),
      ])
    }
    return FieldList(lines).text(width: width) + "\n" + table.text(width: width)
  }

  private static func lineage(
    _ lineage: Lineage, _ precision: ModelParameters.Precision
  ) -> [(name: String, value: String)] {
    let first = precision == .int8 ? "calibrated on" : "trained on"
    var lines: [(name: String, value: String)] = []
    if let parent = lineage.parent { lines.append(("parent", "\(parent.name)@\(parent.number)")) }
    for (name, dataset) in [(first, lineage.training), ("validated on", lineage.validation)] {
      guard let dataset else { continue }
      lines.append((name, "\(dataset.path) (\(Format.count(dataset.count, "example")), \(dataset.kind))"))
      lines.append(("", dataset.fingerprint))
    }
    if let sweep = lineage.sweep { lines.append(("sweep", "\(sweep.name), trial \(sweep.trial)")) }
    if let code = lineage.codeVersion { lines.append((precision == .int8 ? "quantized by" : "trained by", code)) }
    if let machine = lineage.machine { lines.append(("machine", machine)) }
    if let seconds = lineage.duration?.inSeconds { lines.append(("duration", Format.duration(seconds))) }
    return lines
  }
}

/// One version in full.
private struct RecordDocument: Encodable {
  struct Tensor: Encodable {
    let name: String
    let type: String
    let shape: [Int]
    let sha256: String
    let rawBytes: Int
    let storedBytes: Int

    enum CodingKeys: String, CodingKey {
      case name, type, shape, sha256
      case rawBytes = "raw_bytes"
      case storedBytes = "stored_bytes"
    }
  }

  struct Golden: Encodable {
    let count: Int
    let inputs: String
    let outputs: String

    enum CodingKeys: String, CodingKey {
      case count
      case inputs = "inputs_sha256"
      case outputs = "outputs_sha256"
    }

    init(_ golden: VersionRecord.Golden) {
      count = golden.count
      inputs = golden.inputs
      outputs = golden.outputs
    }
  }

  struct Signature: Encodable {
    let publicKey: String
    let signature: String
    let valid: Bool
    let trusted: Bool
    let label: String
    let at: String
    let actor: String

    enum CodingKeys: String, CodingKey {
      case publicKey = "public_key"
      case signature, valid, trusted, label, at, actor
    }

    init(_ signature: VersionSignature) {
      publicKey = signature.publicKey
      self.signature = signature.signature
      valid = signature.isValid
      trusted = signature.isTrusted
      label = signature.label
      at = signature.entry.at.description
      actor = signature.entry.actor
    }
  }

  let model: String
  let summary: VersionDocument
  let architecture: JSONText
  let inputFormat: JSONText
  let labels: [String]
  let hyperparameters: JSONText
  let lineage: LineageDocument
  let tensors: [Tensor]
  let golden: Golden?
  let signatures: [Signature]

  enum CodingKeys: String, CodingKey {
    case model, architecture, labels, hyperparameters, lineage, tensors, golden, signatures
    case inputFormat = "input_format"
  }

  init(_ record: VersionRecord, _ signatures: [VersionSignature]) {
    golden = record.golden.map(Golden.init)
    self.signatures = signatures.map(Signature.init)
    model = record.model
    summary = VersionDocument(record.summary)
    architecture = JSONText(record.architecture.canonicalText)
    inputFormat = JSONText(record.inputFormat.canonicalText)
    labels = record.labels
    hyperparameters = JSONText(record.hyperparameters)
    lineage = LineageDocument(record.lineage)
    tensors = record.tensors.map {
      Tensor(
        name: $0.name, type: $0.dtype, shape: $0.shape, sha256: $0.sha256, rawBytes: $0.rawSize,
        storedBytes: $0.storedSize)
    }
  }

  func encode(to encoder: any Encoder) throws {
    try summary.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(architecture, forKey: .architecture)
    try container.encode(inputFormat, forKey: .inputFormat)
    try container.encode(labels, forKey: .labels)
    try container.encode(hyperparameters, forKey: .hyperparameters)
    try container.encode(lineage, forKey: .lineage)
    try container.encode(tensors, forKey: .tensors)
    try container.encode(golden, forKey: .golden)
    try container.encode(signatures, forKey: .signatures)
  }
}
