import GRDB
import Inference

extension VersionRecord {
  /// Reads and decodes the version with that row id.
  init(id: Int, in database: Database) throws {
    guard let stored = try StoredVersion(id: id, in: database) else { throw ModelStore.vanished(id) }
    guard let summary = try VersionSummary.fetch(id: id, model: stored.model, in: database) else {
      throw ModelStore.vanished(id)
    }

    self.model = stored.model
    self.summary = summary
    self.architecture = try stored.decodedArchitecture()
    self.inputFormat = try stored.decodedInputFormat()
    self.labels = try stored.decodedLabels()
    self.hyperparameters = stored.hyperparameters
    self.lineage = try stored.decodedLineage()
    self.golden = stored.golden.map { Golden(count: $0.count, inputs: $0.inputs, outputs: $0.outputs) }
    let layers = stored.layerTensors(of: architecture)
    self.tensors = try stored.tensors.enumerated().map { index, tensor in
      guard index < layers.count, tensor.shape == layers[index].shapeText else {
        throw StoreError(
          .damaged,
          "\(stored.reference): the tensor \(tensor.name) has a shape, \(tensor.shape), that is not its layer's")
      }
      guard let header = try BlobStorage.header(tensor.sha256, in: database) else {
        throw StoreError(.damaged, "\(stored.reference): the blob \(tensor.sha256) of \(tensor.name) is missing")
      }
      return Tensor(
        name: tensor.name, dtype: tensor.dtype, shape: layers[index].shape, sha256: tensor.sha256,
        rawSize: header.rawSize, storedSize: header.storedSize)
    }
  }
}

extension StoredVersion {
  /// `cats@3`, for messages.
  var reference: String { "\(model)@\(number)" }

  func decodedArchitecture() throws -> Architecture {
    try Architecture(canonicalText: Array(architecture.utf8), name: "\(reference), architecture")
  }

  func decodedInputFormat() throws -> InputFormat {
    try InputFormat(canonicalText: Array(inputFormat.utf8), name: "\(reference), input format")
  }

  func decodedLabels() throws -> [String] {
    try Model.labels(canonicalText: Array(labels.utf8), name: "\(reference), labels")
  }

  func decodedLineage() throws -> Lineage {
    var lineage = Lineage()
    lineage.parent = parent.map {
      Model.Identity(name: $0.name, number: $0.number, digest: Digest.withPrefix($0.digest))
    }
    if let seed {
      guard let number = UInt64(seed) else {
        throw StoreError(.damaged, "\(reference): the seed \"\(seed)\" is not a 64-bit number")
      }
      lineage.seed = number
    }
    lineage.codeVersion = codeVersion
    lineage.machine = machine
    lineage.sweep = sweep
    lineage.duration = durationMilliseconds.map { .milliseconds($0) }
    for dataset in datasets {
      let value = Lineage.Dataset(
        fingerprint: dataset.fingerprint, count: dataset.count, path: dataset.path, kind: dataset.kind)
      switch dataset.role {
      case "training": lineage.training = value
      case "validation": lineage.validation = value
      default: throw StoreError(.damaged, "\(reference): a dataset of an unknown role, \"\(dataset.role)\"")
      }
    }
    return lineage
  }
}
