public import Inference
internal import Synchronization

extension Evaluation {
  private static let blockLength = 256
  /// Rows that are read at a time from a set that is not in memory.
  private static let readLength = 4096

  /// Runs a model forward over a set and compares.
  ///
  /// Scores are those of `Inference.Scorer`, bit for bit. The cost is taken from the weighted sums of the last layer and adds up
  /// in the order of the examples, so that for the same parameters it equals the cost of training in ``Precision/float32``
  /// to the last bit, however saturated the scores are.
  ///
  /// - Parameters:
  ///   - model: what is measured.
  ///   - data: a set of the model's shape, whose classes, labels or quantities are the model's labels in their order.
  ///   - keepingMistakes: whether ``mistakes`` are wanted; for labels and quantities ``valueMistakes``.
  ///   - threads: at most so many; the result does not depend on it.
  /// - Throws: ``TrainingError/Code/shapeMismatch`` if rows or targets do not fit the model, ``TrainingError/Code/unsupported`` for
  ///   a model that answers something else, or of rows of floats, ``TrainingError/Code/invalidHyperparameter`` for threads < 1,
  ///   ``TrainingError/Code/invalidLabels`` or ``TrainingError/Code/invalidData`` for targets that cannot be,
  ///   ``TrainingError/Code/unreadableData`` for rows that cannot be read.
  public init(
    of model: Model, on data: any TrainingDataset, keepingMistakes: Bool = false,
    threads: Int = Trainer.defaultThreads
  ) throws(TrainingError) {
    try self.init(
      of: model.modelParameters, architecture: model.architecture, inputFormat: model.inputFormat, on: data,
      keepingMistakes: keepingMistakes, threads: threads)
  }

  init(
    of parameters: ModelParameters, architecture: Architecture, inputFormat: InputFormat, on data: any TrainingDataset,
    keepingMistakes: Bool = false, threads: Int
  ) throws(TrainingError) {
    let threads = try Trainer.validated(threads: threads)
    try data.targets.validate()
    try data.requireFit(architecture, inputFormat)
    let packed: PackedModel
    do {
      packed = try Self.packedForWeightedSums(parameters, architecture: architecture, inputFormat: inputFormat)
    } catch {
      throw TrainingError(error)
    }
    let targets = data.targets
    let count = targets.exampleCount
    let measured = Measured(targets, keepsMistakes: keepingMistakes && targets.task == .classification)
    let activation = architecture.layers[architecture.layers.count - 1].activation
    func measure(_ pixels: Region<UInt8>, first: Int, count: Int) throws(TrainingError) {
      try Self.measure(
        packed, activation, pixels, targets, first: first, count: count, threads: threads, into: measured)
    }
    if let data = data as? TrainingData {
      try data.pixels.span.withRegion { (pixels: Region<UInt8>) throws(TrainingError) in
        try measure(pixels, first: 0, count: count)
      }
    } else {
      let all = [Int](0..<count)
      let rows = Region<UInt8>(count: min(Self.readLength, count) * data.features)
      for first in stride(from: 0, to: count, by: Self.readLength) {
        let examples = all[first..<min(first + Self.readLength, count)]
        try data.read(examples, into: rows.part(from: 0, count: examples.count * data.features))
        try measure(rows, first: first, count: examples.count)
      }
    }
    var total = 0.0
    for row in 0..<count { total += measured.losses[row] }
    guard case .classes(let labels, let classCount) = targets else {
      let scores = measured.scores.array
      self.init(cost: total / Double(count), values: scores, targets: targets)
      if keepingMistakes { valueMistakes = ValueMistake.all(scores, targets) }
      return
    }
    self.init(
      cost: total / Double(count), predictions: measured.predictions.array.map { Int($0) }, labels: labels,
      classCount: classCount, secondScores: classCount == 2 ? measured.scores.array : nil,
      mistakes: measured.keepsMistakes ? measured.mistakes.withLock { $0 } : nil)
  }

  /// What is measured of each example.
  private final class Measured: Sendable {
    let losses: Region<Double>
    /// The class of each; empty but for classes.
    let predictions: Region<Int32>
    /// Of two classes the score of the second, of labels and quantities all outputs; row-major.
    let scores: Region<Float>
    let keepsMistakes: Bool
    let mistakes = Mutex<[Mistake]>([])

    init(_ targets: TrainingTargets, keepsMistakes: Bool) {
      self.keepsMistakes = keepsMistakes
      let count = targets.exampleCount
      losses = Region(count: count)
      guard case .classes(_, let classCount) = targets else {
        predictions = Region(count: 0)
        scores = Region(count: count * targets.count)
        return
      }
      predictions = Region(count: count)
      scores = Region(count: classCount == 2 ? count : 0)
    }
  }

