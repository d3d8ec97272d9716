internal import Inference

/// Where a run stands between two iterations, as bytes: a run that goes on from it has the bits of one that was never stopped.
///
/// The bytes are for this package only. They hold parameters, the optimiser's memory, the costs and measurements so far and what
/// the epoch has seen; everything random follows from the seed.
public struct TrainingCheckpoint: Sendable, Equatable {
  /// The iterations that have been made.
  public let iteration: Int
  /// The iterations of the whole run.
  public let iterations: Int
  /// The state.
  public let bytes: [UInt8]

  static let magic = [UInt8]("nnscore checkpoint 1\n".utf8)

  /// Reads the beginning of the bytes; the rest is checked when a run goes on from them.
  ///
  /// - Throws: ``TrainingError/Code/invalidCheckpoint``.
  public init(bytes: [UInt8]) throws(TrainingError) {
    var reader = CheckpointReader(bytes)
    try reader.expectMagic()
    iterations = try reader.count()
    iteration = try reader.count()
    guard iteration <= iterations else { throw CheckpointReader.damaged("it has made more iterations than there are") }
    self.bytes = bytes
  }

  init(iteration: Int, iterations: Int, bytes: [UInt8]) {
    self.iteration = iteration
    self.iterations = iterations
    self.bytes = bytes
  }
}

/// When a run makes checkpoints.
public struct CheckpointPolicy {
  /// The time from one to the next; nil for none but when the run is cancelled.
  public var interval: Duration?
  /// Keeps one; called on the thread that trains.
  public var save: (TrainingCheckpoint) -> Void

  /// A policy.
  ///
  /// - Parameters:
  ///   - interval: the time from one checkpoint to the next; nil for none but when the run is cancelled.
  ///   - save: keeps one; called on the thread that trains.
  public init(every interval: Duration? = nil, save: @escaping (TrainingCheckpoint) -> Void) {
    self.interval = interval
    self.save = save
  }
}

/// Writes numbers as little-endian bytes.
struct CheckpointWriter {
  private(set) var bytes: [UInt8] = TrainingCheckpoint.magic

  mutating func add(_ number: Int) { append([Int64(number)]) }
  mutating func add(_ number: Double) { append([number]) }
  mutating func add(_ flag: Bool) { bytes.append(flag ? 1 : 0) }
  mutating func add(_ numbers: [Double]) {
    add(numbers.count)
    append(numbers)
  }
  mutating func add<Number: BitwiseCopyable>(_ region: Region<Number>) {
    add(region.count)
    append(region.array)
  }

  private mutating func append<Number: BitwiseCopyable>(_ numbers: [Number]) { bytes += numbers.littleEndianBytes }

  mutating func add(_ evaluation: Evaluation) {
    add(evaluation.cost)
    switch evaluation.task {
    case .classification:
      add(evaluation.areaUnderROC ?? .nan)
      add(evaluation.classCounts.count)
      for counts in evaluation.classCounts { for count in [counts.found, counts.wrong, counts.missed] { add(count) } }
    case .multilabel:
      add(evaluation.correct)
      add(evaluation.labels.count)
      for label in evaluation.labels {
        for count in [label.truePositives, label.falsePositives, label.falseNegatives, label.trueNegatives] {
          add(count)
        }
        add(label.areaUnderROC ?? .nan)
      }
    case .regression:
      add(evaluation.count)
      add(evaluation.quantities.count)
      for quantity in evaluation.quantities {
        add(quantity.meanSquaredError)
        add(quantity.meanAbsoluteError)
        add(quantity.determination ?? .nan)
      }
    }
  }

  mutating func add(_ measurement: TrainingMeasurement) {
    add(measurement.epoch)
    add(measurement.iterations)
    add(measurement.learningRate)
    add(measurement.training)
    add(measurement.validation != nil)
    if let validation = measurement.validation { add(validation) }
  }
}

