public import Inference
internal import Synchronization

extension Evaluation {
  private static let blockLength = 256

  /// Runs a model forward over a set and compares.
  ///
  /// Scores are those of `Inference.Scorer`, bit for bit. The cost is taken from the weighted sums of the last layer and adds up
  /// in the order of the examples, so that for the same parameters it equals the cost of training in ``Precision/float32``
  /// to the last bit, however saturated the scores are.
  ///
  /// - Parameters:
  ///   - model: what is measured.
  ///   - data: a set of the model's shape, whose labels are indices of the model's labels.
  ///   - keepingMistakes: whether ``mistakes`` are wanted.
  ///   - threads: at most so many; the result does not depend on it.
  /// - Throws: ``TrainingError/Code/shapeMismatch`` if rows or classes do not fit the model, ``TrainingError/Code/unsupported`` for
  ///   a model without class scores or of rows of floats, ``TrainingError/Code/invalidHyperparameter`` for threads < 1.
  public init(
    of model: Model, on data: TrainingData, keepingMistakes: Bool = false, threads: Int = Trainer.defaultThreads
  ) throws(TrainingError) {
    try self.init(
      of: model.modelParameters, architecture: model.architecture, inputFormat: model.inputFormat, on: data,
      keepingMistakes: keepingMistakes, threads: threads)
  }

  init(
    of parameters: ModelParameters, architecture: Architecture, inputFormat: InputFormat, on data: TrainingData,
    keepingMistakes: Bool = false, threads: Int
  ) throws(TrainingError) {
    let threads = try Trainer.validated(threads: threads)
    try data.requireFit(architecture, inputFormat)
    let packed: PackedModel
    do {
      packed = try Self.packedForWeightedSums(parameters, architecture: architecture, inputFormat: inputFormat)
    } catch {
      throw TrainingError(error)
    }
    let outputs = architecture.outputs
    let activation = architecture.layers[architecture.layers.count - 1].activation
    let losses = Region<Double>(count: data.count)
    let predictions = Region<Int32>(count: data.count)
    // Of two classes, the score of the second is the last one of a row.
    let isTwoClasses = data.classCount == 2
    let secondScores = Region<Float>(count: isTwoClasses ? data.count : 0)
    let mistakes = Mutex<[Mistake]>([])
    let failure = Mutex<InferenceError?>(nil)
    Workers(count: threads).share(data.count, grain: Self.blockLength) { _, range in
      var scorer = Scorer(packed)
      var sums = [Float](repeating: 0, count: Self.blockLength * outputs)
      var start = range.lowerBound
      while start < range.upperBound {
        let rows = start..<min(start + Self.blockLength, range.upperBound)
        let pixels = data.pixels.span.extracting(rows.lowerBound * data.features..<rows.upperBound * data.features)
        // The last block of a range may be shorter.
        sums.removeLast(sums.count - rows.count * outputs)
        var span = sums.mutableSpan
        do throws(InferenceError) {
          try scorer.score(pixels, into: &span)
        } catch {
          failure.withLock { $0 = error }
          return
        }
        span.withRegion { region in
          let label = Region<Int32>(count: 1)
          for (index, row) in rows.enumerated() {
            let z = Matrix(region.part(from: index * outputs, count: outputs), rows: 1, columns: outputs)
            label[0] = Int32(truncatingIfNeeded: data.labels[row])
            losses[row] = Float.crossEntropy(packed.kernels, z, labels: label)
            Float.activate(packed.kernels, activation, z)
          }
        }
        for (index, row) in rows.enumerated() {
          predictions[row] = Int32(
            truncatingIfNeeded: Self.predictedClass(sums[index * outputs..<(index + 1) * outputs]))
          if isTwoClasses { secondScores[row] = sums[(index + 1) * outputs - 1] }
        }
        if keepingMistakes {
          let found = rows.enumerated().compactMap { index, row in
            Mistake(
              index: row, label: data.labels[row], answer: Int(predictions[row]),
              scores: sums[index * outputs..<(index + 1) * outputs])
          }
          mistakes.withLock { $0 += found }
        }
        start = rows.upperBound
      }
    }
    if let error = failure.withLock({ $0 }) { throw TrainingError(error) }
    var total = 0.0
    for row in 0..<data.count { total += losses[row] }
    self.init(
      cost: total / Double(data.count), predictions: predictions.array.map { Int($0) }, labels: data.labels,
      classCount: data.classCount, secondScores: isTwoClasses ? secondScores.array : nil,
      mistakes: keepingMistakes ? mistakes.withLock { $0 } : nil)
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
