internal import Inference

extension Hyperparameters {
  /// Checks what can be checked without data.
  ///
  /// - Throws: ``TrainingError/Code/invalidHyperparameter``.
  public func validate() throws(TrainingError) {
    try validateNetwork()
    try validateLength()
    try optimizer.validate()
    try validateEpsilon()
    try schedule.validate()
    try augmentation.validate()
    try validateRegularization()
  }

  private func refuse(_ message: String) -> TrainingError { TrainingError(.invalidHyperparameter, message) }

  private func validateNetwork() throws(TrainingError) {
    guard learningRate.isFinite, learningRate > 0 else {
      throw refuse("the learning rate is \(learningRate); expected a positive number, such as 0.0075")
    }
    if precision == .float32 {
      let rounded = Float(learningRate)
      guard rounded.isFinite, rounded > 0 else {
        throw refuse("the learning rate \(learningRate) is \(rounded) in 32 bits; use another or the precision float64")
      }
    }
    guard hidden.count < Architecture.maximumDepth else {
      throw refuse("there are \(hidden.count) hidden layers; expected at most \(Architecture.maximumDepth - 1)")
    }
    for (index, units) in hidden.enumerated() where units < 1 || units > Architecture.maximumWidth {
      throw refuse("hidden layer \(index) has \(units) units; expected 1 to \(Architecture.maximumWidth)")
    }
    guard activation != .softmax || hidden.isEmpty else {
      throw refuse(
        "softmax is for the output layer only; use relu, leakyRelu, tanh, sigmoid or linear for hidden layers")
    }
  }

  /// An epsilon that is 0 in the precision of the run would let the step of a parameter without gradient be 0 / 0.
  private func validateEpsilon() throws(TrainingError) {
    guard precision == .float32, let epsilon = optimizer.numbers.first(where: { $0.key == "epsilon" })?.value else {
      return
    }
    let rounded = Float(epsilon)
    guard rounded.isFinite, rounded > 0 else {
      throw refuse(
        "epsilon of the optimizer \(optimizer.name) is \(epsilon), which is \(rounded) in 32 bits; use another, such as 1e-8, or "
          + "the precision float64")
    }
  }

  private func validateLength() throws(TrainingError) {
    switch (iterations, epochs) {
    case (let iterations?, nil):
      guard iterations >= 1, iterations <= Self.mostIterations else {
        throw refuse("there are \(iterations) iterations; expected 1 to \(Self.mostIterations)")
      }
    case (nil, let epochs?):
      guard epochs >= 1, epochs <= Self.mostIterations else {
        throw refuse("there are \(epochs) epochs; expected 1 to \(Self.mostIterations)")
      }
    case (nil, nil): throw refuse("neither iterations nor epochs are given; expected one of them")
    case (.some, .some): throw refuse("both iterations and epochs are given; expected one of them")
    }
    if let batchSize, batchSize < 1 {
      throw refuse("the batch size is \(batchSize); expected at least 1")
    }
    if let measureEvery, measureEvery < 1 {
      throw refuse("measurements are \(measureEvery) epochs apart; expected at least 1")
    }
    if let earlyStopping, earlyStopping < 1 {
      throw refuse("early stopping waits for \(earlyStopping) measurements; expected at least 1")
    }
  }

  private func validateRegularization() throws(TrainingError) {
    guard l2.isFinite, l2 >= 0 else { throw refuse("l2 is \(l2); expected a number from 0 up, such as 0.0001") }
    for rate in dropout where !(rate >= 0 && rate < 1) {
      throw refuse("a dropout rate is \(rate); expected a number from 0 to below 1, such as 0.2")
    }
    guard dropout.count <= 1 || dropout.count == hidden.count else {
      throw refuse(
        "there are \(dropout.count) dropout rates for \(hidden.count) hidden \(hidden.count == 1 ? "layer" : "layers"); expected "
          + "one for all of them or one for each")
    }
    guard hidden.count > 0 || dropout.allSatisfy({ $0 == 0 }) else {
      throw refuse("dropout leaves out units of hidden layers, and there are none; add hidden layers or leave it out")
    }
    guard labelSmoothing >= 0, labelSmoothing < 1 else {
      throw refuse("label smoothing is \(labelSmoothing); expected a number from 0 to below 1, such as 0.1")
    }
    if let clipNorm, !(clipNorm > 0) || !clipNorm.isFinite {
      throw refuse("the gradient is clipped to the norm \(clipNorm); expected a positive number, such as 1")
    }
    if case .values(let values) = classWeights {
      for value in values where !(value > 0 && value.isFinite) {
        throw refuse("a class weight is \(value); expected positive numbers")
      }
    }
  }

  /// More could not be counted in 32 bits, which random streams have for them.
  private static var mostIterations: Int { Int(UInt32.max) }

  /// Checks what depends on the data.
  ///
  /// - Throws: ``TrainingError/Code/invalidHyperparameter``.
  func validate(_ targets: TrainingTargets, hasValidation: Bool) throws(TrainingError) {
    let task = targets.task
    if task != .classification, classWeights != .equal {
      throw refuse("class weights are for classes, and the data has \(task.nouns); leave them out")
    }
    if case .values(let values) = classWeights, values.count != targets.count {
      throw refuse("there are \(values.count) class weights; the data has \(targets.count) classes")
    }
    if task == .regression, labelSmoothing > 0 {
      throw refuse("label smoothing is for classes and labels, and the data has quantities; leave it out")
    }
    if earlyStopping != nil, !hasValidation {
      throw refuse("early stopping watches the cost of a validation set, and there is none; give one or leave it out")
    }
  }
}
