/// A model's weights in the layout of the kernels: made once, shared by any number of scorers on any number of threads.
public final class PackedModel: Sendable {
  /// The model that was packed.
  public let model: Model
  /// The golden examples that are scored where a model is packed, at most: what takes no longer than packing.
  private static let mostTried = 16
  /// The instruction set that the weights are packed for.
  public let instructionSet: InstructionSet

  let network: PackedNetwork
  package let kernels: Kernels

  /// Whether rows of bytes are summed exactly in the first layer, in whole numbers: a model of floats that takes bytes, 256 to 65,536 of
  /// them, does so unless its weights differ too much in size. Then scores of the same rows as floats differ in the last bits.
  public var sumsBytesExactly: Bool { network.isWhole }

  /// The bytes of a packed weight of a first layer that is summed exactly.
  package var exactWeightBytes: Int { network.wholeWeightBytes }

  /// The weights of layers behind the first that are rounded to 24 bits, as a single row reads them: layers of 1,048,576 weights or more,
  /// 64 outputs or more and 256 to 65,536 inputs, unless an output's weights differ too much in size. Batches have the same bits.
  package var compactWeights: Int { network.compactWeights }
  /// The bytes of them that a single row reads.
  package var compactBytes: Int { network.compactBytes }

  /// Packs a model's weights, scale and offset of its input format folded into the first layer.
  ///
  /// - Parameters:
  ///   - model: what is packed; it stays as ``model``.
  ///   - instructionSet: nil for the one that `NNSCORE_ISA` names, or else the processor's best.
  /// - Throws: ``InferenceError/Code/unsupportedInstructionSet`` or ``InferenceError/Code/outOfMemory``.
  public convenience init(_ model: Model, instructionSet: InstructionSet? = nil) throws(InferenceError) {
    // All that can fail comes first: Embedded Swift would leak the object where an initializer throws later.
    let kernels: Kernels
    if let instructionSet {
      kernels = try Kernels.supporting(instructionSet)
    } else {
      kernels = try Kernels.selected()
    }
    self.init(model, kernels, network: try PackedNetwork(model, kernels, keepsFloats: true))
  }

  /// Packs a model for the instruction set that is selected, and keeps all of it but the weights and biases that were packed, unless golden
  /// examples may need them. Only rows of the model's element type may be scored.
  ///
  /// - Throws: as ``init(_:instructionSet:)``.
  package convenience init(packing model: Model) throws(InferenceError) {
    let kernels = try Kernels.selected()
    // Golden examples of bytes may be replayed as floats, and those of compact layers with the weights as they are: not if they have these
    // bits, which they have in all files but old ones.
    let network = try PackedNetwork(model, kernels, keepsFloats: model.golden != nil)
    var kept = model.withoutParameters
    if let golden = model.golden, network.compactWeights > 0 {
      let packed = PackedModel(kept, kernels, network: network)
      var isOfNow = false
      if golden.count <= Self.mostTried { isOfNow = try GoldenExamples(scoring: golden.inputs, with: packed) == golden }
      if !isOfNow { kept = model }
    }
    self.init(kept, kernels, network: network)
  }

  /// Packs a model for the instruction set that is selected. Only rows of its element type may be scored.
  ///
  /// - Throws: as ``init(_:instructionSet:)``.
  package convenience init(forItsRowsAlone model: Model) throws(InferenceError) {
    let kernels = try Kernels.selected()
    self.init(model, kernels, network: try PackedNetwork(model, kernels, keepsFloats: false))
  }

  init(_ model: Model, _ kernels: Kernels, network: PackedNetwork) {
    self.model = model
    self.kernels = kernels
    self.network = network
    instructionSet = kernels.instructionSet
  }
}

extension InputFormat {
  /// The factor of an element of each channel: x = v·foldedScale[c] − foldedOffset[c].
  package var foldedScale: [Double] { standardDeviation.map { scale / $0 } }

  /// What is subtracted of an element of each channel after scaling.
  package var foldedOffset: [Double] {
    var result: [Double] = []
    for channel in mean.indices { result.append(mean[channel] / standardDeviation[channel]) }
    return result
  }
}

/// Forward propagation for batches, with memory of its own for the layers between: one scorer a thread that scores.
///
/// A scorer may have threads of its own, which share large batches and sleep otherwise; there are none unless asked for. They
/// handle no signals, and in a child after a fork they are made anew. Scoring allocates nothing.
///
/// For one model and one row the scores are the same to the last bit whatever the batch, the position in it, the number of
/// scorers and the instruction set. (The same elements as bytes and as floats are two rows where ``PackedModel/sumsBytesExactly``.)
/// A NaN in a row gives the scores that the arithmetic gives, NaN in general, each the one quiet NaN `0x7fc00000`; it never reaches
/// another row. (A relu of NaN is NaN, so one NaN pixel makes all of its row's scores NaN, but for a model in 8 bits.)
public struct Scorer: ~Copyable, Sendable {
  /// The packed weights.
  public let packed: PackedModel
  private let workspace: Region<UInt8>
  private let team: Team?

