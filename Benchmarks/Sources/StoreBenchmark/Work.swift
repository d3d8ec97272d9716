import BenchmarkSide
import Datasets
import Foundation
import Images
import Inference
import ModelStore
import Training

/// What is stored: networks [784, 512, 256, 10] with 100 costs and three metrics.
struct Work {
  static let name = "cats"
  static let smallName = "small"

  /// A row to score, so that what was loaded is known to be ready.
  let row = [UInt8](repeating: 7, count: 784)

  private var random = SplitMix(seed: 1)
  private let labels = (0..<10).map { String($0) }
  private let metrics = ["accuracy.training": 0.99, "accuracy.validation": 0.98, "cost.training": 0.05]

  /// A version of weights that no other has: normally distributed, as drawn before training.
  mutating func drawnDraft() throws -> VersionDraft {
    let architecture = try Architecture(
      inputs: 784,
      layers: [
        .init(outputs: 512, activation: .relu), .init(outputs: 256, activation: .relu),
        .init(outputs: 10, activation: .softmax),
      ])
    return VersionDraft(
      model: Self.name, architecture: architecture, parameters: Parameters(drawnFor: architecture, by: &random),
      inputFormat: try InputFormat(height: 28, width: 28, channels: 1), labels: labels,
      hyperparameters: ["learning_rate": 0.1, "iterations": 100], costs: (0..<100).map { _ in random.uniform() },
      metrics: metrics, note: "benchmark")
  }

  /// Many versions of one small network, for what depends on their number alone.
  mutating func smallDrafts(count: Int) throws -> [VersionDraft] {
    let architecture = try Architecture(inputs: 4, layers: [.init(outputs: 2, activation: .softmax)])
    let parameters = Parameters(drawnFor: architecture, by: &random)
    let format = try InputFormat(height: 2, width: 2, channels: 1)
    return (0..<count).map { _ in
      VersionDraft(
        model: Self.smallName, architecture: architecture, parameters: parameters, inputFormat: format,
        labels: ["non-cat", "cat"], costs: (0..<100).map { _ in random.uniform() }, metrics: metrics)
    }
  }

  /// Trains a network in earnest and registers it.
  ///
  /// - Parameters:
  ///   - seed: of the weights that it begins from.
  ///   - data: an IDX file of pictures; the first 5,000 are trained on, of a fine-tuned child the 5,000 after them where there
  ///     are so many.
  ///   - parent: the number of the version to go on from, or 0.
  mutating func train(seed: UInt64, data: String, parent: Int, into store: ModelStore) throws -> [String: Double] {
    let set = try LabelledSet.load(path: data)
    let format = try InputFormat(height: set.shape.height, width: set.shape.width, channels: set.shape.channels)
    let examples = 5000
    let first = parent > 0 && set.labels.count >= 2 * examples ? examples : 0
    let range = first..<min(first + examples, set.labels.count)
    let trained = try TrainingData(
      pixels: Array(set.pixels[range.lowerBound * format.features..<range.upperBound * format.features]),
      features: format.features, labels: Array(set.labels[range]), classCount: set.classNames.count)
    var lineage = Lineage(seed: seed)
    var start: DoubleParameters?
    if parent > 0 {
      let model = try store.model(Reference(model: "trained", .number(parent)))
      lineage.parent = model.identity
      start = DoubleParameters(model.parameters)
    }
    let hyperparameters = Hyperparameters(
      hidden: [512, 256], learningRate: parent > 0 ? 0.01 : 0.1, iterations: parent > 0 ? 20 : 100,
      initialization: .he, seed: seed)
    let result = try Trainer(hyperparameters, inputFormat: format, data: trained, start: start).run()
    let record = try store.register(
      VersionDraft(
        model: "trained", architecture: result.architecture, parameters: result.parameters, inputFormat: format,
        labels: set.classNames, hyperparameters: result.hyperparameters, costs: result.costs,
        metrics: ["accuracy.training": result.training.accuracy], lineage: lineage))
    return [
      "number": Double(record.number), "raw": Double(record.tensors.reduce(0) { $0 + $1.rawSize }),
      "stored": Double(record.tensors.reduce(0) { $0 + $1.storedSize }), "accuracy": result.training.accuracy,
      "examples": Double(range.count),
    ]
  }
}
