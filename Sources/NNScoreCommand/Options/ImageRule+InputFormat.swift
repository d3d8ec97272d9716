import Datasets
import Images
import Inference
import Training

extension ImageRule {
  /// The rule by which an input format makes rows of pictures.
  ///
  /// - Throws: ``ImageError`` where the format is not that of pictures (two channels, say).
  init(_ format: InputFormat) throws(ImageError) {
    try self.init(
      height: format.height, width: format.width, channels: format.channels,
      fit: Fit(format.fit), filter: Filter(format.filter), jpeg: JPEGDecoding(format.jpeg),
      background: format.background)
  }
}

extension InputFormat {
  /// The format of pixels that a rule makes, scaled to 0…1 unless another scale is given.
  init(
    _ rule: ImageRule, scale: Double = 1.0 / 255, mean: [Double] = [], standardDeviation: [Double] = []
  ) throws(InferenceError) {
    try self.init(
      height: rule.height, width: rule.width, channels: rule.channels, fit: InputFormat.Fit(rule.fit),
      filter: InputFormat.Filter(rule.filter), jpeg: InputFormat.JPEGDecoding(rule.jpeg), background: rule.background,
      scale: scale, mean: mean, standardDeviation: standardDeviation)
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
    let set = try LabelledSet.load(path: path, rule: format.imageRule, kind: PredictionTask(model)?.kind) {
      done, total in
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

// The rules of both modules one by one, so that a new one on either side does not compile until it is here.

extension ImageRule.Fit {
  fileprivate init(_ fit: InputFormat.Fit) {
    switch fit {
    case .stretch: self = .stretch
    case .crop: self = .crop
    case .pad: self = .pad
    }
  }
}

extension ImageRule.Filter {
  fileprivate init(_ filter: InputFormat.Filter) {
    switch filter {
    case .box: self = .box
    case .bilinear: self = .bilinear
    case .bicubic: self = .bicubic
    }
  }
}

extension InputFormat.Fit {
  fileprivate init(_ fit: ImageRule.Fit) {
    switch fit {
    case .stretch: self = .stretch
    case .crop: self = .crop
    case .pad: self = .pad
    }
  }
}

extension InputFormat.Filter {
  fileprivate init(_ filter: ImageRule.Filter) {
    switch filter {
    case .box: self = .box
    case .bilinear: self = .bilinear
    case .bicubic: self = .bicubic
    }
  }
}

extension ImageRule.JPEGDecoding {
  fileprivate init(_ decoding: InputFormat.JPEGDecoding) {
    switch decoding {
    case .full: self = .full
    case .scaled: self = .scaled
    }
  }
}

extension InputFormat.JPEGDecoding {
  fileprivate init(_ decoding: ImageRule.JPEGDecoding) {
    switch decoding {
    case .full: self = .full
    case .scaled: self = .scaled
    }
  }
}