  /// A scorer on shared weights, on the caller's thread alone. The program ends where there is no memory for what lies between its layers:
  /// ``init(_:threads:)`` throws then.
  public init(_ packed: PackedModel) {
    self.packed = packed
    workspace = Region(count: packed.network.workspaceBytes, isZeroed: false)
    // As nnk_score wants its workspace.
    workspace[0] = 0
    team = nil
  }

  /// A scorer on shared weights with `threads` − 1 threads of its own beside the caller's.
  ///
  /// - Parameters:
  ///   - packed: the weights.
  ///   - threads: 1 to 1024; more than the processor has cores make nothing faster.
  /// - Throws: ``InferenceError/Code/threadsUnavailable`` or ``InferenceError/Code/outOfMemory``.
  public init(_ packed: PackedModel, threads: Int) throws(InferenceError) {
    let count = packed.network.workspaceBytes
    let memory = try Region<UInt8>(allocating: count, isZeroed: false)
    team = threads == 1 ? nil : try Team.make(threads: threads, workspaceBytes: count)
    memory[0] = 0
    workspace = memory
    self.packed = packed
  }

  /// Packs a model and makes a scorer of it.
  ///
  /// - Throws: ``InferenceError/Code/unsupportedInstructionSet`` or ``InferenceError/Code/outOfMemory``.
  public init(_ model: Model) throws(InferenceError) {
    try self.init(PackedModel(model), threads: 1)
  }

  /// Scores a batch of bytes.
  ///
  /// - Parameters:
  ///   - rows: [count, features], row-major, each row height × width × channels; count may be 0.
  ///   - scores: [count, outputs], row-major: the last layer's activations.
  /// - Throws: ``InferenceError/Code/wrongInput`` if rows is not a whole number of rows, ``InferenceError/Code/wrongOutput`` if
  ///   scores has not count × outputs elements.
  public mutating func score(_ rows: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(InferenceError) {
    score(rows, count: try exampleCount(elements: rows.count, scores: scores.count), into: &scores)
  }

  /// The same for `count` rows; that the lengths are right has been checked.
  mutating func score(_ rows: Span<UInt8>, count: Int, into scores: inout MutableSpan<Float>) {
    rows.withRegion { region in
      scores.withRegion { packed.network.score(region, count: count, into: $0, workspace: workspace, team: team) }
    }
  }

  /// Scores a batch of floats, in the units of the input format's elements (0…255 for a model of pixels). A model in 8 bits rounds
  /// each to a step of its input scale, and holds it within 256 of them; it takes NaN for the lowest.
  ///
  /// - Parameters:
  ///   - rows: [count, features], row-major; count may be 0.
  ///   - scores: [count, outputs], row-major: the last layer's activations.
  /// - Throws: ``InferenceError/Code/wrongInput`` if rows is not a whole number of rows, ``InferenceError/Code/wrongOutput`` if
  ///   scores has not count × outputs elements.
  public mutating func score(_ rows: Span<Float>, into scores: inout MutableSpan<Float>) throws(InferenceError) {
    score(rows, count: try exampleCount(elements: rows.count, scores: scores.count), into: &scores)
  }

  /// The same for `count` rows; that the lengths are right has been checked.
  mutating func score(_ rows: Span<Float>, count: Int, into scores: inout MutableSpan<Float>) {
    rows.withRegion { region in
      scores.withRegion { packed.network.score(region, count: count, into: $0, workspace: workspace, team: team) }
    }
  }

  /// The scores of a batch of bytes as a new array [count, outputs].
  ///
  /// - Throws: ``InferenceError/Code/wrongInput`` if rows is not a whole number of rows.
  public mutating func scores(of rows: [UInt8]) throws(InferenceError) -> [Float] {
    let count = rows.count / packed.model.architecture.inputs
    var scores = [Float](repeating: 0, count: count * packed.model.architecture.outputs)
    var span = scores.mutableSpan
    try score(rows.span, into: &span)
    return scores
  }

  /// The scores of a batch of floats as a new array [count, outputs].
  ///
  /// - Throws: ``InferenceError/Code/wrongInput`` if rows is not a whole number of rows.
  public mutating func scores(of rows: [Float]) throws(InferenceError) -> [Float] {
    let count = rows.count / packed.model.architecture.inputs
    var scores = [Float](repeating: 0, count: count * packed.model.architecture.outputs)
    var span = scores.mutableSpan
    try score(rows.span, into: &span)
    return scores
  }

  private func exampleCount(elements: Int, scores: Int) throws(InferenceError) -> Int {
    let features = packed.model.architecture.inputs
    let outputs = packed.model.architecture.outputs
    guard elements % features == 0 else {
      throw InferenceError(
        .wrongInput,
        "the batch has \(elements) elements, which is not a whole number of rows; a row of this model has \(features)")
    }
    let count = elements / features
    guard scores == count * outputs else {
      throw InferenceError(
        .wrongOutput,
        "there is memory for \(scores) scores; \(count) rows of \(outputs) outputs need \(count * outputs)")
    }
    return count
  }
}
