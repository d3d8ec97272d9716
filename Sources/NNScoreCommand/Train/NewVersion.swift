import Datasets
import Foundation
import Inference
import ModelStore
import Training

/// What commands share that make a version.
enum NewVersion {
  /// Host, processor and instruction set: where a version was made.
  static func machine() throws -> String {
    try [ProcessInfo.processInfo.hostName, Machine.processor, "\(InstructionSet.selected().name)"]
      .compactMap { $0 }.joined(separator: ", ")
  }

  /// What is registered of a training.
  ///
  /// - Parameters:
  ///   - result: what came of it.
  ///   - name: the model's name.
  ///   - parent: the version that it went on from.
  ///   - sweep: the trial that it was.
  static func draft(
    _ result: TrainingResult, of name: String, _ sets: LabelledSets, _ format: InputFormat, machine: String,
    parent: Model.Identity? = nil, sweep: Lineage.Sweep? = nil, note: String
  ) -> VersionDraft {
    if let cost = result.validation?.cost, !cost.isFinite {
      Terminal.note("nnscore: the cost on the validation set is \(cost), which is left out of the metrics\n")
    }
    let lineage = Lineage(
      parent: parent, training: sets.lineage.training, validation: sets.lineage.validation,
      seed: result.hyperparameters.seed, codeVersion: "nnscore \(NNScore.version)", machine: machine,
      duration: .seconds(result.seconds), sweep: sweep)
    return VersionDraft(
      model: name, architecture: result.architecture, parameters: result.parameters, inputFormat: format,
      labels: sets.training.classNames, hyperparameters: result.hyperparameters, costs: result.costs,
      metrics: result.metrics, lineage: lineage, note: note,
      golden: (sets.validation ?? sets.training).goldenRows(for: format),
      epochMetrics: result.epochMetrics(labels: sets.training.classNames))
  }

  /// Refuses to promote what cannot be signed yet, before the long work and not after it.
  ///
  /// - Parameter verb: what the user does without --promote: `train`.
  static func requirePromotable(_ name: String, in store: ModelStore, verb: String) throws {
    guard try store.requiresSignature() else { return }
    throw StoreError(
      .notTrusted,
      "the store lets only signed versions into service (nnscore policy), and a new one is not signed yet; \(verb) without "
        + "--promote, then sign it (nnscore sign \(name)@N --key FILE) and promote it")
  }
}
