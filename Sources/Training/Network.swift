package import Inference

/// A network with all the memory that training it needs: parameters, gradients, and the activations of a chunk of examples.
///
/// With m examples and, for layer l, n units, k inputs, W [n, k], b [n], A the activations, A_prev its inputs, f the factor of an
/// example's loss in the cost (1/m where all count alike) and Y the targets:
///
///     forward    Z = W·A_prev + b,  A = activation(Z)
///     cost       Σ over examples of f·loss, from Z of the last layer
///     backward   δ = f·(A − Y) in the last layer (sigmoid and softmax with cross-entropy alike; squared errors: times 2/n)
///                δ_prev = (Wᵀ·δ) ∘ activation′(Z_prev)
///                dW = δ·A_prevᵀ,  db = Σ over examples of δ
///
/// (C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, section 5.3.) In the first layer A_prev are bytes: scale and
/// offset of the input format are folded into its weights for the forward products and unfolded from its gradient.
///
/// A batch goes through in chunks of ``Kernels/blockLength`` examples, whose sums are added in order: memory does not grow with the
/// batch, and the bits do not depend on threads. Within a chunk threads share the examples, then the parameters.
package final class Network<Element: TrainingElement>: Sendable {
  package struct Layer: Sendable {
    package let inputs: Int
    package let outputs: Int
    package let activation: Activation
    package let weight: Matrix<Element>
    package let bias: Region<Element>
    package let weightGradient: Matrix<Element>
    package let biasGradient: Region<Element>
    /// A, in panels of a chunk's examples.
    let activations: Region<Element>
    /// What the next layer sees: A, or a copy of it in which units are dropped.
    let passed: Region<Element>
    /// The probability with which a unit is kept.
    let keep: Double
    /// δ [n, chunk].
    let deltas: Matrix<Element>
    /// Where the weights begin within all parameters; the biases follow them.
    let start: Int

    /// The weights of some units within all parameters.
    func weights(_ rows: Range<Int>) -> Range<Int> {
      start + rows.lowerBound * inputs..<start + rows.upperBound * inputs
    }

    /// Their biases.
    func biases(_ rows: Range<Int>) -> Range<Int> {
      start + inputs * outputs + rows.lowerBound..<start + inputs * outputs + rows.upperBound
    }
  }

  /// What one thread works in.
  private struct Workspace: Sendable {
    let scratch: Region<Element>
    /// δ of a layer and of the one before, in panels.
    let deltas: (Region<Element>, Region<Element>)
  }

  let kernels: Kernels
  let workers: Workers
  let loss: Loss
  package let layers: [Layer]
  /// All weights and biases in one run, layer by layer, each weight before its bias.
  package let parameters: Region<Element>
  /// Their gradients in the same order.
  package let gradients: Region<Element>
  let scale: [Double]
  let offset: [Double]
  /// W and b of the first layer with the input format folded in; W is turned in memory where it has few rows.
  private let foldedWeight: Matrix<Element>
  private let foldedBias: Region<Element>
  /// Whether the folded weights are turned.
  let isTurned: Bool
  private let chunk: Int
  private let lanes: Int
  /// Z, A and δ of the last layer [chunk, n].
  private let outputs: Region<Element>
  private let outputDeltas: Region<Element>
  private let workspaces: [Workspace]
  private let plan: WorkPlan
  /// Sums of the squares of blocks of parameters.
  let squareSums: Region<Double>

  /// Elements whose squares are added up at a time: it must not depend on threads, as the bits do on it.
  static var sumBlock: Int { 1 << 14 }

  /// Allocates everything. The caller has made sure by ``MemoryNeed`` that it can be had.
  ///
  /// - Parameters:
  ///   - batch: the most examples of a step.
  ///   - dropout: for each hidden layer the probability with which a unit is dropped; empty for none.
  package init(
    _ architecture: Architecture, loss: Loss, inputFormat: InputFormat, batch: Int, dropout: [Double] = [],
    kernels: Kernels, threads: Int
  ) {
    self.kernels = kernels
    self.loss = loss
    workers = Workers(count: threads)
    scale = inputFormat.foldedScale
    offset = inputFormat.foldedOffset
    lanes = Element.lanes(kernels)
    chunk = Self.chunk(batch: batch)
    parameters = Region(count: architecture.parameterCount)
    gradients = Region(count: architecture.parameterCount)
    let capacity = Shapes.panels(chunk, lanes: lanes) * lanes
    let stride = Self.deltaStride(chunk: chunk)
    var layers: [Layer] = []
    var start = 0
    for (index, layer) in architecture.layers.enumerated() {
      let inputs = architecture.inputs(ofLayer: index)
      let outputs = layer.outputs
      let weights = inputs * outputs
      let activations = Region<Element>(count: capacity * outputs)
      let isHidden = index < architecture.layers.count - 1
      let keep = isHidden && index < dropout.count ? 1 - dropout[index] : 1
      layers.append(
        Layer(
          inputs: inputs, outputs: outputs, activation: layer.activation,
          weight: Matrix(parameters.part(from: start, count: weights), rows: outputs, columns: inputs),
          bias: parameters.part(from: start + weights, count: outputs),
          weightGradient: Matrix(gradients.part(from: start, count: weights), rows: outputs, columns: inputs),
          biasGradient: gradients.part(from: start + weights, count: outputs), activations: activations,
          passed: keep < 1 ? Region(count: capacity * outputs) : activations, keep: keep,
          deltas: Matrix(Region(count: stride * outputs), rows: outputs, columns: stride), start: start))
      start += weights + outputs
    }
    self.layers = layers
    let (outputs, inputs) = (layers[0].outputs, layers[0].inputs)
    isTurned = outputs <= narrowOutputs
    let folded = Region<Element>(count: inputs * outputs)
    foldedWeight =
      isTurned
      ? Matrix(folded, rows: inputs, columns: outputs).transposed : Matrix(folded, rows: outputs, columns: inputs)
    foldedBias = Region(count: layers[0].outputs)
    self.outputs = Region(count: chunk * architecture.outputs)
    outputDeltas = Region(count: chunk * architecture.outputs)
    let widest = layers.map(\.outputs).max() ?? 1
    workspaces = (0..<threads).map { _ in
      Workspace(
        scratch: Region(count: trainingScratchCount),
        deltas: (Region(count: capacity * widest), Region(count: capacity * widest)))
    }
    squareSums = Region(count: (architecture.parameterCount + Self.sumBlock - 1) / Self.sumBlock)
    plan = WorkPlan(layers: layers.map { ($0.inputs, $0.outputs) }, threads: threads)
  }

  /// The examples that go through at once.
  static func chunk(batch: Int) -> Int { min(max(batch, 1), Kernels.blockLength) }

  /// Elements from a row of δ to the next: an odd number of cache lines, as rows a multiple of a page apart would push each other out
  /// of the cache.
  static func deltaStride(chunk: Int) -> Int { (chunk + 15) / 16 * 16 + ((chunk + 15) / 16 % 2 == 0 ? 16 : 0) }

  /// Must be called after ``parameters`` changed by other means than ``update(_:)``.
  package func parametersChanged() {
    guard isTurned else { return workers.share(layers[0].outputs, grain: 1, self) { $0.fold($2) } }
    workers.share(layers[0].inputs, grain: WorkPlan.grain, self) { $0.foldTurned($2) }
    foldBiases()
  }

  /// One pass forward and backward over a batch, whose gradients are then in ``gradients``.
  ///
  /// - Parameters:
  ///   - pixels: [m, features].
  ///   - batch: targets and factors of the m examples; gets their losses and predictions.
  ///   - random: the stream that dropout draws from; nil for no dropout.
  package func computeGradients(_ pixels: Matrix<UInt8>, _ batch: Batch<Element>, random: RandomStream? = nil) {
    var start = 0
    while start < pixels.rows {
      let examples = start..<min(start + chunk, pixels.rows)
      let chunk = Chunk(network: self, pixels: pixels, batch: batch, first: start, random: random)
      workers.share(examples.count, grain: lanes, chunk) { chunk, worker, range in
        chunk.network.pass(
          chunk.pixels, chunk.batch, first: chunk.first, range, chunk.network.workspaces[worker], random: chunk.random)
      }
      computeGradients(pixels.rows(examples), begins: start == 0)
      start = examples.upperBound
    }
  }

  // What threads share is passed to them in one value: a closure that captures it would be allocated.
  private struct Chunk {
    let network: Network
    let pixels: Matrix<UInt8>
    let batch: Batch<Element>
    /// The batch's example with which the chunk begins.
    let first: Int
    let random: RandomStream?
  }

  // MARK: - By examples

  /// Forward and backward propagation of the examples `range` of a chunk that begins with the batch's example `first`.
  private func pass(
    _ pixels: Matrix<UInt8>, _ batch: Batch<Element>, first: Int, _ range: Range<Int>, _ workspace: Workspace,
    random: RandomStream?
  ) {
    let examples = first + range.lowerBound..<first + range.upperBound
    forward(pixels.rows(examples), at: range, first: examples.lowerBound, workspace, random)
    let last = layers[layers.count - 1]
    let count = range.count * last.outputs
    let output = Matrix(
      outputs.part(from: range.lowerBound * last.outputs, count: count), rows: range.count, columns: last.outputs)
    let delta = Matrix(
      outputDeltas.part(from: range.lowerBound * last.outputs, count: count), rows: range.count, columns: last.outputs)
    let targets = batch.targets.rows(examples)
    Element.examples(kernels, part(last.activations, last.outputs, range), into: output)
    Element.losses(
      kernels, loss, output, targets: targets, into: batch.losses.part(from: examples.lowerBound, count: range.count))
    Element.activate(kernels, last.activation, output)
    batch.predict(output, first: examples.lowerBound)
    Element.outputDelta(
      kernels, loss, output, targets: targets,
      factors: batch.factors.part(from: examples.lowerBound, count: range.count),
      into: delta)
    var (current, previous) = workspace.deltas
    Element.panels(kernels, delta, into: current)
    for index in layers.indices.reversed() {
      let layer = layers[index]
      Element.rows(kernels, current, into: layer.deltas.block(rows: 0..<layer.outputs, columns: range))
      guard index > 0 else { break }
      let below = layers[index - 1]
      Element.product(
        kernels, examples: range.count, layer.weight.transposed, current, bias: nil, into: previous)
      if below.keep < 1, let random {
        Element.dropout(
          kernels, stream(random, layer: index - 1), first: examples.lowerBound, examples: range.count,
          units: below.outputs, keep: below.keep, previous, into: previous)
      }
      let size = Shapes.panels(range.count, lanes: lanes) * lanes * below.outputs
      Element.activationGradient(
        kernels, below.activation, part(below.activations, below.outputs, range),
        delta: previous.part(from: 0, count: size))
      swap(&current, &previous)
    }
  }

  private func forward(
    _ pixels: Matrix<UInt8>, at range: Range<Int>, first: Int, _ workspace: Workspace, _ random: RandomStream?
  ) {
    for (index, layer) in layers.enumerated() {
      let target = part(layer.activations, layer.outputs, range)
      if index == 0 {
        Element.product(kernels, foldedWeight, pixels, bias: foldedBias, into: target, scratch: workspace.scratch)
      } else {
        let below = layers[index - 1]
        let input = random == nil ? below.activations : below.passed
        Element.product(
          kernels, examples: range.count, layer.weight, part(input, below.outputs, range), bias: layer.bias,
          into: target)
      }
      guard index < layers.count - 1 else { break }
      Element.activate(kernels, layer.activation, Matrix(target, rows: 1, columns: target.count))
      if layer.keep < 1, let random {
        Element.dropout(
          kernels, stream(random, layer: index), first: first, examples: range.count, units: layer.outputs,
          keep: layer.keep, target, into: part(layer.passed, layer.outputs, range))
      }
    }
  }

  /// The panels of some examples of a chunk, which begin with a whole one.
  private func part(_ panels: Region<Element>, _ units: Int, _ range: Range<Int>) -> Region<Element> {
    panels.part(
      from: range.lowerBound * units, count: Shapes.panels(range.count, lanes: lanes) * lanes * units)
  }

  private func stream(_ random: RandomStream, layer: Int) -> RandomStream {
    RandomStream(key: random.key, stream: random.stream + UInt32(layer), step: random.step)
  }

  // MARK: - By parameters

  private func computeGradients(_ pixels: Matrix<UInt8>, begins: Bool) {
    workers.share(plan.pieces.count, grain: 1, (self, pixels, begins)) { context, worker, pieces in
      let (network, pixels, begins) = context
      for piece in pieces {
        for work in network.plan.pieces[piece] {
          network.computeGradient(pixels, work, network.workspaces[worker].scratch, begins: begins)
        }
      }
    }
  }

  private func computeGradient(_ pixels: Matrix<UInt8>, _ work: WorkPlan.Part, _ scratch: Region<Element>, begins: Bool)
  {
    let layer = layers[work.layer]
    let deltas = layer.deltas.block(rows: 0..<layer.outputs, columns: 0..<pixels.rows)
    if work.columns.lowerBound == 0 {
      Element.biasGradient(kernels, delta: deltas, into: layer.biasGradient, begins: begins)
    }
    if work.layer == 0 {
      Element.weightGradient(
        kernels, delta: deltas, pixels, columns: work.columns, into: layer.weightGradient, begins: begins,
        scratch: scratch)
    } else {
      Element.weightGradient(
        kernels, delta: deltas, layers[work.layer - 1].passed, columns: work.columns, into: layer.weightGradient,
        begins: begins, scratch: scratch)
    }
  }

  // MARK: - The input format

  /// Folds it into some rows of the first layer's weights, and their biases.
  func fold(_ rows: Range<Int>) {
    Element.fold(
      kernels, layers[0].weight.rows(rows), bias: layers[0].bias.part(from: rows.lowerBound, count: rows.count),
      scale: scale, offset: offset, into: foldedWeight.rows(rows),
      bias: foldedBias.part(from: rows.lowerBound, count: rows.count))
  }

  /// Folds it into some columns of the first layer's weights.
  func foldTurned(_ columns: Range<Int>) {
    Element.foldTurned(kernels, layers[0].weight, columns: columns, scale: scale, into: foldedWeight.transposed)
  }

  /// Folds it into the first layer's biases alone.
  func foldBiases() {
    // Only an offset is work.
    let grain = offset.allSatisfy { $0 == 0 } ? layers[0].outputs : 1
    workers.share(layers[0].outputs, grain: grain, self) { network, _, rows in
      let first = network.layers[0]
      Element.foldBias(
        network.kernels, first.weight.rows(rows), bias: first.bias.part(from: rows.lowerBound, count: rows.count),
        scale: network.scale, offset: network.offset,
        into: network.foldedBias.part(from: rows.lowerBound, count: rows.count))
    }
  }
}

