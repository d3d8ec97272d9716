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
  /// The models that could be loaded, by reference.
  private(set) var models: [String: Model] = [:]

  /// Opens the store, asks about some of its models and of the versions of each, and, with a folder for what is written beside it,
  /// changes it in every way.
  init(_ path: String, mode: ModelStore.Mode = .readOnly, writingTo folder: String? = nil, of count: Int = 3) {
    var opened: ModelStore?
    attempt("open") { opened = try ModelStore(path: path, mode: mode, timeout: .milliseconds(10)) }
    guard let store = opened else { return }
    read(store, count)
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

  private mutating func read(_ store: ModelStore, _ count: Int) {
    var models = ["cats"]
    attempt("models") { models = Array(Set(models + (try store.models()).prefix(count).map(\.name))).sorted() }
    attempt("ledger") { _ = try store.ledger(of: nil) }
    attempt("verify") { _ = try store.verify() }
    attempt("trusted keys") { _ = try store.trustedKeys() }
    attempt("deleted models") { _ = try store.deletedModels() }
    attempt("policy") { _ = try store.signaturePolicy() }
    attempt("checkpoints") { _ = try store.checkpoints() }
    attempt("checkpoint") { _ = try store.checkpoint(named: "cats") }
    attempt("sweeps") { _ = try store.sweeps() }
    attempt("sweep") { _ = try store.sweep(named: "rates") }
    attempt("versions of a sweep") { _ = try store.versions(ofSweep: "rates") }
    attempt("statistics") { _ = try store.statistics() }
    for model in models {
      var numbers: [Int] = []
      attempt("versions of \(model)") { numbers = try store.versions(of: model).prefix(count).map(\.number) }
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
        var loaded: Model?
        attempt(text) { loaded = try store.model(Reference(text)) }
        self.models[text] = loaded
        attempt("show \(text)") { _ = try store.version(Reference(text)) }
        attempt("compare cats@1 and \(text)") { _ = try store.compare(Reference("cats@1"), Reference(text)) }
        attempt("unknown names of \(text)") {
          _ = try store.unknownNames(of: model, in: VersionFilter("hp.x = 1 or tag.x = 'x'"), VersionSort("auc.x"))
        }
        attempt("lineage of \(text)") { _ = try store.lineage(of: Reference(text)) }
        attempt("costs of \(text)") { _ = try store.costs(of: Reference(text)) }
        attempt("epoch metrics of \(text)") { _ = try store.epochMetrics(of: Reference(text)) }
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
        model: "cats", architecture: model.architecture, parameters: model.modelParameters,
        inputFormat: model.inputFormat,
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
    attempt("save") { try store.save(Checkpoint(name: "cats", iteration: 1, iterations: 2, state: [1, 2, 3])) }
    attempt("remove checkpoint") { try store.removeCheckpoint(named: "cats") }
    attempt("record") { try store.record(Trial(number: 1, hyperparameters: "{}", status: .running), in: "rates") }
    attempt("remove sweep") { try store.removeSweep(named: "rates") }
    attempt("create sweep") { try store.createSweep(Sweep(name: "rates", model: "cats", description: "{}")) }
    attempt("export") { try store.export(first.get(), to: folder + "/exported.safetensors", replacing: true) }
    attempt("import") {
      try store.register(ImportedFile(contentsOfFile: folder + "/exported.safetensors").draft(model: "lions"))
    }
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
