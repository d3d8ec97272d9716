package import Inference

/// What a run will do, once everything that can be checked before it has been.
package struct TrainingPlan: Sendable {
  package let architecture: Architecture
  package let hyperparameters: Hyperparameters
  /// In which order examples are used.
  let order: ExampleOrder
  /// The steps of the run.
  package let iterations: Int
  /// The epochs of the run, of which the last one may not be whole.
  let epochs: Int
  /// The epochs from one measurement to the next.
  let measureEvery: Int
  /// What the last layer is held against.
  let loss: Loss

  /// What the network is to answer.
  let task: PredictionTask

  package init(
    _ architecture: Architecture, _ hyperparameters: Hyperparameters, count: Int, task: PredictionTask = .classification
  ) throws(TrainingError) {
    self.task = task
    self.architecture = architecture
    self.hyperparameters = hyperparameters
    order = ExampleOrder(count: count, batchSize: hyperparameters.batchSize, seed: hyperparameters.seed)
    loss = Loss(architecture.layers[architecture.layers.count - 1].activation)
    if let iterations = hyperparameters.iterations {
      self.iterations = iterations
    } else {
      let product = (hyperparameters.epochs ?? 1).multipliedReportingOverflow(by: order.stepsPerEpoch)
      guard !product.overflow, product.partialValue <= Int(UInt32.max) else {
        throw TrainingError(
          .invalidHyperparameter,
          "\(hyperparameters.epochs ?? 1) epochs of \(order.stepsPerEpoch) steps are more than \(UInt32.max) iterations; use fewer, or "
            + "larger batches")
      }
      iterations = product.partialValue
    }
    epochs = (iterations + order.stepsPerEpoch - 1) / order.stepsPerEpoch
    measureEvery = hyperparameters.measureEvery ?? (epochs + 99) / 100
  }

  /// Whether there is a measurement after an epoch, from 1.
  func measures(after epoch: Int) -> Bool { epoch % measureEvery == 0 || epoch == epochs }

  /// Whether to put the rows in the orders of a first layer of few outputs, once for all steps: they are the same in each of many.
  ///
  /// The bits are the same without, so no run needs the memory: it is taken where it is little, and little of what there is.
  ///
  /// - Parameter available: bytes that can be had beside what the run needs, or nil if that is not known.
  func arrangesRows(available: Int?) -> Bool {
    let memory = ArrangedRows.memory(rows: order.count, features: architecture.inputs)
    return order.isWhole && hyperparameters.augmentation == .none && architecture.layers[0].outputs <= narrowOutputs
      && iterations >= 8 && memory <= min(1 << 25, (available ?? .max) / 8)
  }

  /// The weight of each class in the cost.
  ///
  /// - Parameters:
  ///   - labels: of the training set.
  ///   - classCount: the number of classes; 0 for labels and quantities, which have no weights.
  func classWeights(_ labels: [Int], classCount: Int) -> [Double] {
    switch hyperparameters.classWeights {
    case .equal: return [Double](repeating: 1, count: classCount)
    case .values(let values): return values
    case .balanced:
      var counts = [Int](repeating: 0, count: classCount)
      for label in labels { counts[label] += 1 }
      return counts.map { $0 == 0 ? 1 : Double(labels.count) / (Double(classCount) * Double($0)) }
    }
  }
}