/// How threads share the gradients of a chunk: columns of wide layers, and whole narrow ones.
struct WorkPlan: Sendable {
  struct Part: Sendable {
    let layer: Int
    let columns: Range<Int>
  }

  /// Columns that a kernel takes at a time.
  static let grain = 64
  /// Fewer parameters are not worth sharing.
  private static let worthSharing = 1 << 14

  /// What each thread does.
  let pieces: [[Part]]

  init(layers: [(inputs: Int, outputs: Int)], threads: Int) {
    var pieces = [[Part]](repeating: [], count: threads)
    var load = [Int](repeating: 0, count: threads)
    for (index, layer) in layers.enumerated() {
      let grains = (layer.inputs + Self.grain - 1) / Self.grain
      let count = layer.inputs * layer.outputs < Self.worthSharing ? 1 : min(threads, grains)
      var start = 0
      for piece in 0..<count {
        let end = piece == count - 1 ? layer.inputs : (piece + 1) * grains / count * Self.grain
        // Whoever has least to do takes it.
        let thread = load.indices.min { load[$0] < load[$1] } ?? 0
        pieces[thread].append(Part(layer: index, columns: start..<end))
        load[thread] += (end - start) * layer.outputs
        start = end
      }
    }
    self.pieces = pieces
  }
}
