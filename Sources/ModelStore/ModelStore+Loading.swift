import GRDB
public import Inference

extension ModelStore {
  /// A version with its weights and golden examples, every byte checked: the SHA-256 of each tensor, and the version's digest over
  /// all of them.
  ///
  /// The golden examples are not scored here, which would take longer than loading: `Model.replayGolden()` does it, as promote and
  /// rollback did before the version came into service.
  ///
  /// - Throws: ``StoreError``: the reference names nothing, or ``StoreError/Code/damaged`` with the tensor, what was expected and
  ///   what was found.
  public func model(_ reference: Reference) throws(StoreError) -> Model {
    try read { try Self.model(id: Self.resolve(reference, in: $0), in: $0) }
  }

  /// Loads and checks the version with that row id.
  static func model(id: Int, in database: Database) throws -> Model {
    guard let version = try StoredVersion(id: id, in: database) else { throw vanished(id) }
    return try model(version, in: database)
  }

  /// Loads and checks a version; see ``BlobStorage/load(_:rawSize:in:keeping:)`` for `kept`.
  static func model(
    _ version: StoredVersion, in database: Database, keeping kept: KeptBlobs? = nil
  ) throws -> Model {
    let (architecture, tensors) = try checkedTensors(of: version)
    try PhysicalMemory.require(tensors.reduce(0) { $0 + $1.type.byteCount }, for: "\(version.reference)")
    let parameters = try parameters(of: tensors, version, in: database, keeping: kept)
    let inputFormat = try version.decodedInputFormat()
    return try Model(
      architecture: architecture, parameters: parameters, inputFormat: inputFormat, labels: try version.decodedLabels(),
      identity: Model.Identity(
        name: version.model, number: version.number, digest: Digest.withPrefix(version.digest)),
      golden: try golden(of: version, architecture: architecture, inputFormat: inputFormat, in: database))
  }

  /// A tensor whose name, type and shape are those of its version's architecture.
  struct CheckedTensor {
    let type: LayerTensor
    let sha256: String
  }

  /// Checks the version's digest, and its tensors' names, types and shapes against the architecture.
  static func checkedTensors(
    of version: StoredVersion
  ) throws -> (architecture: Architecture, tensors: [CheckedTensor]) {
    let digest = version.computedDigest
    guard digest == version.digest else {
      throw StoreError(
        .damaged,
        "\(version.reference): expected the digest \(version.digest), but its architecture, input format, labels and tensors "
          + "have \(digest); restore a backup")
    }
    let architecture = try version.decodedArchitecture()
    let expected = version.layerTensors(of: architecture)
    guard version.tensors.count == expected.count else {
      throw StoreError(
        .damaged, "\(version.reference): expected \(expected.count) tensors, found \(version.tensors.count)")
    }
    let tensors = try zip(version.tensors, expected).map { tensor, expected in
      guard tensor.fits(expected) else {
        throw StoreError(.damaged, "\(version.reference): \(misfit(tensor, expected))")
      }
      return CheckedTensor(type: expected, sha256: tensor.sha256)
    }
    return (architecture, tensors)
  }

  /// What is wrong with a tensor of another name, type or shape than is expected.
  static func misfit(_ tensor: StoredVersion.Tensor, _ expected: LayerTensor) -> String {
    "expected the tensor \(expected.name), \(expected.dtype), \(expected.shapeText), "
      + "found \(tensor.name), \(tensor.dtype), \(tensor.shape)"
  }

  /// Loads and checks all tensors of a version.
  private static func parameters(
    of tensors: [CheckedTensor], _ version: StoredVersion, in database: Database, keeping kept: KeptBlobs?
  ) throws -> ModelParameters {
    switch version.precision {
    case .float32:
      let values = try numbers(Float.self, of: tensors, version, in: database, keeping: kept)
      return .float32(
        Parameters(
          layers: stride(from: 0, to: values.count, by: 2).map {
            DenseParameters(weight: values[$0], bias: values[$0 + 1])
          }))
    case .int8:
      func numbers<Number: StoredNumber>(_ type: Number.Type) throws -> [[Number]] {
        try Self.numbers(
          type, of: tensors.filter { $0.type.dtypeText == Number.dtype }, version, in: database, keeping: kept)
      }
      let (weights, floats, bytes) = (
        try numbers(Int8.self), try numbers(Float.self), try numbers(UInt8.self)
      )
      // Of each layer the scales, the biases and the scale of the inputs, in this order.
      return .int8(
        QuantizedParameters(
          layers: weights.indices.map { layer in
            QuantizedLayer(
              weight: weights[layer], weightScale: floats[3 * layer], bias: floats[3 * layer + 1],
              inputScale: floats[3 * layer + 2][0], inputZeroPoint: bytes[layer][0])
          }))
    }
  }

  /// The numbers of tensors of one type, checked against their digests.
  static func numbers<Number: StoredNumber>(
    _ type: Number.Type, of tensors: [CheckedTensor], _ version: StoredVersion, in database: Database,
    keeping kept: KeptBlobs? = nil
  ) throws -> [[Number]] {
    do {
      return try BlobStorage.loadNumbers(
        type, tensors.map { ($0.sha256, $0.type.count) }, in: database, keeping: kept)
    } catch let failure as BlobStorage.Failure {
      guard failure.error.code == .damaged else { throw failure.error }
      throw StoreError(
        .damaged,
        "\(version.reference), \(tensors[failure.index].type.name): \(failure.error.message); restore a backup")
    }
  }

  static func vanished(_ id: Int) -> StoreError {
    StoreError(.damaged, "the version with the row id \(id) is missing; run nnscore verify")
  }
}
