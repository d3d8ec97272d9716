/// A model's weights in the layout of the kernels: made once, shared by any number of scorers on any number of threads.
public final class PackedModel: Sendable {
  /// The model that was packed.
  public let model: Model
  /// The instruction set that the weights are packed for.
  public let instructionSet: InstructionSet

  struct Layer: Sendable {
    let inputs: Int
    let outputs: Int
    let activation: Activation
    let panels: Region<Float>
    let bias: Region<Float>
  }

  let layers: [Layer]
  package let kernels: Kernels

  /// Packs a model's weights, scale and offset of its input format folded into the first layer.
  ///
  /// - Parameters:
  ///   - model: what is packed; it stays as ``model``.
  ///   - instructionSet: nil for the one that `NNSCORE_ISA` names, or else the processor's best.
  /// - Throws: ``InferenceError/Code/unsupportedInstructionSet``.
  public init(_ model: Model, instructionSet: InstructionSet? = nil) throws(InferenceError) {
    if let instructionSet {
      kernels = try Kernels.supporting(instructionSet)
    } else {
      kernels = try Kernels.selected()
    }
    self.model = model
    self.instructionSet = kernels.instructionSet

    var layers: [Layer] = []
    for index in model.architecture.layers.indices {
      let inputs = model.architecture.inputs(ofLayer: index)
      let outputs = model.architecture.layers[index].outputs
      let parameters = model.parameters.layers[index]
      let bias = Region<Float>(count: outputs)
      let panels = Region<Float>(count: Float.packedCount(kernels, outputs: outputs, inputs: inputs))
      let kernels = kernels
      parameters.weight.span.withRegion { weightRegion in
        let weight = Matrix(weightRegion, rows: outputs, columns: inputs)
        guard index == 0 else {
          bias.copy(from: parameters.bias)
          Float.pack(kernels, weight, into: panels)
          return
        }
        parameters.bias.span.withRegion { biasRegion in
          // Panel by panel: what is folded is packed while it is in the cache, and never stands in memory as a whole.
          let lanes = Float.packedCount(kernels, outputs: 1, inputs: 1)
          let folded = Matrix(Region<Float>(count: lanes * inputs), rows: lanes, columns: inputs)
          for start in stride(from: 0, to: outputs, by: lanes) {
            let count = min(lanes, outputs - start)
            Float.fold(
              weight: weight.rows(start..<start + count), bias: biasRegion.part(from: start, count: count),
              scale: model.inputFormat.foldedScale, offset: model.inputFormat.foldedOffset,
              intoWeight: folded.rows(0..<count), bias: bias.part(from: start, count: count))
            Float.pack(
              kernels, folded.rows(0..<count), into: panels.part(from: start * inputs, count: lanes * inputs))
          }
        }
      }
      layers.append(
        Layer(
          inputs: inputs, outputs: outputs, activation: model.architecture.layers[index].activation, panels: panels,
          bias: bias))
    }
    self.layers = layers
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

/// Forward propagation for batches, with memory of its own for the layers between: one scorer a thread.
///
/// For one model and one row the scores are the same to the last bit whatever the batch, the position in it, the number of
/// scorers and the instruction set. A NaN in a row gives the scores that the arithmetic gives, NaN in general, each the one
/// quiet NaN `0x7fc00000`; it never reaches another row. (A relu of NaN is NaN, so one NaN pixel makes all of its row's scores NaN.)
public struct Scorer: ~Copyable, Sendable {
  /// The examples that go through all layers before the next ones do, so that what lies between stays in the cache.
  private static let blockLength = 64

  /// The packed weights.
  public let packed: PackedModel
  private let even: Region<Float>
  private let odd: Region<Float>

  /// A scorer on shared weights.
  public init(_ packed: PackedModel) {
    self.packed = packed
    var widest = 0
    for layer in packed.layers.dropLast() { widest = max(widest, layer.outputs) }
    even = Region(count: Self.blockLength * widest)
    odd = Region(count: Self.blockLength * widest)
  }

  /// Packs a model and makes a scorer of it.
  ///
  /// - Throws: ``InferenceError/Code/unsupportedInstructionSet``.
  public init(_ model: Model) throws(InferenceError) {
    self.init(try PackedModel(model))
  }

  /// Scores a batch of bytes.
  ///
  /// - Parameters:
  ///   - rows: [count, features], row-major, each row height × width × channels; count may be 0.
  ///   - scores: [count, outputs], row-major: the last layer's activations.
  /// - Throws: ``InferenceError/Code/wrongInput`` if rows is not a whole number of rows, ``InferenceError/Code/wrongOutput`` if
  ///   scores has not count × outputs elements.
  public mutating func score(_ rows: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(InferenceError) {
    let count = try exampleCount(elements: rows.count, scores: scores.count)
    let first = packed.layers[0]
    let kernels = packed.kernels
    rows.withRegion { region in
      let input = Matrix(region, rows: count, columns: first.inputs)
      scores.withRegion { output in
        propagate(count: count, output: output) { range, target in
          Float.product(kernels, input.rows(range), panels: first.panels, bias: first.bias, into: target)
        }
      }
    }
  }

  /// Scores a batch of floats, in the units of the input format's elements (0…255 for a model of pixels).
  ///
  /// - Parameters:
  ///   - rows: [count, features], row-major; count may be 0.
  ///   - scores: [count, outputs], row-major: the last layer's activations.
  /// - Throws: ``InferenceError/Code/wrongInput`` if rows is not a whole number of rows, ``InferenceError/Code/wrongOutput`` if
  ///   scores has not count × outputs elements.
  public mutating func score(_ rows: Span<Float>, into scores: inout MutableSpan<Float>) throws(InferenceError) {
    let count = try exampleCount(elements: rows.count, scores: scores.count)
    let first = packed.layers[0]
    let kernels = packed.kernels
    rows.withRegion { region in
      let input = Matrix(region, rows: count, columns: first.inputs)
      scores.withRegion { output in
        propagate(count: count, output: output) { range, target in
          Float.product(kernels, input.rows(range), panels: first.panels, bias: first.bias, into: target)
        }
      }
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

  /// Runs all layers block by block; `firstProduct` makes the first layer's weighted sums of a range of examples.
  private func propagate(
    count: Int, output: Region<Float>, firstProduct: (Range<Int>, Matrix<Float>) -> Void
  ) {
    let last = packed.layers.count - 1
    let outputs = packed.layers[last].outputs
    var start = 0
    while start < count {
      let end = min(count, start + Self.blockLength)
      var previous: Matrix<Float>?
      for index in packed.layers.indices {
        let layer = packed.layers[index]
        let region =
          index == last
          ? output.part(from: start * outputs, count: (end - start) * outputs)
          : (index % 2 == 0 ? even : odd).part(from: 0, count: (end - start) * layer.outputs)
        let target = Matrix(region, rows: end - start, columns: layer.outputs)
        if let previous {
          Float.product(packed.kernels, previous, panels: layer.panels, bias: layer.bias, into: target)
        } else {
          firstProduct(start..<end, target)
        }
        Float.activate(packed.kernels, layer.activation, target)
        previous = target
      }
      start = end
    }
  }
}
