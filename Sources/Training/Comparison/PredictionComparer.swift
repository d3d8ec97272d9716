public import Inference
internal import Synchronization

/// Compares the answers of two models to examples that come batch by batch.
///
/// Memory is needed for one batch, for the examples that changed most, and for a count for each change from one class to another,
/// however many examples there are. Scores are those of `Inference.Scorer`, so that neither the batches nor the threads show in
/// the result.
public struct PredictionComparer {
  /// The examples that are scored together.
  private static let blockLength = 256

  /// One of both models, with its labels among all classes.
  private struct Side: Sendable {
    let packed: PackedModel
    /// The class of each label.
    let classes: [Int]
    /// The label of each class; nil for what the model does not know.
    let labels: [Int?]

    init(_ model: Model, classNames: [String]) throws(TrainingError) {
      guard model.inputFormat.elementType == .uint8 else {
        throw TrainingError(
          .unsupported,
          "\(model.identity.name)@\(model.identity.number) takes \(model.inputFormat.elementType.name) elements; rows here "
            + "are uint8")
      }
      if let task = PredictionTask(model), task != .classification {
        throw TrainingError(
          .unsupported,
          "\(model.identity.name)@\(model.identity.number) answers with \(task.nouns), not with one class; only answers of "
            + "classes can be compared example by example")
      }
      try model.architecture.requireOutput(.classification, count: model.labels.count)
      do {
        packed = try PackedModel(model)
      } catch {
        throw TrainingError(error)
      }
      func places(_ names: [String]) -> [String: Int] {
        Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
      }
      let (ofClasses, ofLabels) = (places(classNames), places(model.labels))
      classes = model.labels.map { ofClasses[$0] ?? 0 }
      labels = classNames.map { ofLabels[$0] }
    }

    var features: Int { packed.model.architecture.inputs }
    var outputs: Int { packed.model.architecture.outputs }

    /// The class that scores of one row stand for.
    func answer(_ scores: ArraySlice<Float>) -> Int { classes[packed.model.predictedLabel(of: scores)] }

    /// The probability of a class from the scores of one row.
    func probability(of index: Int, _ scores: ArraySlice<Float>) -> Float {
      guard let label = labels[index] else { return 0 }
      guard packed.model.isBinary else { return scores[scores.startIndex + label] }
      let second = scores[scores.startIndex]
      return label == 1 ? second : 1 - second
    }
  }

  /// What both models say of one example.
  private struct Answers {
    var (first, second) = (0, 0)
    var (firstProbability, secondProbability): (Float, Float) = (0, 0)
    var change: Float = 0
  }

  private struct Step: Hashable {
    let from: Int
    let to: Int
  }

  private let first: Side
  private let second: Side
  private let top: Int
  private let workers: Workers
  private var comparison: PredictionComparison
  private var transitions: [Step: PredictionComparison.Transition] = [:]

  /// A comparison of two models.
  ///
  /// - Parameters:
  ///   - first: the one model; two classes from a sigmoid output, or softmax.
  ///   - second: the other. It may know other classes, or the same in another order, and take rows of another shape.
  ///   - top: how many of the examples that changed most are kept.
  ///   - threads: at most so many.
  /// - Throws: ``TrainingError/Code/unsupported`` for a model without class scores or of rows of floats,
  ///   ``TrainingError/Code/invalidHyperparameter`` for threads < 1 or top < 0.
  public init(
    _ first: Model, _ second: Model, top: Int = 10, threads: Int = Trainer.defaultThreads
  ) throws(TrainingError) {
    guard top >= 0 else {
      throw TrainingError(.invalidHyperparameter, "\(top) examples were asked for; expected 0 or more")
    }
    let known = Set(first.labels)
    let classNames = first.labels + second.labels.filter { !known.contains($0) }
    self.first = try Side(first, classNames: classNames)
    self.second = try Side(second, classNames: classNames)
    self.top = top
    workers = Workers(count: try Trainer.validated(threads: threads))
    comparison = PredictionComparison(classNames: classNames)
  }

  /// The classes of both models: what labels are indices of.
  public var classNames: [String] { comparison.classNames }

  /// Scores a batch with both models.
  ///
  /// - Parameters:
  ///   - rows: [count, features of the first model], row-major.
  ///   - others: the same examples as the second model takes them, [count, its features].
  ///   - labels: the class of each example, an index in ``classNames``.
  /// - Throws: ``TrainingError/Code/shapeMismatch`` where the counts do not fit, ``TrainingError/Code/invalidLabels``.
  public mutating func add(_ rows: [UInt8], _ others: [UInt8], labels: [Int]) throws(TrainingError) {
    for (rows, features) in [(rows, first.features), (others, second.features)] {
      let expected = labels.count.multipliedReportingOverflow(by: features)
      guard !expected.overflow, rows.count == expected.partialValue else {
        throw TrainingError(
          .shapeMismatch,
          "there are \(rows.count) bytes for \(labels.count) labels; the model takes \(features) for each")
      }
    }
    if let row = labels.firstIndex(where: { !comparison.classNames.indices.contains($0) }) {
      throw TrainingError(
        .invalidLabels, "row \(row) has the label \(labels[row]); expected 0 to \(comparison.classNames.count - 1)")
    }
    for (answers, label) in zip(try answers(rows, others, count: labels.count), labels) { count(answers, label: label) }
  }

