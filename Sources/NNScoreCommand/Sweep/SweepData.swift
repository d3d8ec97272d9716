import Datasets
import Images
import Inference
import ModelStore
import Training

/// The two sets of a sweep, read once for all trials.
struct SweepData {
  let training: LabelledSet
  let validation: LabelledSet
  let format: InputFormat
  let trainingData: TrainingData
  let validationData: TrainingData
  let trainingLineage: Lineage.Dataset
  let validationLineage: Lineage.Dataset

  /// Reads what a configuration names.
  init(_ configuration: SweepConfiguration) throws {
    let progress = ProgressBar("reading", unit: "images")
    defer { progress.finish() }
    let options = try TrialOptions.options(configuration.fixed)
    let input = options.input
    let rule = try input.rule()
    let training = try LabelledSet.load(path: configuration.data, rule: rule, kind: options.network.task?.kind) {
      progress.update($0, of: $1)
    }
    let path = configuration.validation
    let validation = try LabelledSet.load(
      path: path, rule: rule ?? (try? training.naturalRule), kind: training.targets.kind
    ) {
      progress.update($0, of: $1)
    }
    guard validation.shape == training.shape else {
      throw Failure(
        .badData, code: "sizeMismatch",
        "\(path): examples of \(validation.shape); the training set has \(training.shape)")
    }
    self.training = training
    self.validation = try validation.relabelled(to: training.classNames, path: path)
    format = try input.format(rule, training)
    trainingData = try TrainingData(training)
    validationData = try TrainingData(self.validation)
    trainingLineage = Lineage.Dataset(training, path: configuration.data)
    validationLineage = Lineage.Dataset(self.validation, path: path)
  }
}
