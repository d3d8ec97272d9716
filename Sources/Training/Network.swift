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
/// offset of the input format are folded into its weights for the forward products and unfolded from its gradient. Columns that are 0 in a
/// whole batch, as at the edges of many pictures, are left out of a wide first layer: the bits are the same (see ``UsedColumns``).
///
/// A batch goes through in chunks of ``Kernels/blockLength`` examples, whose sums are added in order: memory does not grow with the
/// batch, and the bits do not depend on threads. Within a chunk threads share the units of wide layers and the examples for narrow ones
/// (see ``NetworkPhase``), then the parameters.
package final class Network<Element: TrainingElement>: Sendable {
  /// Its memory is lent by the network: a copy of it must not outlive that.
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
    /// δ, in panels of a chunk's examples.
    let deltas: Region<Element>
    /// δ [n, chunk].
    let deltaRows: Matrix<Element>
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

  let kernels: Kernels
  let workers: Workers
  let loss: Loss
  package let layers: [Layer]
  /// All weights and biases in one run, layer by layer, each weight before its bias.
  package let parameters: Region<Element>
  /// Their gradients in the same order.
  package let gradients: Region<Element>
  /// Owns what is lent to layers and below.
  private let memory: [Region<Element>]
  let scale: [Double]
  let offset: [Double]
  /// W and b of the first layer with the input format folded in; W is turned in memory where it has few rows.
  let foldedWeight: Matrix<Element>
  let foldedBias: Region<Element>
  /// Whether the folded weights are turned.
  let isTurned: Bool
  private let chunk: Int
  let lanes: Int
  let phases: [NetworkPhase]
  /// A chunk's rows in panels of numbers, where a phase makes them.
  let inputs: Region<Element>
  /// What a batch leaves out of the first layer, where a phase makes panels of its rows and the folded weights are not turned.
  let batchColumns: BatchColumns<Element>?
  /// Z, A and δ of the last layer [chunk, n].
  let outputs: Region<Element>
  let outputDeltas: Region<Element>
  /// What each thread packs in.
  let scratches: [Region<Element>]
  /// How threads share gradients, and updates.
  private let gradientPlan: WorkPlan
  let updatePlan: WorkPlan
  /// Sums of the squares of blocks of parameters.
  let squareSums: Region<Double>

  /// Elements whose squares are added up at a time: it must not depend on threads, as the bits do on it.
  static var sumBlock: Int { 1 << 14 }

  /// Allocates everything. The caller has made sure by ``MemoryNeed`` that it can be had.
  ///
  /// - Parameters:
  ///   - batch: the most examples of a step.
  ///   - dropout: for each hidden layer the probability with which a unit is dropped; empty for none.
  package convenience init(
    _ architecture: Architecture, loss: Loss, inputFormat: InputFormat, batch: Int, dropout: [Double] = [],
    kernels: Kernels, threads: Int
  ) {
    self.init(
      architecture, loss: loss, inputFormat: inputFormat, batch: batch, dropout: dropout, kernels: kernels,
      threads: threads, phases: nil)
  }

  /// - Parameter phases: in place of those that are planned; the bits are the same as long as all numbers are finite.
  init(
    _ architecture: Architecture, loss: Loss, inputFormat: InputFormat, batch: Int, dropout: [Double], kernels: Kernels,
    threads: Int, phases: [NetworkPhase]?
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
    let (lentParameters, lentGradients) = (parameters.lent, gradients.lent)
    var memory: [Region<Element>] = []
    func allocate(_ count: Int) -> Region<Element> {
      let region = Region<Element>(count: count)
      memory.append(region)
      return region.lent
    }
    let capacity = Shapes.panels(chunk, lanes: lanes) * lanes
    let stride = Self.deltaStride(chunk: chunk)
    var layers: [Layer] = []
    var start = 0
    for (index, layer) in architecture.layers.enumerated() {
      let inputs = architecture.inputs(ofLayer: index)
      let outputs = layer.outputs
      let weights = inputs * outputs
      let activations = allocate(capacity * outputs)
      let isHidden = index < architecture.layers.count - 1
      let keep = isHidden && index < dropout.count ? 1 - dropout[index] : 1
      layers.append(
        Layer(
          inputs: inputs, outputs: outputs, activation: layer.activation,
          weight: Matrix(lentParameters.part(from: start, count: weights), rows: outputs, columns: inputs),
          bias: lentParameters.part(from: start + weights, count: outputs),
          weightGradient: Matrix(lentGradients.part(from: start, count: weights), rows: outputs, columns: inputs),
          biasGradient: lentGradients.part(from: start + weights, count: outputs), activations: activations,
          passed: keep < 1 ? allocate(capacity * outputs) : activations, keep: keep,
          deltas: allocate(capacity * outputs),
          deltaRows: Matrix(allocate(stride * outputs), rows: outputs, columns: stride), start: start))
      start += weights + outputs
    }
    self.layers = layers
    let (outputs, inputs) = (layers[0].outputs, layers[0].inputs)
    isTurned = outputs <= narrowOutputs
    let folded = allocate(inputs * outputs)
    foldedWeight =
      isTurned
      ? Matrix(folded, rows: inputs, columns: outputs).transposed : Matrix(folded, rows: outputs, columns: inputs)
    foldedBias = allocate(layers[0].outputs)
    self.outputs = allocate(chunk * architecture.outputs)
    outputDeltas = allocate(chunk * architecture.outputs)
    scratches = (0..<threads).map { _ in allocate(trainingScratchCount) }
    let shapes = layers.map { (inputs: $0.inputs, outputs: $0.outputs) }
    self.phases = phases ?? NetworkPhase.plan(shapes, chunk: chunk)
    let hasPanels = self.phases.contains(.inputs)
    self.inputs = allocate(hasPanels ? capacity * inputs : 0)
    batchColumns = hasPanels && !isTurned ? BatchColumns(columns: inputs, chunk: chunk, threads: threads) : nil
    squareSums = Region(count: (architecture.parameterCount + Self.sumBlock - 1) / Self.sumBlock)
    gradientPlan = WorkPlan(gradientsOf: shapes, threads: threads)
    updatePlan = WorkPlan(updatesOf: shapes, isTurned: isTurned, threads: threads)
    self.memory = memory
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
  ///   - arranged: the same pixels, which a first layer of few outputs then reads in these orders: the bits are the same.
  ///   - batch: targets and factors of the m examples; gets their losses and predictions.
  ///   - random: the stream that dropout draws from; nil for no dropout.
  package func computeGradients(
    _ pixels: Matrix<UInt8>, arranged: ArrangedRows? = nil, _ batch: Batch<Element>, random: RandomStream? = nil
  ) {
    let (pixels, batch) = (pixels.lent, batch.lent)
    let arranged = isTurned ? arranged : nil
    batchColumns?.find(pixels)
    var start = 0
    while start < pixels.rows {
      let examples = start..<min(start + chunk, pixels.rows)
      let chunk = Chunk(
        network: self, pixels: pixels.rows(examples), arranged: arranged?.chunk(examples),
        columns: batchColumns?.columns, batch: batch, first: start, random: random)
      run(chunk)
      computeGradients(chunk.used, chunk.arranged?.lines, drops: random != nil, begins: start == 0)
      start = examples.upperBound
    }
  }

  // MARK: - By parameters

  private func computeGradients(_ pixels: Matrix<UInt8>, _ arranged: Region<UInt8>?, drops: Bool, begins: Bool) {
    workers.share(parts: gradientPlan.parts.count, (self, pixels, arranged, drops, begins)) { context, worker, parts in
      let (network, pixels, arranged, drops, begins) = context
      for part in parts {
        network.computeGradient(
          pixels, arranged, network.gradientPlan.parts[part], network.scratches[worker], drops: drops, begins: begins)
      }
    }
  }

  private func computeGradient(
    _ pixels: Matrix<UInt8>, _ arranged: Region<UInt8>?, _ work: WorkPlan.Part, _ scratch: Region<Element>, drops: Bool,
    begins: Bool
  ) {
    let layer = layers[work.layer]
    let (first, count) = (work.rows.lowerBound, work.rows.count)
    let deltas = layer.deltaRows.block(rows: work.rows, columns: 0..<pixels.rows)
    if work.columns.lowerBound == 0 {
      Element.biasGradient(
        kernels, delta: deltas, into: layer.biasGradient.part(from: first, count: count), begins: begins)
    }
    let gradient = layer.weightGradient.rows(work.rows)
    if work.layer == 0 {
      // Where columns are left out the others lie side by side, until the update spreads them.
      let columns = work.columns.clamped(to: 0..<pixels.columns)
      guard !columns.isEmpty else { return }
      Element.weightGradient(
        kernels, delta: deltas, pixels, arrangedLines: arranged, columns: columns,
        into: gradient.block(rows: 0..<count, columns: 0..<pixels.columns), begins: begins, scratch: scratch)
    } else {
      let below = layers[work.layer - 1]
      Element.weightGradient(
        kernels, delta: deltas, drops ? below.passed : below.activations, columns: work.columns, into: gradient,
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
