/// A model as a safetensors file; `Schemas/model-file.md` specifies it byte by byte.
public enum ModelFile {
  /// The version of the model file that is written for a model without golden examples and signatures.
  static let format: StaticString = "1"
  /// The version that is written for a model with some.
  static let extendedFormat: StaticString = "2"
  /// The version that is written for a model in 8 bits, with or without them; nothing later is read.
  static let int8Format: StaticString = "3"

  static let formatKey: StaticString = "nnscore.format"
  static let architectureKey: StaticString = "nnscore.architecture"
  static let inputKey: StaticString = "nnscore.input"
  static let labelsKey: StaticString = "nnscore.labels"
  static let nameKey: StaticString = "nnscore.name"
  static let versionKey: StaticString = "nnscore.version"
  static let digestKey: StaticString = "nnscore.digest"
  static let signaturesKey: StaticString = "nnscore.signatures"
  static let checksumKey: StaticString = "nnscore.checksum"
  static let checksumPrefix: StaticString = "xxh64:"
  static let checksumDigits = 16

  /// The bytes of a model's file: header and tensors, with a checksum over all of them.
  public static func encode(_ model: Model) -> [UInt8] {
    var header = "{\"__metadata__\":{"
    let isExtended = model.golden != nil || !model.signatures.isEmpty
    let format = model.precision == .int8 ? int8Format : isExtended ? extendedFormat : Self.format
    var entries: [(StaticString, String)] = [
      (formatKey, "\(format)"),
      (architectureKey, model.architecture.canonicalText),
      (inputKey, model.inputFormat.canonicalText),
      (labelsKey, Model.canonicalText(ofLabels: model.labels)),
      (nameKey, model.identity.name),
      (versionKey, "\(model.identity.number)"),
      (digestKey, model.identity.digest),
    ]
    if !model.signatures.isEmpty {
      entries.append((signaturesKey, Model.canonicalText(ofSignatures: model.signatures)))
    }
    for (key, value) in entries {
      header += "\"\(key)\":" + CanonicalText.quoted(value) + ","
    }
    header += "\"\(checksumKey)\":\"\(checksumPrefix)"
    let checksumStart = 8 + header.utf8.count
    header += "0000000000000000\"}"

    var position = 0
    func entry(_ name: String, _ type: TensorType, _ shape: String, count: Int) -> String {
      let end = position + count * type.size
      defer { position = end }
      return ",\"\(name)\":{\"dtype\":\"\(type.name)\",\"shape\":[\(shape)],\"data_offsets\":[\(position),\(end)]}"
    }
    for tensor in LayerTensor.all(of: model.architecture, model.precision) {
      var shape = ""
      for length in tensor.shape { shape += shape.isEmpty ? "\(length)" : ",\(length)" }
      header += entry(tensor.name, tensor.type, shape, count: tensor.count)
    }
    if let golden = model.golden {
      let (count, outputs, inputs) = (golden.count, model.architecture.outputs, model.architecture.inputs)
      header += entry("\(GoldenExamples.outputsName)", .f32, "\(count),\(outputs)", count: count * outputs)
      header += entry(
        "\(GoldenExamples.inputsName)", golden.inputs.elementType.tensorType, "\(count),\(inputs)",
        count: count * inputs)
    }
    header += "}"
    // The data begins at a multiple of 8, so that readers may map the tensors as they are.
    while header.utf8.count % 8 != 0 { header += " " }

    var file: [UInt8] = []
    file.reserveCapacity(8 + header.utf8.count + position)
    file.append(contentsOf: [UInt64(header.utf8.count)].littleEndianBytes)
    file.append(contentsOf: header.utf8)
    model.modelParameters.forEachTensor { file.append(contentsOf: $0) }
    if let golden = model.golden {
      file.append(contentsOf: golden.outputs.littleEndianBytes)
      file.append(contentsOf: golden.inputs.littleEndianBytes)
    }
    let digits = checksumStart..<checksumStart + checksumDigits
    let checksum = hexadecimal(file.span.withRegion { $0.checksum(masking: digits) })
    for (index, digit) in zip(digits, checksum) { file[index] = digit }
    return file
  }

  /// 16 lower-case hexadecimal digits.
  static func hexadecimal(_ value: UInt64) -> [UInt8] {
    let digits: [UInt8] = StaticString("0123456789abcdef").bytes
    var result: [UInt8] = []
    for shift in stride(from: 60, through: 0, by: -4) { result.append(digits[Int(value >> UInt64(shift) & 15)]) }
    return result
  }
}