  /// Scores `count` rows, which are the examples from `first` on.
  private static func measure(
    _ packed: PackedModel, _ activation: Activation, _ pixels: Region<UInt8>, _ targets: TrainingTargets, first: Int,
    count: Int, threads: Int, into measured: Measured
  ) throws(TrainingError) {
    let outputs = packed.model.architecture.outputs
    let features = packed.model.inputFormat.features
    let failure = Mutex<InferenceError?>(nil)
    Workers(count: threads).share(count, grain: Self.blockLength) { _, range in
      var scorer: Scorer
      do throws(InferenceError) {
        scorer = try Scorer(packed, threads: 1)
      } catch {
        failure.withLock { $0 = error }
        return
      }
      var sums = [Float](repeating: 0, count: Self.blockLength * outputs)
      var start = range.lowerBound
      while start < range.upperBound {
        let rows = start..<min(start + Self.blockLength, range.upperBound)
        // The last block of a range may be shorter.
        sums.removeLast(sums.count - rows.count * outputs)
        var span = sums.mutableSpan
        do throws(InferenceError) {
          try pixels.part(from: rows.lowerBound * features, count: rows.count * features).withSpan {
            (pixels: Span<UInt8>) throws(InferenceError) in try scorer.score(pixels, into: &span)
          }
        } catch {
          failure.withLock { $0 = error }
          return
        }
        let examples = first + rows.lowerBound..<first + rows.upperBound
        span.withRegion { region in
          let z = Matrix(region, rows: rows.count, columns: outputs)
          switch targets {
          case .classes(let labels, _): lose(packed, activation, z, labels: labels, examples, into: measured)
          case .labels(let values, _), .quantities(let values, _):
            lose(packed, activation, z, values: values, examples, into: measured)
          }
        }
        if case .classes(let labels, _) = targets { answer(sums, outputs: outputs, labels, examples, into: measured) }
        start = rows.upperBound
      }
    }
    if let error = failure.withLock({ $0 }) { throw TrainingError(error) }
  }

  /// The losses of a block of examples of classes from their weighted sums, which become the scores.
  private static func lose(
    _ packed: PackedModel, _ activation: Activation, _ sums: Matrix<Float>, labels: [Int], _ examples: Range<Int>,
    into measured: Measured
  ) {
    let label = Region<Int32>(count: 1)
    for (index, example) in examples.enumerated() {
      let z = Matrix(
        sums.region.part(from: index * sums.columns, count: sums.columns), rows: 1, columns: sums.columns)
      label[0] = Int32(truncatingIfNeeded: labels[example])
      measured.losses[example] = Float.crossEntropy(packed.kernels, z, labels: label)
      Float.activate(packed.kernels, activation, z)
    }
  }

  /// The same of labels and quantities: the losses that training takes. All scores are kept.
  private static func lose(
    _ packed: PackedModel, _ activation: Activation, _ sums: Matrix<Float>, values: [Float], _ examples: Range<Int>,
    into measured: Measured
  ) {
    let outputs = sums.columns
    let targets = Region<Float>(count: examples.count * outputs)
    for index in 0..<targets.count { targets[index] = values[examples.lowerBound * outputs + index] }
    Float.losses(
      packed.kernels, Loss(activation), sums, targets: Matrix(targets, rows: examples.count, columns: outputs),
      into: measured.losses.part(from: examples.lowerBound, count: examples.count))
    Float.activate(packed.kernels, activation, sums)
    measured.scores.part(from: examples.lowerBound * outputs, count: targets.count).copy(
      from: sums.region.part(from: 0, count: targets.count))
  }

  /// The classes that the scores of a block of examples speak for.
  private static func answer(
    _ scores: [Float], outputs: Int, _ labels: [Int], _ examples: Range<Int>, into measured: Measured
  ) {
    for (index, example) in examples.enumerated() {
      measured.predictions[example] = Int32(
        truncatingIfNeeded: predictedClass(scores[index * outputs..<(index + 1) * outputs]))
      if measured.scores.count > 0 { measured.scores[example] = scores[(index + 1) * outputs - 1] }
    }
    guard measured.keepsMistakes else { return }
    let found = examples.enumerated().compactMap { index, example in
      Mistake(
        index: example, label: labels[example], answer: Int(measured.predictions[example]),
        scores: scores[index * outputs..<(index + 1) * outputs])
    }
    measured.mistakes.withLock { $0 += found }
  }

  /// The model with a linear last layer, whose scores are the weighted sums.
  private static func packedForWeightedSums(
    _ parameters: ModelParameters, architecture: Architecture, inputFormat: InputFormat
  ) throws(InferenceError) -> PackedModel {
    var layers = architecture.layers
    layers[layers.count - 1] = Architecture.Layer(outputs: architecture.outputs, activation: .linear)
    return try PackedModel(
      Model(
        architecture: Architecture(inputs: architecture.inputs, layers: layers), parameters: parameters,
        inputFormat: inputFormat, labels: (0..<architecture.outputs).map { "\($0)" },
        identity: Model.Identity(name: "evaluation", number: 1, digest: "")))
  }
}
