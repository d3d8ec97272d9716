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
    try PhysicalMemory.require(4 * architecture.parameterCount, for: "\(version.reference)")
    let values = try floats(of: tensors, version, in: database, keeping: kept)
    let inputFormat = try version.decodedInputFormat()
    return try Model(
      architecture: architecture,
      parameters: Parameters(
        layers: stride(from: 0, to: values.count, by: 2).map {
          DenseParameters(weight: values[$0], bias: values[$0 + 1])
        }),
      inputFormat: inputFormat, labels: try version.decodedLabels(),
      identity: Model.Identity(
        name: version.model, number: version.number, digest: Digest.withPrefix(version.digest)),
      golden: try golden(of: version, architecture: architecture, inputFormat: inputFormat, in: database))
  }

  /// A tensor whose name, type and shape are those of its version's architecture.
  struct CheckedTensor {
    let name: String
    let shape: [Int]
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
    let shapes = StoredVersion.tensorShapes(of: architecture)
    guard version.tensors.count == shapes.count else {
      throw StoreError(
        .damaged, "\(version.reference): expected \(shapes.count) tensors, found \(version.tensors.count)")
    }
    let tensors = try zip(version.tensors, shapes).map { tensor, expected in
      let shape = StoredVersion.text(ofShape: expected.shape)
      guard tensor.name == expected.name, tensor.dtype == "F32", tensor.shape == shape else {
        throw StoreError(
          .damaged,
          "\(version.reference): expected the tensor \(expected.name), F32, \(shape), "
            + "found \(tensor.name), \(tensor.dtype), \(tensor.shape)")
      }
      return CheckedTensor(name: tensor.name, shape: expected.shape, sha256: tensor.sha256)
    }
    return (architecture, tensors)
  }

  /// The numbers of tensors, checked against their digests.
  static func floats(
    of tensors: [CheckedTensor], _ version: StoredVersion, in database: Database, keeping kept: KeptBlobs? = nil
  ) throws -> [[Float]] {
    do {
      return try BlobStorage.loadFloats(
        tensors.map { ($0.sha256, $0.shape.reduce(1, *)) }, in: database, keeping: kept)
    } catch let failure as BlobStorage.Failure {
      guard failure.error.code == .damaged else { throw failure.error }
      throw StoreError(
        .damaged,
        "\(version.reference), \(tensors[failure.index].name): \(failure.error.message); restore a backup")
    }
  }

  static func vanished(_ id: Int) -> StoreError {
    StoreError(.damaged, "the version with the row id \(id) is missing; run nnscore verify")
  }
}
