import Inference
import ModelStore

/// Which version of which model.
struct IdentityDocument: Encodable {
  let model: String
  let version: Int
  let digest: String

  init(_ identity: Model.Identity) {
    model = identity.name
    version = identity.number
    digest = identity.digest
  }
}

/// A labelled set that a version was made with.
struct DatasetDocument: Encodable {
  let fingerprint: String
  let count: Int
  let path: String
  let kind: String

  init(_ dataset: Lineage.Dataset) {
    fingerprint = dataset.fingerprint
    count = dataset.count
    path = dataset.path
    kind = dataset.kind
  }
}

/// The trial of a search for hyperparameters.
private struct SweepPlace: Encodable {
  let name: String
  let trial: Int

  init(_ sweep: Lineage.Sweep) {
    name = sweep.name
    trial = sweep.trial
  }
}

/// Where a version's parameters came from.
struct LineageDocument: Encodable {
  private let lineage: Lineage

  init(_ lineage: Lineage) { self.lineage = lineage }

  enum CodingKeys: String, CodingKey {
    case parent, training, validation, seed, machine, seconds, sweep
    case codeVersion = "code_version"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(lineage.parent.map(IdentityDocument.init), forKey: .parent)
    try container.encode(lineage.training.map(DatasetDocument.init), forKey: .training)
    try container.encode(lineage.validation.map(DatasetDocument.init), forKey: .validation)
    try container.encode(lineage.seed, forKey: .seed)
    try container.encode(lineage.codeVersion, forKey: .codeVersion)
    try container.encode(lineage.machine, forKey: .machine)
    try container.encode(lineage.duration?.inSeconds, forKey: .seconds)
    try container.encodeIfPresent(lineage.sweep.map(SweepPlace.init), forKey: .sweep)
  }
}