extension Model {
  /// Opens a model file: maps it, and in one pass checks every byte of it and copies the parameters.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - replayingGolden: whether to score the golden examples as well, if the file has some: see ``replayGolden()``. It takes as
  ///     long as packing the model's weights.
  /// - Throws: ``InferenceError``: the file cannot be opened, is not a model file, breaks a rule (with the byte or tensor where),
  ///   or its bytes are not those that were written; or ``InferenceError/Code/goldenMismatch``.
  public init(contentsOfFile path: String, replayingGolden: Bool = false) throws(InferenceError) {
    self = try MappedFile.withBytes(ofFile: path) { (region: Region<UInt8>) throws(InferenceError) in
      try Model(region, name: path)
    }
    if replayingGolden, golden != nil { try PackedModel(self).replayGolden(name: path) }
  }

  /// Reads a model file from memory.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: what the bytes are, for errors.
  ///   - replayingGolden: whether to score the golden examples as well, if there are some.
  /// - Throws: as ``init(contentsOfFile:replayingGolden:)``.
  public init(
    bytes: Span<UInt8>, name: String = "model", replayingGolden: Bool = false
  ) throws(InferenceError) {
    self = try bytes.withRegion { (region: Region<UInt8>) throws(InferenceError) in
      try Model(region, name: name)
    }
    if replayingGolden, golden != nil { try PackedModel(self).replayGolden(name: name) }
  }

  init(_ file: Region<UInt8>, name: String) throws(InferenceError) {
    let header = try SafetensorsHeader(file, name: name)
    let metadata = try ModelMetadata(header.metadata, file: name)
    let tensors = try metadata.checkedTensors(header, file, name: name)

    let architecture = try Architecture(
      canonicalText: metadata.architecture, name: "\(name), \(ModelFile.architectureKey)")
    let isGolden: (CheckedTensor) -> Bool = {
      metadata.isExtended && GoldenExamples.isTensor(named: $0.entry.name)
    }
    let layers = tensors.filter { !isGolden($0) }
    let parameters = try ModelParameters(layers, architecture: architecture, metadata.precision, name: name)
    let inputFormat = try InputFormat(canonicalText: metadata.input, name: "\(name), \(ModelFile.inputKey)")
    let labels = try Model.labels(canonicalText: metadata.labels, name: "\(name), \(ModelFile.labelsKey)")
    var golden: GoldenExamples?
    if layers.count < tensors.count {
      golden = try GoldenExamples(
        tensors.filter(isGolden), after: layers, architecture: architecture, inputFormat: inputFormat, name: name)
    }
    var signatures: [Signature] = []
    if let text = metadata.signatures {
      signatures = try Model.signatures(canonicalText: text, name: "\(name), \(ModelFile.signaturesKey)")
    }
    guard !metadata.isExtended || metadata.precision == .int8 || golden != nil || !signatures.isEmpty else {
      throw InferenceError(
        .invalidModelFile,
        "\(name): a file of format \"\(ModelFile.extendedFormat)\" has golden examples or signatures, this one neither; "
          + "without them the format is \"\(ModelFile.format)\"")
    }
    do throws(InferenceError) {
      try self.init(
        architecture: architecture, parameters: parameters, inputFormat: inputFormat, labels: labels,
        identity: metadata.identity, golden: golden, signatures: signatures)
    } catch let error {
      // What does not fit together is found without knowing of files.
      throw InferenceError(error.code, "\(name): \(error.message)")
    }
  }
}

/// The entries that a model file's `__metadata__` must have.
private struct ModelMetadata {
  let architecture: [UInt8]
  let input: [UInt8]
  let labels: [UInt8]
  let identity: Model.Identity
  /// Whether the file may have golden examples and signatures.
  let isExtended: Bool
  /// What the layers compute with.
  let precision: ModelParameters.Precision
  /// The text of the signatures, or nil.
  let signatures: [UInt8]?
  private let checksum: SafetensorsHeader.Metadata

