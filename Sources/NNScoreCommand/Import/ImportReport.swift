import Inference
import ModelStore

/// What `import` answers.
struct ImportReport {
  private let record: VersionRecord
  private let source: ImportedFile
  private let signatures: Int
  private let notes: [String]

  /// - Parameters:
  ///   - signatures: how many of the file's were kept.
  ///   - equal: the numbers of the other versions of the model that have the same digest.
  init(_ record: VersionRecord, _ source: ImportedFile, signatures: Int, equal: [Int]) {
    self.record = record
    self.source = source
    self.signatures = signatures
    let others = equal.map { "\(record.model)@\($0)" }.joined(separator: ", ")
    notes = source.notes + (equal.isEmpty ? [] : ["the same digest as \(others): they answer alike"])
  }

  private struct Document: Encodable {
    struct Source: Encodable {
      let file: String
      let sha256: String
      let types: [String]
      let identity: Model.Identity?

      enum CodingKeys: String, CodingKey {
        case file, sha256, types, model, version, digest
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(sha256, forKey: .sha256)
        try container.encode(types, forKey: .types)
        try container.encode(identity?.name, forKey: .model)
        try container.encode(identity?.number, forKey: .version)
        try container.encode(identity.flatMap { $0.digest.isEmpty ? nil : $0.digest }, forKey: .digest)
      }
    }

    struct Layer: Encodable {
      let name: String
      let inputs: Int
      let outputs: Int
      let activation: String
      let bias: Bool
    }

    enum CodingKeys: String, CodingKey {
      case model, version, digest, serving, parameters, signatures, source, layers, labels, notes
      case inputFormat = "input_format"
      case goldenExamples = "golden_examples"
    }

    let model: String
    let version: Int
    let digest: String
    let serving: Bool
    let parameters: Int
    let goldenExamples: Int
    let signatures: Int
    let source: Source
    let layers: [Layer]
    let inputFormat: JSONText
    let labels: [String]
    let notes: [String]
  }

  /// Prints the answer.
  func print(json: Bool) throws { try StandardOutput.print(json ? JSONOutput.document(document) : text) }

  private var document: Document {
    let architecture = record.architecture
    var identity: Model.Identity?
    if case .model(let model) = source.contents { identity = model.identity }
    let layers = architecture.layers.indices.map { index in
      let layer = architecture.layers[index]
      return Document.Layer(
        name: names?[index] ?? "layers.\(index)", inputs: architecture.inputs(ofLayer: index), outputs: layer.outputs,
        activation: "\(layer.activation.name)", bias: biases?[index] ?? true)
    }
    return Document(
      model: record.model, version: record.number, digest: record.digest, serving: record.summary.isServing,
      parameters: record.summary.parameterCount, goldenExamples: record.golden?.count ?? 0, signatures: signatures,
      source: Document.Source(file: source.path, sha256: source.digest, types: source.types, identity: identity),
      layers: layers, inputFormat: JSONText(record.inputFormat.canonicalText), labels: record.labels, notes: notes)
  }

  private var text: String {
    let layers = record.architecture.layers.map { "\($0.outputs) \($0.activation.name)" }
    let format = record.inputFormat
    var fields: [(name: String, value: String)] = [
      ("version", "\(record.model)@\(record.number)" + (record.summary.isServing ? " (in service)" : "")),
      ("digest", record.digest),
      ("file", "\(source.name) (\(source.types.joined(separator: ", ")))"),
      ("", source.digest),
    ]
    if case .model(let model) = source.contents, model.identity.number > 0 {
      fields.append(("exported", "as \(model.identity.name)@\(model.identity.number)"))
    }
    fields.append(("layers", (["\(record.architecture.inputs)"] + layers).joined(separator: " → ")))
    if let names { fields.append(("tensors", names.joined(separator: ", "))) }
    let scale = Format.number(format.scale, digits: 6)
    fields.append(("input", "\(format.shape) \(format.elementType.name), scale \(scale)"))
    if let golden = record.golden { fields.append(("golden", Format.count(golden.count, "example"))) }
    if signatures > 0 { fields.append(("signed", Format.count(signatures, "signature"))) }
    for (index, note) in notes.enumerated() { fields.append((index == 0 ? "note" : "", note)) }
    return FieldList(fields).text(width: Terminal.resultColumns)
  }

  /// The names that another program gave the layers.
  private var names: [String]? {
    guard case .layers(let layers) = source.contents else { return nil }
    return layers.map(\.name)
  }

  private var biases: [Bool]? {
    guard case .layers(let layers) = source.contents else { return nil }
    return layers.map(\.hasBias)
  }
}