  /// The comparison of all that was added.
  ///
  /// - Throws: ``TrainingError/Code/invalidData`` for no examples.
  public func result() throws(TrainingError) -> PredictionComparison {
    guard comparison.count > 0 else {
      throw TrainingError(.invalidData, "the data has no examples; expected at least one row with its label")
    }
    var result = comparison
    result.transitions = transitions.values.sorted { ($1.count, $0.from, $0.to) < ($0.count, $1.from, $1.to) }
    return result
  }

  /// What both models say of each row, on all threads.
  private func answers(_ rows: [UInt8], _ others: [UInt8], count: Int) throws(TrainingError) -> [Answers] {
    let (first, second) = (first, second)
    let classCount = comparison.classNames.count
    let answers = Region<Answers>(count: count)
    let failure = Mutex<InferenceError?>(nil)
    workers.share(count, grain: Self.blockLength) { _, range in
      do throws(InferenceError) {
        var firstScorer = try Scorer(first.packed, threads: 1)
        var secondScorer = try Scorer(second.packed, threads: 1)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockLength) {
          let block = start..<min(start + Self.blockLength, range.upperBound)
          let a = try firstScorer.scores(
            of: Array(rows[block.lowerBound * first.features..<block.upperBound * first.features]))
          let b = try secondScorer.scores(
            of: Array(others[block.lowerBound * second.features..<block.upperBound * second.features]))
          for (index, row) in block.enumerated() {
            answers[row] = Self.compare(
              (first, a[index * first.outputs..<(index + 1) * first.outputs]),
              (second, b[index * second.outputs..<(index + 1) * second.outputs]), classCount: classCount)
          }
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw TrainingError(error) }
    return answers.array
  }

  private static func compare(
    _ first: (side: Side, scores: ArraySlice<Float>), _ second: (side: Side, scores: ArraySlice<Float>), classCount: Int
  ) -> Answers {
    var result = Answers()
    result.first = first.side.answer(first.scores)
    result.second = second.side.answer(second.scores)
    result.firstProbability = first.side.probability(of: result.first, first.scores)
    result.secondProbability = second.side.probability(of: result.second, second.scores)
    for index in 0..<classCount {
      let (before, after) =
        (first.side.probability(of: index, first.scores), second.side.probability(of: index, second.scores))
      let change = before.isNaN || after.isNaN ? (before.isNaN && after.isNaN ? 0 : 1) : abs(after - before)
      result.change = max(result.change, change)
    }
    return result
  }

  /// Counts one example, in the order of the set.
  private mutating func count(_ answers: Answers, label: Int) {
    let (first, second) = (answers.first == label, answers.second == label)
    if first, second { comparison.bothRight += 1 }
    if first, !second { comparison.onlyFirstRight += 1 }
    if !first, second { comparison.onlySecondRight += 1 }
    if answers.first != answers.second {
      comparison.changed += 1
      let step = Step(from: answers.first, to: answers.second)
      var transition = transitions[step] ?? PredictionComparison.Transition(from: step.from, to: step.to)
      transition.count += 1
      transition.corrected += second ? 1 : 0
      transition.spoiled += first ? 1 : 0
      transitions[step] = transition
    }
    keep(
      PredictionComparison.Example(
        index: comparison.count, label: label,
        first: PredictionComparison.Answer(label: answers.first, probability: answers.firstProbability),
        second: PredictionComparison.Answer(label: answers.second, probability: answers.secondProbability),
        change: answers.change))
    comparison.count += 1
  }

  /// Puts an example among those that changed most, if it is one of them.
  private mutating func keep(_ example: PredictionComparison.Example) {
    guard example.change > 0, top > 0 else { return }
    if comparison.mostChanged.count == top {
      guard let last = comparison.mostChanged.last, example.change > last.change else { return }
      comparison.mostChanged.removeLast()
    }
    var (low, high) = (0, comparison.mostChanged.count)
    while low < high {
      let middle = (low + high) / 2
      if comparison.mostChanged[middle].change >= example.change { low = middle + 1 } else { high = middle }
    }
    comparison.mostChanged.insert(example, at: low)
  }
}
