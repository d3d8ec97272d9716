import Foundation
import ModelStore

/// The first and last cost of a version.
struct CostDocument: Encodable {
  var first: JSONNumber?
  let final: JSONNumber?
}

/// The share of right answers.
struct AccuracyDocument: Encodable {
  let training: Double?
  let validation: Double?

  init(_ metrics: [String: Double]) {
    training = metrics["accuracy.training"]
    validation = metrics["accuracy.validation"]
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
  let note: String

  enum CodingKeys: String, CodingKey {
    case version, digest
    case createdAt = "created_at"
    case serving, cost, accuracy, metrics, iterations, parameters, note
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
    note = summary.note
  }
}

/// One entry of the ledger.
struct LedgerDocument: Encodable {
  let sequence: Int
  let at: String
  let actor: String
  let kind: String
  let model: String
  let version: Int
  let digest: String
  let predecessor: Int?
  let reason: String
  let hash: String

  init(_ entry: LedgerEntry) {
    sequence = entry.sequence
    at = entry.at.description
    actor = entry.actor
    kind = entry.kind.rawValue
    model = entry.model
    version = entry.version
    digest = entry.digest
    predecessor = entry.predecessor
    reason = entry.reason
    hash = entry.hash
  }

  enum CodingKeys: String, CodingKey {
    case sequence, at, actor, kind, model, version, digest, predecessor, reason, hash
  }

  // A predecessor that is not there is null, not left out, so that every entry has the same keys.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(sequence, forKey: .sequence)
    try container.encode(at, forKey: .at)
    try container.encode(actor, forKey: .actor)
    try container.encode(kind, forKey: .kind)
    try container.encode(model, forKey: .model)
    try container.encode(version, forKey: .version)
    try container.encode(digest, forKey: .digest)
    try container.encode(predecessor, forKey: .predecessor)
    try container.encode(reason, forKey: .reason)
    try container.encode(hash, forKey: .hash)
  }
}
