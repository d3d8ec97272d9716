import Foundation
import Inference
import ModelStore

// In these documents a value that is not there is null, not left out, so that every document of a kind has the same keys.

/// The first and last cost of a version; in a listing, which does not read the history, the last alone.
struct CostDocument: Encodable {
  var first: JSONNumber?
  let final: JSONNumber?

  enum CodingKeys: String, CodingKey {
    case first, final
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(first, forKey: .first)
    try container.encode(final, forKey: .final)
  }
}

/// The share of right answers.
struct AccuracyDocument: Encodable {
  let training: Double?
  let validation: Double?

  init(_ metrics: [String: Double]) {
    training = metrics["accuracy.training"]
    validation = metrics["accuracy.validation"]
  }

  enum CodingKeys: String, CodingKey {
    case training, validation
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(training, forKey: .training)
    try container.encode(validation, forKey: .validation)
  }
}

/// One version in a listing.
struct VersionDocument: Encodable {
  let version: Int
  let digest: String
  let createdAt: String
  let serving: Bool
  let cost: CostDocument
  let accuracy: AccuracyDocument
  let metrics: [String: Double]
  let iterations: Int
  let parameters: Int
  let precision: String
  let note: String
  let aliases: [String]
  let tags: [String: String]

  enum CodingKeys: String, CodingKey {
    case version, digest
    case createdAt = "created_at"
    case serving, cost, accuracy, metrics, iterations, parameters, precision, note, aliases, tags
  }

  init(_ summary: VersionSummary) {
    version = summary.number
    digest = summary.digest
    createdAt = summary.createdAt.description
    serving = summary.isServing
    cost = CostDocument(final: summary.finalCost.map(JSONNumber.init))
    accuracy = AccuracyDocument(summary.metrics)
    metrics = summary.metrics
    iterations = summary.costCount
    parameters = summary.parameterCount
    precision = "\(summary.precision.name)"
    note = summary.note
    aliases = summary.aliases
    tags = summary.tags
  }
}

/// One entry of the ledger.
struct LedgerDocument: Encodable {
  private let entry: LedgerEntry

  init(_ entry: LedgerEntry) { self.entry = entry }

  enum CodingKeys: String, CodingKey {
    case sequence, at, actor, kind, model, version, digest, predecessor, name, value, reason, hash
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(entry.sequence, forKey: .sequence)
    try container.encode(entry.at.description, forKey: .at)
    try container.encode(entry.actor, forKey: .actor)
    try container.encode(entry.kind.rawValue, forKey: .kind)
    try container.encode(entry.model, forKey: .model)
    try container.encode(entry.version, forKey: .version)
    try container.encode(entry.digest, forKey: .digest)
    try container.encode(entry.predecessor, forKey: .predecessor)
    try container.encode(entry.name, forKey: .name)
    try container.encode(entry.value, forKey: .value)
    try container.encode(entry.reason, forKey: .reason)
    try container.encode(entry.hash, forKey: .hash)
  }
}

/// What an edit answers: the entry that it wrote, or that said so already.
struct EditDocument: Encodable {
  let changed: Bool
  let entry: LedgerDocument

  init(_ entry: LedgerEntry, changed: Bool) {
    self.changed = changed
    self.entry = LedgerDocument(entry)
  }

  init(_ change: ServiceChange) { self.init(change.entry, changed: change.changed) }
}
