public import ArgumentParser
import Datasets
import Images
import Inference
public import Training

extension PredictionTask: ExpressibleByArgument {
  /// What the examples of a set are labelled with for this task.
  var kind: LabelledSet.Kind {
    switch self {
    case .classification: .classes
    case .multilabel: .labels
    case .regression: .quantities
    }
  }

  /// Refuses a model that answers with something else than one class.
  ///
  /// - Parameter what: what needs classes, as a sentence begins: `quantize measures how far accuracy falls`.
  static func requireClasses(_ model: Model, _ what: String) throws {
    guard let task = PredictionTask(model), task != .classification else { return }
    throw Failure(
      .badData, code: "unsupported",
      "\(what), and \(model.identity.name)@\(model.identity.number) answers with \(task.nouns), not with one class")
  }
}

extension TrainingData {
  /// The examples of a labelled set, the names of its classes, labels or quantities as the model's labels.
  init(_ set: LabelledSet) throws(TrainingError) {
    let targets: TrainingTargets =
      switch set.targets {
      case .classes(let labels): .classes(labels, count: set.classNames.count)
      case .labels(let values): .labels(values, count: set.classNames.count)
      case .quantities(let values): .quantities(values, count: set.classNames.count)
      }
    try self.init(pixels: set.pixels, features: set.shape.valueCount ?? 0, targets: targets)
  }
}