/// Reads what ``CheckpointWriter`` wrote, and refuses whatever is not exactly that.
struct CheckpointReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func damaged(_ what: String) -> TrainingError {
    TrainingError(.invalidCheckpoint, "the checkpoint cannot be used: \(what); begin the training anew")
  }

  private mutating func take(_ count: Int) throws(TrainingError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else {
      throw Self.damaged("it ends at byte \(bytes.count), too early")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func expectMagic() throws(TrainingError) {
    guard try take(TrainingCheckpoint.magic.count).elementsEqual(TrainingCheckpoint.magic) else {
      throw Self.damaged("these bytes are none of this release")
    }
  }

  private mutating func word() throws(TrainingError) -> UInt64 {
    try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A number from 0 up.
  mutating func count() throws(TrainingError) -> Int {
    guard let number = Int(exactly: try word()) else { throw Self.damaged("a number in it is out of range") }
    return number
  }

  mutating func double() throws(TrainingError) -> Double { Double(bitPattern: try word()) }

  mutating func flag() throws(TrainingError) -> Bool {
    switch try take(1).first {
    case 0: false
    case 1: true
    default: throw Self.damaged("a flag in it is neither 0 nor 1")
    }
  }

  /// Fills a region, whose length must be that of the run.
  mutating func fill<Number: BitwiseCopyable>(_ region: Region<Number>) throws(TrainingError) {
    guard try count() == region.count else { throw Self.damaged("it belongs to another network or data set") }
    let values = try numbers(Number.self, count: region.count)
    region.copy(from: values)
  }

  private mutating func numbers<Number: BitwiseCopyable>(
    _ type: Number.Type, count: Int
  ) throws(TrainingError) -> [Number] {
    let size = count.multipliedReportingOverflow(by: MemoryLayout<Number>.stride)
    guard !size.overflow else { throw Self.damaged("a number in it is out of range") }
    return try take(size.partialValue).withRegion { $0.numbers(Number.self) }
  }

  mutating func doubles() throws(TrainingError) -> [Double] { try numbers(Double.self, count: try count()) }

  /// A number that is NaN where there is none.
  private mutating func optional() throws(TrainingError) -> Double? {
    let value = try double()
    return value.isNaN ? nil : value
  }

  private mutating func expect(_ expected: Int, _ names: String) throws(TrainingError) {
    guard try count() == expected else { throw Self.damaged("it belongs to a data set with other \(names)") }
  }

  /// A number of examples: so few that those of all classes can be added up.
  private mutating func examples() throws(TrainingError) -> Int {
    let count = try count()
    guard count <= 1 << 38 else { throw Self.damaged("a number in it is out of range") }
    return count
  }

  mutating func evaluation(of targets: TrainingTargets) throws(TrainingError) -> Evaluation {
    let cost = try double()
    switch targets {
    case .classes(_, let classCount):
      let area = try optional()
      try expect(classCount, "classes")
      var counts: [ClassCounts] = []
      for _ in 0..<classCount {
        counts.append(ClassCounts(found: try examples(), wrong: try examples(), missed: try examples()))
      }
      return Evaluation(cost: cost, classCounts: counts, areaUnderROC: area)
    case .labels(_, let labelCount):
      let correct = try examples()
      try expect(labelCount, "labels")
      var labels: [LabelEvaluation] = []
      for _ in 0..<labelCount {
        labels.append(
          LabelEvaluation(
            truePositives: try examples(), falsePositives: try examples(), falseNegatives: try examples(),
            trueNegatives: try examples(), areaUnderROC: try optional()))
      }
      let total = labels.first.map { $0.examples + $0.falsePositives + $0.trueNegatives } ?? 0
      return Evaluation(cost: cost, count: total, correct: correct, labels: labels)
    case .quantities(_, let quantityCount):
      let total = try examples()
      try expect(quantityCount, "quantities")
      var quantities: [QuantityEvaluation] = []
      for _ in 0..<quantityCount {
        quantities.append(
          QuantityEvaluation(
            meanSquaredError: try double(), meanAbsoluteError: try double(), determination: try optional()))
      }
      return Evaluation(cost: cost, count: total, quantities: quantities)
    }
  }

  mutating func measurement(of targets: TrainingTargets) throws(TrainingError) -> TrainingMeasurement {
    TrainingMeasurement(
      epoch: try count(), iterations: try count(), learningRate: try double(),
      training: try evaluation(of: targets), validation: try flag() ? try evaluation(of: targets) : nil)
  }

  func expectEnd() throws(TrainingError) {
    guard position == bytes.count else {
      throw Self.damaged("there are \(bytes.count - position) bytes behind its end")
    }
  }
}