  init(_ entries: [SafetensorsHeader.Metadata], file: String) throws(InferenceError) {
    func entry(_ key: StaticString) throws(InferenceError) -> SafetensorsHeader.Metadata {
      let bytes = key.bytes
      guard let entry = entries.first(where: { $0.key == bytes }) else {
        throw InferenceError(
          .invalidModelFile,
          "\(file): a safetensors file, but not a model of nnscore: its __metadata__ has no \"\(key)\"")
      }
      return entry
    }
    let format = try entry(ModelFile.formatKey).value
    precision = format == ModelFile.int8Format.bytes ? .int8 : .float32
    isExtended = format == ModelFile.extendedFormat.bytes || precision == .int8
    guard isExtended || format == ModelFile.format.bytes else {
      throw InferenceError(
        .unsupportedModelFile,
        "\(file): model file format \"\(String(decoding: format, as: UTF8.self))\"; this program reads "
          + "\"\(ModelFile.format)\", \"\(ModelFile.extendedFormat)\" and \"\(ModelFile.int8Format)\": use a newer one")
    }
    var known: [StaticString] = [
      ModelFile.formatKey, ModelFile.architectureKey, ModelFile.inputKey, ModelFile.labelsKey, ModelFile.nameKey,
      ModelFile.versionKey, ModelFile.digestKey, ModelFile.checksumKey,
    ]
    if isExtended { known.append(ModelFile.signaturesKey) }
    let prefix = StaticString("nnscore.").bytes
    for entry in entries where entry.key.starts(with: prefix) {
      guard known.contains(where: { $0.bytes == entry.key }) else {
        throw InferenceError(
          .invalidModelFile,
          "\(file): the __metadata__ key \"\(String(decoding: entry.key, as: UTF8.self))\" is not known")
      }
    }
    architecture = try entry(ModelFile.architectureKey).value
    input = try entry(ModelFile.inputKey).value
    labels = try entry(ModelFile.labelsKey).value
    let signaturesKey = ModelFile.signaturesKey.bytes
    signatures = entries.first { $0.key == signaturesKey }?.value
    checksum = try entry(ModelFile.checksumKey)
    var number = JSONScanner(try entry(ModelFile.versionKey).value, name: "\(file), \(ModelFile.versionKey)")
    identity = Model.Identity(
      name: String(decoding: try entry(ModelFile.nameKey).value, as: UTF8.self),
      number: try number.integer(),
      digest: String(decoding: try entry(ModelFile.digestKey).value, as: UTF8.self))
    try number.end()
  }

  /// Copies the tensors, and compares the checksum that the file states with that of its bytes, the digits of the statement taken
  /// as zeros.
  func checkedTensors(
    _ header: SafetensorsHeader, _ file: Region<UInt8>, name: String
  ) throws(InferenceError) -> [CheckedTensor] {
    let prefix = ModelFile.checksumPrefix.bytes
    let digits = checksum.end - 1 - ModelFile.checksumDigits..<checksum.end - 1
    guard checksum.value.count == prefix.count + ModelFile.checksumDigits, checksum.value.starts(with: prefix),
      checksum.value.dropFirst(prefix.count).allSatisfy(HexadecimalFloat.isLowerHexadecimal),
      file.part(from: digits.lowerBound, count: digits.count).array == Array(checksum.value.dropFirst(prefix.count))
    else {
      throw InferenceError(
        .invalidModelFile,
        "\(name): \(ModelFile.checksumKey) is not \"\(ModelFile.checksumPrefix)\" and 16 lower-case hexadecimal digits")
    }
    let (tensors, value) = header.checkedTensors(file, masking: digits)
    let found = ModelFile.hexadecimal(value)
    guard found == Array(checksum.value.dropFirst(prefix.count)) else {
      throw InferenceError(
        .damagedModelFile,
        "\(name): the checksum of its bytes is \(String(decoding: found, as: UTF8.self)), the file says "
          + "\(String(decoding: checksum.value.dropFirst(prefix.count), as: UTF8.self)): the file is damaged; "
          + "export or copy it again")
    }
    return tensors
  }
}

extension ModelParameters {
  /// Takes the tensors of an architecture's layers, each exactly once and nothing else.
  fileprivate init(
    _ tensors: [CheckedTensor], architecture: Architecture, _ precision: Precision, name: String
  ) throws(InferenceError) {
    let layers = LayerTensor.all(of: architecture, precision)
    var wanted: [[UInt8]] = []
    for layer in layers { wanted.append([UInt8](layer.name.utf8)) }
    try self.init(of: architecture, precision) { (index: Int) throws(InferenceError) in
      let layer = layers[index]
      guard let checked = tensors.first(where: { $0.entry.name == wanted[index] }) else {
        throw InferenceError(.invalidModelFile, "\(name): the tensor \(layer.name) is missing")
      }
      let tensor = checked.entry
      guard tensor.type == layer.type, tensor.shape == layer.shape else {
        throw InferenceError(
          .invalidModelFile,
          "\(name): \(layer.name) is \(tensor.type.name) \(shapeText(tensor.shape)); the architecture needs "
            + "\(layer.dtype) \(shapeText(layer.shape))")
      }
      return checked
    }
    // All that are needed are there, and no name stands twice, so any other count means a name too many.
    guard tensors.count == layers.count else {
      let other = tensors.first { tensor in !wanted.contains { $0 == tensor.entry.name } }
      throw InferenceError(
        .invalidModelFile,
        "\(name): the tensor \"\(String(decoding: other?.entry.name ?? [], as: UTF8.self))\" belongs to no layer; the "
          + "architecture has \(architecture.layers.count)")
    }
  }
}

/// A shape as people write it: [2, 3].
func shapeText(_ shape: [Int]) -> String {
  var result = "["
  for index in shape.indices { result += index == 0 ? "\(shape[index])" : ", \(shape[index])" }
  return result + "]"
}
