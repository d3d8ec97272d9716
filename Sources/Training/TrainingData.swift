internal import Inference

/// A set of byte rows in memory with their classes, labels or quantities. Pixels stay bytes: training makes no copy of them as floats.
public struct TrainingData: Sendable {
  /// The most classes a set may have, as the confusion matrix has a number for each pair; and the most labels or quantities.
  public static let maximumClassCount = 4096

  /// [count, features], row-major, one example a row; within a row height × width × channels.
  public let pixels: [UInt8]
  /// What each example is held against.
  public let targets: TrainingTargets
  /// The elements of one row.
  public let features: Int

  /// Checks and makes a set of classes.
  ///
  /// - Parameters:
  ///   - pixels: [count, features], row-major.
  ///   - features: the elements of one row: height × width × channels of the input format.
  ///   - labels: the class of each row, 0 ..< classCount.
  ///   - classCount: the number of classes, 2 or more.
  /// - Throws: ``TrainingError/Code/invalidData`` for an empty set or another number of rows than of labels,
  ///   ``TrainingError/Code/invalidLabels`` for fewer than two classes, more than ``maximumClassCount``, or a label that names
  ///   none of them (with its row).
  public init(pixels: [UInt8], features: Int, labels: [Int], classCount: Int) throws(TrainingError) {
    try self.init(pixels: pixels, features: features, targets: .classes(labels, count: classCount))
  }

  /// Checks and makes a set.
  ///
  /// - Parameters:
  ///   - pixels: [count, features], row-major.
  ///   - features: the elements of one row: height × width × channels of the input format.
  ///   - targets: those of each row.
  /// - Throws: ``TrainingError/Code/invalidData`` for an empty set or another number of rows than of targets,
  ///   ``TrainingError/Code/invalidLabels`` for fewer than two classes or no label or quantity, more than ``maximumClassCount``, a
  ///   class that is none, a label that is neither 0 nor 1, or a quantity that is no finite number (with its row).
  public init(pixels: [UInt8], features: Int, targets: TrainingTargets) throws(TrainingError) {
    try targets.validate()
    let count = targets.exampleCount
    guard features > 0 else {
      throw TrainingError(.invalidData, "a row has \(features) elements; expected at least 1")
    }
    let expected = count.multipliedReportingOverflow(by: features)
    guard !expected.overflow, expected.partialValue == pixels.count else {
      throw TrainingError(
        .invalidData,
        "there are \(count) labels and \(pixels.count) pixel bytes, which are \(pixels.count / features) rows of "
          + "\(features)\(pixels.count % features == 0 ? "" : " and \(pixels.count % features) bytes"); "
          + "expected one label for each row")
    }
    self.pixels = pixels
    self.targets = targets
    self.features = features
  }

  /// Checks that there are labels and that each names a class.
  ///
  /// - Throws: ``TrainingError/Code/invalidLabels``, ``TrainingError/Code/invalidData``.
  static func validate(labels: [Int], classCount: Int) throws(TrainingError) {
    guard classCount >= 2 else {
      throw TrainingError(
        .invalidLabels,
        "the data has \(classCount) \(classCount == 1 ? "class" : "classes"); at least 2 are needed to tell apart")
    }
    guard classCount <= maximumClassCount else {
      throw TrainingError(
        .invalidLabels, "the data has \(classCount) classes; at most \(maximumClassCount) are supported")
    }
    guard !labels.isEmpty else {
      throw TrainingError(.invalidData, "the data has no examples; expected at least one row with its label")
    }
    for (row, label) in labels.enumerated() where label < 0 || label >= classCount {
      throw TrainingError(.invalidLabels, "row \(row) has the label \(label); expected 0 to \(classCount - 1)")
    }
  }
}

extension TrainingDataset {
  /// Checks that rows and targets are those of a network and its input format.
  ///
  /// - Throws: ``TrainingError/Code/shapeMismatch``, ``TrainingError/Code/unsupported``.
  func requireFit(_ architecture: Architecture, _ inputFormat: InputFormat) throws(TrainingError) {
    guard inputFormat.elementType == .uint8 else {
      throw TrainingError(
        .unsupported, "the input format has \(inputFormat.elementType.name) elements; rows here are uint8")
    }
    guard inputFormat.features == architecture.inputs else {
      throw TrainingError(
        .shapeMismatch,
        "the input format has \(inputFormat.height) × \(inputFormat.width) × \(inputFormat.channels) = "
          + "\(inputFormat.features) elements; the network takes \(architecture.inputs)")
    }
    guard features == architecture.inputs else {
      throw TrainingError(
        .shapeMismatch, "a row of the data has \(features) elements; the network takes \(architecture.inputs)")
    }
    let targets = targets
    try architecture.requireOutput(targets.task, count: targets.count)
  }
}
