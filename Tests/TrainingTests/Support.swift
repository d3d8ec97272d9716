import Foundation
import Inference
import Training

/// Byte rows and labels that a seed fixes; each class has an example.
func syntheticData(count: Int, features: Int, classes: Int, seed: UInt64) throws -> TrainingData {
  var random = RandomNumbers(seed: seed)
  let labels = (0..<count).map { $0 < classes ? $0 : Int(random.uniform() * Double(classes)) }
  // The class shows in the pixels, so that there is something to learn.
  let pixels = labels.flatMap { label in
    (0..<features).map { UInt8(min(255, random.uniform() * 200 + ($0 % classes == label ? 55 : 0))) }
  }
  return try TrainingData(pixels: pixels, features: features, labels: labels, classCount: classes)
}

/// Byte rows that a seed fixes, with several labels or quantities each that show in them.
func syntheticData(count: Int, features: Int, _ task: PredictionTask, outputs: Int, seed: UInt64) throws -> TrainingData
{
  var random = RandomNumbers(seed: seed)
  let pixels = (0..<count * features).map { _ in UInt8(min(255, random.uniform() * 256)) }
  let values = (0..<count).flatMap { row in
    (0..<outputs).map { output -> Float in
      let (a, b) = (pixels[row * features + output % features], pixels[row * features + (output + 1) % features])
      return task == .multilabel ? (a > b ? 1 : 0) : (Float(a) - Float(b)) / 64 + Float(random.normal() * 0.1)
    }
  }
  return try TrainingData(
    pixels: pixels, features: features,
    targets: task == .multilabel ? .labels(values, count: outputs) : .quantities(values, count: outputs))
}

/// Rows of `area` pixels with two channels of different mean and standard deviation.
func normalisedFormat(area: Int) throws -> InputFormat {
  try InputFormat(
    height: 1, width: area, channels: 2, mean: [0.45, 0.6], standardDeviation: [0.25, 0.3])
}

/// The error that `body` throws, or nil.
func trainingError(_ body: () throws -> Void) -> TrainingError? {
  do {
    try body()
    return nil
  } catch {
    return error as? TrainingError
  }
}

/// The instruction sets of this processor.
let supportedInstructionSets = InstructionSet.allCases.filter(\.isSupported)

/// A network with a batch that is all of a set, to be looked into.
struct WholeBatch<Element: TrainingElement> {
  let network: Network<Element>
  let batch: Batch<Element>
  let data: TrainingData
  let weights: [Double]

  /// - Parameter weights: of the classes; nil for equal ones.
  init(
    _ architecture: Architecture, _ format: InputFormat, _ data: TrainingData, kernels: Kernels, threads: Int = 1,
    dropout: [Double] = [], smoothing: Double = 0, weights: [Double]? = nil
  ) {
    self.data = data
    self.weights = weights ?? [Double](repeating: 1, count: data.targets.count)
    network = Network(
      architecture, loss: Loss(architecture.layers.last?.activation ?? .linear), inputFormat: format,
      batch: data.count, dropout: dropout, kernels: kernels, threads: threads)
    batch = Batch(capacity: data.count, outputs: architecture.outputs, task: data.targets.task)
    if case .labels(let values, let count) = data.targets { setTargets(values, count, smoothing) }
    if case .quantities(let values, let count) = data.targets { setTargets(values, count, smoothing) }
    let total = data.labels.reduce(0) { $0 + self.weights[$1] }
    for (row, label) in data.labels.enumerated() {
      batch.setTarget(of: row, class: label, smoothing: smoothing)
      batch.factors[row] = Element(self.weights[label] / total)
    }
  }

  private func setTargets(_ values: [Float], _ count: Int, _ smoothing: Double) {
    for row in 0..<data.count {
      batch.setTargets(of: row, values: values[row * count..<(row + 1) * count], smoothing: smoothing)
      batch.factors[row] = Element(1 / Double(data.count))
    }
  }

  /// Computes gradients at the parameters as they are now.
  ///
  /// - Returns: the cost.
  func cost(l2: Double = 0, random: RandomStream? = nil) -> Double {
    network.parametersChanged()
    data.pixels.span.withRegion {
      network.computeGradients(Matrix($0, rows: data.count, columns: data.features), batch, random: random)
    }
    guard data.targets.task == .classification else {
      let losses = (0..<data.count).map { batch.losses[$0] }
      return losses.reduce(0, +) / Double(data.count) + network.penalty(l2: l2)
    }
    var loss = 0.0
    var total = 0.0
    for (row, label) in data.labels.enumerated() {
      loss += weights[label] * batch.losses[row]
      total += weights[label]
    }
    return loss / total + network.penalty(l2: l2)
  }
}

/// The largest difference over the largest magnitude of the reference.
func relativeDifference(_ values: [Double], _ reference: [Double]) -> Double {
  guard values.count == reference.count else { return .infinity }
  let difference = zip(values, reference).map { abs($0 - $1) }.max() ?? .infinity
  return difference / (reference.map(abs).max() ?? 1)
}
