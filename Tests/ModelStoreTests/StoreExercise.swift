import Foundation
import Inference
import ModelStore

/// Everything that can be asked of a store, asked of one that may be damaged or hostile. Whatever it answers, it must answer: each
/// question ends with a result or with one error that is not a mistake of the program.
struct StoreExercise {
  /// What should not have happened.
  private(set) var mishaps: [String] = []
  /// What was refused, by what was asked.
  private(set) var errors: [String: StoreError] = [:]

  /// Opens the store, reads all of it and, with a folder for what is written beside it, changes it in every way.
  init(_ path: String, mode: ModelStore.Mode = .readOnly, writingTo folder: String? = nil) {
    var opened: ModelStore?
    attempt("open") { opened = try ModelStore(path: path, mode: mode, timeout: .milliseconds(10)) }
    guard let store = opened else { return }
    read(store)
    if let folder { write(store, folder) }
  }

  private mutating func attempt(_ question: String, _ body: () throws -> Void) {
    do {
      try body()
    } catch let error as StoreError {
      errors[question] = error
      if error.code == .internalError || error.message.isEmpty { mishaps.append("\(question): \(error)") }
    } catch {
      mishaps.append("\(question): \(error)")
    }
  }

  private mutating func read(_ store: ModelStore) {
    var models = ["cats"]
    attempt("models") { models = Array(Set(models + (try store.models()).prefix(3).map(\.name))).sorted() }
    attempt("ledger") { _ = try store.ledger(of: nil) }
    attempt("verify") { _ = try store.verify() }
    attempt("trusted keys") { _ = try store.trustedKeys() }
    attempt("policy") { _ = try store.signaturePolicy() }
    attempt("statistics") { _ = try store.statistics() }
    for model in models {
      var numbers: [Int] = []
      attempt("versions of \(model)") { numbers = try store.versions(of: model).prefix(3).map(\.number) }
      attempt("filter") {
        _ = try store.versions(
          of: model,
          where: VersionFilter("hyperparameters.learning_rate < 1 and accuracy.training > 0.1 or tag.team = \"x\""),
          sort: VersionSort("-accuracy.validation"), limit: 2)
      }
      attempt("ledger of \(model)") { _ = try store.ledger(of: model) }
      attempt("serving \(model)") { _ = try store.serving(model) }
      attempt("serving \(model) now") { _ = try store.serving(model, asOf: .now) }
      attempt("aliases of \(model)") { _ = try store.aliases(of: model) }
      attempt("deleted of \(model)") { _ = try store.deletedVersions(of: model) }
      for text in [model, "\(model)@latest", "\(model)@champion"] + numbers.map({ "\(model)@\($0)" }) {
        attempt(text) { _ = try store.model(Reference(text)) }
        attempt("show \(text)") { _ = try store.version(Reference(text)) }
        attempt("costs of \(text)") { _ = try store.costs(of: Reference(text)) }
        attempt("verify \(text)") { _ = try store.verify(Reference(text)) }
        attempt("signatures of \(text)") { _ = try store.signatures(of: Reference(text)) }
        attempt("tags of \(text)") { _ = try store.tags(of: Subject(text)) }
        attempt("note of \(text)") { _ = try store.note(of: Subject(text)) }
      }
    }
  }

  private mutating func write(_ store: ModelStore, _ folder: String) {
    let first: Result<Reference, any Error> = Result { try Reference("cats@1") }
    attempt("writable") { try store.checkWritable() }
    attempt("register") {
      let model = try store.model(first.get())
      let draft = VersionDraft(
        model: "cats", architecture: model.architecture, parameters: model.parameters, inputFormat: model.inputFormat,
        labels: model.labels, lineage: Lineage(parent: model.identity), note: "again")
      try store.register(draft, promote: true)
    }
    attempt("promote") { try store.promote(first.get()) }
    attempt("rollback") { try store.rollback("cats") }
    attempt("set alias") { try store.setAlias("other", to: first.get()) }
    attempt("remove alias") { try store.removeAlias("other", of: "cats") }
    attempt("set tag") { try store.setTag("team", to: "vision", of: Subject("cats")) }
    attempt("set note") { try store.setNote("seen", of: Subject("cats@1")) }
    attempt("require signature") { try store.requireSignature(false) }
    attempt("export") { try store.export(first.get(), to: folder + "/exported.safetensors", replacing: true) }
    attempt("backup") { try store.backup(to: folder + "/backup.sqlite", replacing: true) }
    attempt("merge") {
      try ModelStore(path: folder + "/merged.sqlite", mode: .create).merge(from: store)
    }
    attempt("copy") { try store.copy([Reference("cats@2")], to: store, as: "lions") }
    attempt("restore") { try ModelStore.restore(from: store.path, to: folder + "/restored.sqlite", replacing: true) }
    attempt("delete") { try store.delete(Reference("cats@3")) }
    attempt("delete model") { try store.deleteModel("dogs", confirmation: "dogs") }
    attempt("undelete") { try store.undelete("cats") }
    attempt("prune") { try store.prune("cats", keeping: RetentionRule(last: 1)) }
    attempt("gc, tried") { _ = try store.collectGarbage(dryRun: true) }
    attempt("gc") { _ = try store.collectGarbage() }
    attempt("retire") { try store.retire("cats") }
  }
}

/// A small store with something of everything: differences, shared tensors, aliases, tags, notes, a deleted version, a signature.
enum SmallStore {
  static func make(_ path: String, pageSize: Int = 8192) throws {
    do {
      let store = try ModelStore(path: path, mode: .create)
      let draft = try makeDraft(seed: 1, widths: [64, 5, 3])
      let parent = try store.register(draft, promote: true)
      // Its first weights are kept as a difference.
      try store.register(draft.fineTuned(from: parent, seed: 2), promote: true, reason: "better")
      // The weights of the first, under other names.
      var third = draft
      third.labels = ["cat", "dög", "\u{fffd}"]
      try store.register(third)
      try store.register(makeDraft(seed: 4, widths: [64, 2]))
      try store.register(makeDraft(model: "dogs", seed: 5, widths: [64, 2], costs: []))
      try store.delete(Reference("cats@4"))
      try store.setAlias("champion", to: Reference("cats@1"), protected: true)
      try store.setTag("team", to: "vision", of: Subject("cats@2"))
      try store.setNote("edited", of: Subject("cats@2"))
      let key = try SigningKey()
      try store.trust(key.publicKey, label: "me")
      try store.sign(Reference("cats@2"), with: key)
    }
    // VACUUM also leaves no unused pages and little unused space in the others.
    try execute("PRAGMA page_size = \(pageSize); VACUUM", on: path)
  }
}
