import Datasets
import Images
import Inference

extension ImageRule {
  /// The rule by which an input format makes rows of pictures.
  ///
  /// - Throws: ``ImageError`` where the format is not that of pictures (two channels, say).
  init(_ format: InputFormat) throws(ImageError) {
    try self.init(
      height: format.height, width: format.width, channels: format.channels,
      fit: Fit(rawValue: "\(format.fit.name)") ?? .stretch,
      filter: Filter(rawValue: "\(format.filter.name)") ?? .bilinear,
      background: format.background)
  }
}

extension InputFormat {
  /// The format of pixels that a rule makes, scaled to 0…1.
  init(_ rule: ImageRule) throws(InferenceError) {
    let fit = InputFormat.Fit.allCases.first { "\($0.name)" == rule.fit.rawValue } ?? .stretch
    let filter = InputFormat.Filter.allCases.first { "\($0.name)" == rule.filter.rawValue } ?? .bilinear
    try self.init(
      height: rule.height, width: rule.width, channels: rule.channels, fit: fit, filter: filter,
      background: rule.background)
  }

  /// The rule for pictures, or nil where rows of this shape are no pictures and must come as they are.
  var imageRule: ImageRule? { try? ImageRule(self) }

  /// Height × width × channels.
  var shape: ImageShape { ImageShape(height: height, width: width, channels: channels) }
}

extension LabelledSet {
  /// Loads a labelled set as a model takes it: its input format, its labels.
  static func load(path: String, for model: Model, progress: ProgressBar) throws -> LabelledSet {
    let format = model.inputFormat
    let set = try LabelledSet.load(path: path, rule: format.imageRule) { done, total in
      progress.update(done, of: total)
    }
    guard set.shape == format.shape else {
      throw Failure(
        .badData, code: "sizeMismatch",
        "\(path): examples of \(set.shape); the model takes \(format.shape)")
    }
    return try set.relabelled(to: model.labels, path: path)
  }

  /// The same set with the classes of another; an error names the path that the set was read from.
  func relabelled(to names: [String], path: String) throws(DatasetError) -> LabelledSet {
    do throws(DatasetError) {
      return try relabelled(to: names)
    } catch {
      throw DatasetError(
        code: error.code, message: error.message.replacing("labelled set:", with: "\(path):", maxReplacements: 1))
    }
  }
}
