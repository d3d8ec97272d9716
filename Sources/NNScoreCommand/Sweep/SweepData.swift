import Images
import Inference
import ModelStore
import Training

/// The two sets of a sweep, read once for all trials.
struct SweepData {
  let sets: LabelledSets
  let format: InputFormat
  let training: TrainingData
  let validation: TrainingData

  /// Reads what a configuration names.
  init(_ configuration: SweepConfiguration) throws {
    let options = try TrialOptions.options(configuration.fixed)
    let rule = try options.input.rule()
    sets = try LabelledSets(
      training: configuration.data, validation: configuration.validation, rule: rule, kind: options.network.task?.kind)
    format = try options.input.format(rule, sets.training)
    training = try TrainingData(sets.training)
    validation = try TrainingData(sets.validation ?? sets.training)
  }
}
