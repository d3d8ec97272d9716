import ArgumentParser
import Datasets
import Images
import Inference

/// What rows a network is trained on.
struct TrainingInputOptions: ParsableArguments {
  @OptionGroup var pictures: InputOptions
  @Flag(
    inversion: .prefixedNo,
    help: "Subtract the mean and divide by the standard deviation of each channel, those of the training set.")
  var normalize: Bool?

  /// The options that were given.
  var given: [TrainKey] { pictures.given + (normalize == nil ? [] : [.normalize]) }

  /// The rule that the options ask for, or nil for pictures as they are.
  func rule() throws(OptionProblem) -> ImageRule? { try pictures.rule(jpeg: .scaled) }

  /// The input format of a network that is trained on a set which was read by that rule.
  func format(_ rule: ImageRule?, _ training: LabelledSet) throws -> InputFormat {
    let normalization = normalize == true ? training.normalization : ([], [])
    return try InputFormat(
      rule ?? training.naturalRule, mean: normalization.0, standardDeviation: normalization.1)
  }
}
