import ArgumentParser
import Training

/// The options of `train` that a configuration of a sweep has as keys, read as those of `train --config` are.
struct TrialOptions: ParsableArguments {
  @OptionGroup var network: NetworkOptions
  @OptionGroup var steps: StepOptions
  @OptionGroup var schedule: ScheduleOptions
  @OptionGroup var regularization: RegularizationOptions
  @OptionGroup var augmentation: AugmentationOptions
  @OptionGroup var input: TrainingInputOptions

  /// What can vary from trial to trial.
  static let hyperparameters = TrainKey.allCases.filter { Hyperparameters.keys.contains($0.rawValue) }
  /// What makes rows of pictures and says what is learnt of them, the same for all trials.
  static let pictures: [TrainKey] = [.task, .size, .grey, .fit, .filter, .jpeg, .background, .normalize]

  /// Options that were not given. Trials are many, and a parser of a command line takes its time.
  private static let none = Result { try parse([]) }

  /// The options that settings ask for.
  ///
  /// - Throws: ``OptionProblem``.
  static func options(_ settings: [String: JSONValue]) throws -> TrialOptions {
    var reader = ConfigurationReader(
      Dictionary(
        uniqueKeysWithValues: (hyperparameters + pictures).compactMap { key in
          zip(key, settings[key.rawValue].map(ConfigurationValue.init))
        }))
    var options = try none.get()
    try options.network.take(from: &reader)
    try options.steps.take(from: &reader)
    try options.schedule.take(from: &reader)
    try options.regularization.take(from: &reader)
    try options.augmentation.take(from: &reader)
    try options.input.take(from: &reader, unless: false)
    return options
  }

  /// The hyperparameters that the options ask for.
  ///
  /// - Throws: ``OptionProblem``.
  func values() throws -> Hyperparameters {
    try network.validate(input: input)
    var builder = HyperparametersBuilder(seed: network.seed)
    try network.apply(to: &builder, start: nil, dropoutRates: regularization.dropoutRates?.count ?? 0)
    try steps.apply(to: &builder)
    try schedule.apply(to: &builder)
    try regularization.apply(to: &builder, hasValidation: true)
    try augmentation.apply(to: &builder)
    return builder.value
  }
}
