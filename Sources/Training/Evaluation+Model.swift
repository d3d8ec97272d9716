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
  ///   - data: a set of the model's shape, whose labels are indices of the model's labels.
  ///   - keepingMistakes: whether ``mistakes`` are wanted.
  ///   - threads: at most so many; the result does not depend on it.
  /// - Throws: ``TrainingError/Code/shapeMismatch`` if rows or classes do not fit the model, ``TrainingError/Code/unsupported`` for
  ///   a model without class scores or of rows of floats, ``TrainingError/Code/invalidHyperparameter`` for threads < 1,
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
    try data.requireFit(architecture, inputFormat)
    let packed: PackedModel
    do {
      packed = try Self.packedForWeightedSums(parameters, architecture: architecture, inputFormat: inputFormat)
    } catch {
      throw TrainingError(error)
    }
    let labels = data.labels
    let measured = Measured(
      count: labels.count, isTwoClasses: data.classCount == 2, keepsMistakes: keepingMistakes)
    let activation = architecture.layers[architecture.layers.count - 1].activation
    func measure(_ pixels: Region<UInt8>, first: Int, count: Int) throws(TrainingError) {
      try Self.measure(
        packed, activation, pixels, labels: labels, first: first, count: count, threads: threads, into: measured)
    }
    if let data = data as? TrainingData {
      try data.pixels.span.withRegion { (pixels: Region<UInt8>) throws(TrainingError) in
        try measure(pixels, first: 0, count: labels.count)
      }
    } else {
      let all = [Int](labels.indices)
      let rows = Region<UInt8>(count: min(Self.readLength, labels.count) * data.features)
      for first in stride(from: 0, to: labels.count, by: Self.readLength) {
        let examples = all[first..<min(first + Self.readLength, labels.count)]
        try data.read(examples, into: rows.part(from: 0, count: examples.count * data.features))
        try measure(rows, first: first, count: examples.count)
      }
    }
    var total = 0.0
    for row in 0..<labels.count { total += measured.losses[row] }
    self.init(
      cost: total / Double(labels.count), predictions: measured.predictions.array.map { Int($0) }, labels: labels,
      classCount: data.classCount, secondScores: data.classCount == 2 ? measured.secondScores.array : nil,
      mistakes: keepingMistakes ? measured.mistakes.withLock { $0 } : nil)
  }

  /// What is measured of each example.
  private final class Measured: Sendable {
    let losses: Region<Double>
    let predictions: Region<Int32>
    /// Of two classes, the score of the second.
    let secondScores: Region<Float>
    let keepsMistakes: Bool
    let mistakes = Mutex<[Mistake]>([])

    init(count: Int, isTwoClasses: Bool, keepsMistakes: Bool) {
      self.keepsMistakes = keepsMistakes
      losses = Region(count: count)
      predictions = Region(count: count)
      secondScores = Region(count: isTwoClasses ? count : 0)
    }
  }

  /// Scores `count` rows, which are the examples from `first` on.
  private static func measure(
    _ packed: PackedModel, _ activation: Activation, _ pixels: Region<UInt8>, labels: [Int], first: Int, count: Int,
    threads: Int, into measured: Measured
  ) throws(TrainingError) {
    let outputs = packed.model.architecture.outputs
    let features = packed.model.inputFormat.features
    let failure = Mutex<InferenceError?>(nil)
    Workers(count: threads).share(count, grain: Self.blockLength) { _, range in
      var scorer = Scorer(packed)
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
        span.withRegion { region in
          let label = Region<Int32>(count: 1)
          for (index, row) in rows.enumerated() {
            let z = Matrix(region.part(from: index * outputs, count: outputs), rows: 1, columns: outputs)
            label[0] = Int32(truncatingIfNeeded: labels[first + row])
            measured.losses[first + row] = Float.crossEntropy(packed.kernels, z, labels: label)
            Float.activate(packed.kernels, activation, z)
          }
        }
        for (index, row) in rows.enumerated() {
          measured.predictions[first + row] = Int32(
            truncatingIfNeeded: Self.predictedClass(sums[index * outputs..<(index + 1) * outputs]))
          if measured.secondScores.count > 0 { measured.secondScores[first + row] = sums[(index + 1) * outputs - 1] }
        }
        if measured.keepsMistakes {
          let found = rows.enumerated().compactMap { index, row in
            Mistake(
              index: first + row, label: labels[first + row], answer: Int(measured.predictions[first + row]),
              scores: sums[index * outputs..<(index + 1) * outputs])
          }
          measured.mistakes.withLock { $0 += found }
        }
        start = rows.upperBound
      }
    }
    if let error = failure.withLock({ $0 }) { throw TrainingError(error) }
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
