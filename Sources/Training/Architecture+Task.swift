public import Inference

extension Architecture {
  /// A network of hidden layers with one activation, and the output layer that the classes need: one sigmoid for two classes
  /// (the probability of the second), softmax with one output a class for more.
  ///
  /// - Throws: ``TrainingError/Code/invalidLabels`` for fewer than two classes, ``TrainingError/Code/invalidHyperparameter`` for
  ///   what ``Architecture`` refuses.
  public init(inputs: Int, hidden: [Int], activation: Activation, classCount: Int) throws(TrainingError) {
    try self.init(inputs: inputs, hidden: hidden, activation: activation, task: .classification, count: classCount)
  }

  /// A network of hidden layers with one activation, and the output layer that the task needs: for two classes one sigmoid (the
  /// probability of the second) and softmax for more, one sigmoid a label, one linear output a quantity.
  ///
  /// - Parameters:
  ///   - inputs: the elements of a row.
  ///   - hidden: the units of each hidden layer, first to last.
  ///   - activation: of the hidden layers.
  ///   - task: what the network is to answer.
  ///   - count: the number of classes, labels or quantities.
  /// - Throws: ``TrainingError/Code/invalidLabels`` for fewer than two classes, or no label or quantity;
  ///   ``TrainingError/Code/invalidHyperparameter`` for what ``Architecture`` refuses.
  public init(
    inputs: Int, hidden: [Int], activation: Activation, task: PredictionTask, count: Int
  ) throws(TrainingError) {
    var layers = hidden.map { Layer(outputs: $0, activation: activation) }
    switch task {
    case .classification:
      guard count >= 2 else {
        throw TrainingError(
          .invalidLabels, "there \(count == 1 ? "is 1 class" : "are \(count) classes"); expected at least 2")
      }
      layers.append(count == 2 ? Layer(outputs: 1, activation: .sigmoid) : Layer(outputs: count, activation: .softmax))
    case .multilabel, .regression:
      guard count >= 1 else {
        throw TrainingError(.invalidLabels, "there are \(task.counted(count)); expected at least 1")
      }
      layers.append(Layer(outputs: count, activation: task == .multilabel ? .sigmoid : .linear))
    }
    do {
      try self.init(inputs: inputs, layers: layers)
    } catch {
      throw TrainingError(.invalidHyperparameter, error.message)
    }
  }

  /// Checks that the output layer has a cost for a task: for classes one sigmoid for two, or softmax with one output each; one
  /// sigmoid output a label; one linear output a quantity.
  ///
  /// - Parameter count: of the classes, labels or quantities.
  /// - Throws: ``TrainingError/Code/unsupported``, ``TrainingError/Code/shapeMismatch``.
  func requireOutput(_ task: PredictionTask, count: Int) throws(TrainingError) {
    let last = layers[layers.count - 1]
    let fitting: Int
    switch (task, last.activation, last.outputs) {
    case (.classification, .sigmoid, 1): fitting = 2
    case (.classification, .softmax, let outputs): fitting = outputs
    case (.multilabel, .sigmoid, let outputs), (.regression, .linear, let outputs): fitting = outputs
    default:
      let needed =
        switch task {
        case .classification: "classes need one sigmoid output or softmax outputs"
        case .multilabel: "labels need one sigmoid output each"
        case .regression: "quantities need one linear output each"
        }
      throw TrainingError(
        .unsupported, "the last layer has \(last.outputs) outputs with \(last.activation.name); \(needed)")
    }
    guard fitting == count else {
      let verb = task == .classification ? "tells \(fitting) classes apart" : "has \(task.counted(fitting))"
      throw TrainingError(
        .shapeMismatch,
        "the last layer (\(last.outputs) × \(last.activation.name)) \(verb); the data has \(count)")
    }
  }
}
