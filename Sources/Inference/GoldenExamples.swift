/// A few inputs of a model and exactly what it answers to them, kept so that it can be tried again later.
///
/// Scores are the same to the last bit everywhere, so whatever answers otherwise is not the model that was kept.
public struct GoldenExamples: Sendable, Equatable {
  /// Input rows, as the model's input format has them.
  public enum Rows: Sendable, Equatable {
    /// Rows of an input format of type uint8, row-major [count, features].
    case uint8([UInt8])
    /// Rows of an input format of type float32, row-major [count, features].
    case float32([Float])

    /// The number of elements, of all rows together.
    public var elementCount: Int {
      switch self {
      case .uint8(let elements): elements.count
      case .float32(let elements): elements.count
      }
    }

    /// The type of the elements.
    public var elementType: InputFormat.ElementType {
      switch self {
      case .uint8: .uint8
      case .float32: .float32
      }
    }

    /// The elements as the bytes of files: little-endian.
    package var littleEndianBytes: [UInt8] {
      switch self {
      case .uint8(let elements): elements
      case .float32(let elements): elements.littleEndianBytes
      }
    }

    /// Equal when all bits are; so a NaN equals itself.
    public static func == (a: Rows, b: Rows) -> Bool {
      a.elementType == b.elementType && a.littleEndianBytes == b.littleEndianBytes
    }
  }

  /// The most examples that a model may have.
  public static let maximumCount = 1024

  /// The number of examples.
  public let count: Int
  /// The input rows [count, features].
  public let inputs: Rows
  /// What the model answers, row-major [count, outputs]: the last layer's activations. A NaN is the one that ``Scorer`` gives.
  public let outputs: [Float]

  /// Golden examples as they were kept; whether they fit a model is checked when they become part of one.
  ///
  /// - Parameters:
  ///   - count: the number of examples, from 1 to ``maximumCount``.
  ///   - inputs: the rows [count, features].
  ///   - outputs: the scores [count, outputs]; a NaN of whatever bits is taken as the quiet NaN 0x7fc00000.
  public init(count: Int, inputs: Rows, outputs: [Float]) {
    self.count = count
    self.inputs = inputs
    self.outputs = outputs.map { $0.isNaN ? Self.quietNaN : $0 }
  }

  /// Makes golden examples of a model: scores the rows.
  ///
  /// - Parameters:
  ///   - inputs: the rows [count, features], at least one.
  ///   - packed: the model that answers.
  /// - Throws: ``InferenceError/Code/invalidGolden``: rows of another element type than the model's, no whole number of them, none or
  ///   too many.
  public init(scoring inputs: Rows, with packed: PackedModel) throws(InferenceError) {
    let model = packed.model
    let count = inputs.elementCount / model.architecture.inputs
    try Self.validate(inputs, count: count, for: model.architecture, model.inputFormat)
    var scorer = try Scorer(packed, threads: 1)
    let outputs: [Float]
    switch inputs {
    case .uint8(let rows): outputs = try scorer.scores(of: rows)
    case .float32(let rows): outputs = try scorer.scores(of: rows)
    }
    self.init(count: count, inputs: inputs, outputs: outputs)
  }

  /// Equal when all bits are; so a NaN equals itself.
  public static func == (a: GoldenExamples, b: GoldenExamples) -> Bool {
    a.count == b.count && a.inputs == b.inputs && a.outputs.littleEndianBytes == b.outputs.littleEndianBytes
  }

  /// The NaN of outputs.
  static let quietNaN = Float(bitPattern: 0x7fc0_0000)

  /// Checks that the examples fit a model.
  func validate(for architecture: Architecture, _ inputFormat: InputFormat) throws(InferenceError) {
    try Self.validate(inputs, count: count, for: architecture, inputFormat)
    guard outputs.count == count * architecture.outputs else {
      throw InferenceError(
        .invalidGolden,
        "the golden examples have \(outputs.count) outputs; expected \(count) × \(architecture.outputs) = "
          + "\(count * architecture.outputs)")
    }
  }

