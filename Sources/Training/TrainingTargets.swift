/// What the examples of a set are held against.
public enum TrainingTargets: Sendable, Equatable {
  /// The class of each example, 0 ..< count; shape [examples].
  case classes([Int], count: Int)
  /// 1 for each label that an example has, else 0; shape [examples, count], row-major.
  case labels([Float], count: Int)
  /// The quantities of each example; shape [examples, count], row-major.
  case quantities([Float], count: Int)

  /// What a network has to answer.
  public var task: PredictionTask {
    switch self {
    case .classes: .classification
    case .labels: .multilabel
    case .quantities: .regression
    }
  }

  /// The number of classes, labels or quantities.
  public var count: Int {
    switch self {
    case .classes(_, let count), .labels(_, let count), .quantities(_, let count): count
    }
  }

  /// The number of examples.
  public var exampleCount: Int {
    switch self {
    case .classes(let labels, _): labels.count
    case .labels(let values, let count), .quantities(let values, let count): count > 0 ? values.count / count : 0
    }
  }

  /// Labels or quantities [examples, count]; empty for classes.
  var values: [Float] {
    switch self {
    case .classes: []
    case .labels(let values, _), .quantities(let values, _): values
    }
  }

  /// The targets of some examples, in their order.
  func chosen(_ examples: ArraySlice<Int>) -> TrainingTargets {
    func rows(_ values: [Float], _ count: Int) -> [Float] {
      var chosen: [Float] = []
      chosen.reserveCapacity(examples.count * count)
      for example in examples { chosen += values[example * count..<(example + 1) * count] }
      return chosen
    }
    return switch self {
    case .classes(let labels, let count): .classes(examples.map { labels[$0] }, count: count)
    case .labels(let values, let count): .labels(rows(values, count), count: count)
    case .quantities(let values, let count): .quantities(rows(values, count), count: count)
    }
  }

  /// Checks that there are examples and that each has targets that can be.
  ///
  /// - Throws: ``TrainingError/Code/invalidLabels``, ``TrainingError/Code/invalidData``.
  func validate() throws(TrainingError) {
    switch self {
    case .classes(let labels, let count): try TrainingData.validate(labels: labels, classCount: count)
    case .labels(let values, _):
      try validate(values) { $0 == 0 || $0 == 1 ? nil : "expected 0 or 1" }
    case .quantities(let values, _):
      try validate(values) { $0.isFinite ? nil : "expected a finite number" }
    }
  }

  private func validate(_ values: [Float], _ problem: (Float) -> String?) throws(TrainingError) {
    guard (1...TrainingData.maximumClassCount).contains(count) else {
      throw TrainingError(
        .invalidLabels,
        "the data has \(task.counted(count)); expected 1 to \(TrainingData.maximumClassCount)")
    }
    guard !values.isEmpty else {
      throw TrainingError(.invalidData, "the data has no examples; expected at least one row with its \(task.nouns)")
    }
    guard values.count % count == 0 else {
      throw TrainingError(
        .invalidLabels, "there are \(values.count) values, which is no whole number of rows of \(task.counted(count))")
    }
    for (index, value) in values.enumerated() {
      guard let problem = problem(value) else { continue }
      throw TrainingError(
        .invalidLabels, "row \(index / count) has \(value) for \(task.noun) \(index % count); \(problem)")
    }
  }

  /// Checks that not all examples have the same targets.
  ///
  /// - Throws: ``TrainingError/Code/oneClassOnly``.
  func requireVariety() throws(TrainingError) {
    switch self {
    case .classes(let labels, let count):
      guard let first = labels.first, labels.allSatisfy({ $0 == first }) else { return }
      throw TrainingError(
        .oneClassOnly,
        "all \(labels.count) examples of the training set are of class \(first) of \(count); add examples of another class, "
          + "as there is nothing to tell apart")
    case .labels(let values, let count), .quantities(let values, let count):
      guard values.indices.allSatisfy({ values[$0] == values[$0 % count] }) else { return }
      throw TrainingError(
        .oneClassOnly,
        "all \(exampleCount) examples of the training set have the same \(task.nouns); add examples with others, as there "
          + "is nothing to tell apart")
    }
  }
}
