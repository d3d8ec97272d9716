public import Inference

extension Architecture {
  /// A network of hidden layers with one activation, and the output layer that the classes need: one sigmoid for two classes
  /// (the probability of the second), softmax with one output a class for more.
  ///
  /// - Throws: ``TrainingError/Code/invalidLabels`` for fewer than two classes, ``TrainingError/Code/invalidHyperparameter`` for
  ///   what ``Architecture`` refuses.
  public init(inputs: Int, hidden: [Int], activation: Activation, classCount: Int) throws(TrainingError) {
    guard classCount >= 2 else {
      throw TrainingError(
        .invalidLabels, "there \(classCount == 1 ? "is 1 class" : "are \(classCount) classes"); expected at least 2")
    }
    var layers = hidden.map { Layer(outputs: $0, activation: activation) }
    layers.append(
      classCount == 2 ? Layer(outputs: 1, activation: .sigmoid) : Layer(outputs: classCount, activation: .softmax))
    do {
      try self.init(inputs: inputs, layers: layers)
    } catch {
      throw TrainingError(.invalidHyperparameter, error.message)
    }
  }

  /// Checks that the output layer has a cost for so many classes: one sigmoid for two, or softmax with one output each.
  ///
  /// - Throws: ``TrainingError/Code/unsupported``, ``TrainingError/Code/shapeMismatch``.
  func requireOutput(classCount: Int) throws(TrainingError) {
    let last = layers[layers.count - 1]
    let fitting: Int
    switch (last.activation, last.outputs) {
    case (.sigmoid, 1): fitting = 2
    case (.softmax, let outputs): fitting = outputs
    default:
      throw TrainingError(
        .unsupported,
        "the last layer has \(last.outputs) outputs with \(last.activation.name); classes need one sigmoid output or "
          + "softmax outputs")
    }
    guard fitting == classCount else {
      throw TrainingError(
        .shapeMismatch,
        "the last layer (\(last.outputs) × \(last.activation.name)) tells \(fitting) classes apart; the data has "
          + "\(classCount)")
    }
  }
}