  private static func validate(
    _ inputs: Rows, count: Int, for architecture: Architecture, _ inputFormat: InputFormat
  ) throws(InferenceError) {
    guard (1...maximumCount).contains(count) else {
      throw InferenceError(.invalidGolden, "there are \(count) golden examples; expected 1 to \(maximumCount)")
    }
    guard inputs.elementType == inputFormat.elementType else {
      throw InferenceError(
        .invalidGolden,
        "the golden examples' inputs are \(inputs.elementType.name); the model takes \(inputFormat.elementType.name)")
    }
    guard inputs.elementCount == count * architecture.inputs else {
      throw InferenceError(
        .invalidGolden,
        "the golden examples' inputs have \(inputs.elementCount) elements; expected \(count) × \(architecture.inputs) = "
          + "\(count * architecture.inputs)")
    }
  }
}

extension Model {
  /// Scores the golden examples again and compares each output with what was kept, bit by bit; a NaN equals any NaN.
  ///
  /// - Returns: the number of examples; 0 for a model without.
  /// - Throws: ``InferenceError/Code/goldenMismatch`` with the first example and output that differ, or
  ///   ``InferenceError/Code/unsupportedInstructionSet``.
  @discardableResult
  public func replayGolden() throws(InferenceError) -> Int {
    guard golden != nil else { return 0 }
    return try PackedModel(self).replayGolden()
  }
}

extension PackedModel {
  /// Scores the model's golden examples with these weights, as ``Model/replayGolden()`` does without packing them again.
  ///
  /// - Parameter name: what the model is, for errors; nil for its name and number.
  /// - Returns: the number of examples; 0 for a model without.
  /// - Throws: ``InferenceError/Code/goldenMismatch`` with the first example and output that differ.
  @discardableResult
  public func replayGolden(name: String? = nil) throws(InferenceError) -> Int {
    guard let golden = model.golden else { return 0 }
    let found = try GoldenExamples(scoring: golden.inputs, with: self)
    if found != golden, try isEarlier(golden, than: found) { return golden.count }
    let outputs = model.architecture.outputs
    for index in found.outputs.indices
    where found.outputs[index].bitPattern != golden.outputs[index].bitPattern {
      throw InferenceError(
        .goldenMismatch,
        "\(name ?? "\(model.identity.name)@\(model.identity.number)"): golden example \(index / outputs + 1) of "
          + "\(golden.count), output \(index % outputs + 1) of \(outputs): expected "
          + "\(Self.text(of: golden.outputs[index])), found \(Self.text(of: found.outputs[index])); it is not the model "
          + "that was kept, or this program computes otherwise: do not score with it, take a copy that replays")
    }
    return golden.count
  }

  /// Whether golden examples were kept before first layers over bytes were summed in whole numbers, and large layers were compact: then
  /// bytes had the bits that the same elements have as floats, and no weight was rounded. What is found now must be near them.
  private func isEarlier(_ golden: GoldenExamples, than found: GoldenExamples) throws(InferenceError) -> Bool {
    guard network.isWhole && network.takesFloats || network.compactWeights > 0 else { return false }
    var earlier = self
    if network.compactWeights > 0 {
      let network = try PackedNetwork(model, kernels, keepsFloats: true, compacts: false)
      earlier = PackedModel(model, kernels, network: network)
    }
    guard earlier.network.takesFloats else { return false }
    let (inputs, outputs) = (model.architecture.inputs, model.architecture.outputs)
    var scorer = try Scorer(earlier, threads: 1)
    for example in 0..<golden.count {
      var row: [Float] = []
      row.reserveCapacity(inputs)
      for index in example * inputs..<(example + 1) * inputs {
        switch golden.inputs {
        case .uint8(let rows): row.append(Float(rows[index]))
        case .float32(let rows): row.append(rows[index])
        }
      }
      let scores = try scorer.scores(of: row)
      for output in 0..<outputs {
        let kept = golden.outputs[example * outputs + output]
        let now = found.outputs[example * outputs + output]
        guard scores[output].bitPattern == kept.bitPattern else { return false }
        guard now.bitPattern == kept.bitPattern || (now - kept).magnitude <= 1e-3 * max(1, kept.magnitude) else {
          return false
        }
      }
    }
    return true
  }

  /// An exact text of any number.
  private static func text(of value: Float) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-infinity" : "infinity" }
    return HexadecimalFloat.text(of: Double(value))
  }
}
