import Foundation
import GRDB
import Inference

extension ModelStore {
  /// Checks all parts of a draft that can be checked without the store.
  static func validate(_ draft: VersionDraft) throws(StoreError) {
    try Reference.validate(modelName: draft.model)
    do {
      _ = try Model(
        architecture: draft.architecture, parameters: draft.modelParameters, inputFormat: draft.inputFormat,
        labels: draft.labels, identity: Model.Identity(name: draft.model, number: 1, digest: ""))
    } catch {
      throw StoreError(.invalidDraft, "the version of \(draft.model) cannot be registered: \(error.message)")
    }
    for (name, value) in draft.metrics {
      guard Reference.isName(name) else {
        throw StoreError(
          .invalidDraft,
          "\"\(name)\" cannot be the name of a metric; use letters, digits, '.', '_' and '-' (at most "
            + "\(Reference.maximumNameLength)), a letter or digit first")
      }
      guard value.isFinite else {
        throw StoreError(.invalidDraft, "the metric \(name) is \(value), not a finite number; leave it out")
      }
    }
    if let metrics = draft.epochMetrics, !metrics.epochs.isEmpty, let problem = metrics.problem {
      throw StoreError(
        .invalidDraft, "the version of \(draft.model) cannot be registered: its metrics by epoch: \(problem)")
    }
    try validate(text: draft.note, "the note")
    try validate(text: draft.origin ?? "", "the origin")
    let lineage = draft.lineage
    try validate(text: lineage.codeVersion ?? "", "the code version")
    try validate(text: lineage.machine ?? "", "the machine")
    if let sweep = lineage.sweep {
      try Reference.validate(name: sweep.name, of: "sweep")
      guard sweep.trial >= 1 else {
        throw StoreError(
          .invalidDraft, "the version is said to come from trial \(sweep.trial) of \(sweep.name); trials count from 1")
      }
    }
    for (role, dataset) in [("training", lineage.training), ("validation", lineage.validation)] {
      guard let dataset else { continue }
      guard dataset.count >= 0 else {
        throw StoreError(.invalidDraft, "the \(role) set has \(dataset.count) examples; expected 0 or more")
      }
      try validate(text: dataset.path, "the path of the \(role) set")
      try validate(text: dataset.kind, "the kind of the \(role) set")
      try validate(text: dataset.fingerprint, "the fingerprint of the \(role) set")
    }
  }

  /// Checks text that goes into the store: SQLite's own functions end at a NUL.
  static func validate(text: String, _ what: String) throws(StoreError) {
    guard !text.utf8.contains(0) else {
      throw StoreError(.invalidDraft, "\(what) contains a NUL character; leave it out")
    }
  }

  /// Checks a JSON text that the store keeps for others: that it is one, and where told so an object.
  static func validate(json: String, _ what: String, isObject: Bool = false) throws(StoreError) {
    let value = try? JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
    guard value != nil else {
      let found = json.isEmpty ? "nothing" : String(json.prefix(40))
      throw StoreError(.invalidDraft, "\(what): expected JSON, found \(found)")
    }
    guard !isObject || (value is [String: Any] && json.hasPrefix("{") && json.hasSuffix("}")) else {
      throw StoreError(
        .invalidDraft, "\(what): expected a JSON object without white space around it, found \(json.prefix(40))")
    }
  }

  /// Checks that a parent is in the store and is what the draft takes it for.
  static func validate(parent: Model.Identity, in database: Database) throws {
    let name = "\(parent.name)@\(parent.number)"
    let row = try Row.fetchOne(
      database,
      sql: """
        SELECT digest FROM versions JOIN models ON models.id = versions.model WHERE models.name = ? AND number = ?
        """, arguments: [parent.name, parent.number])
    guard let row else {
      throw StoreError(.invalidDraft, "the parent \(name) is not in this store; register it first, or leave it out")
    }
    let digest = try row.text(0)
    guard digest == Digest.withoutPrefix(parent.digest) else {
      throw StoreError(
        .invalidDraft, "the parent \(name) has the digest \(digest) in this store, not \(parent.digest)")
    }
  }

  /// Hyperparameters as JSON with sorted keys.
  static func json(of hyperparameters: (any Encodable & Sendable)?) throws(StoreError) -> String {
    guard let hyperparameters else { return "{}" }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text: String
    do {
      text = String(decoding: try encoder.encode(hyperparameters), as: UTF8.self)
    } catch {
      throw StoreError(
        .invalidDraft, "the hyperparameters cannot be written as JSON (a number that is not finite?): \(error)")
    }
    guard text.hasPrefix("{") else {
      throw StoreError(.invalidDraft, "the hyperparameters are not a JSON object but \(text.prefix(40))")
    }
    return text
  }

  /// Runs what can throw any error and makes a ``StoreError`` of it.
  static func mapped<Result>(_ path: String, _ body: () throws -> Result) throws(StoreError) -> Result {
    do { return try body() } catch { throw StoreError(error, path: path) }
  }
}
