package import Inference

/// A network with all the memory that training it needs: parameters, gradients, packed weights, and for each example the
/// activations and the gradients by the weighted sums.
///
/// With m examples and, for layer l, n units, k inputs, W [n, k], b [n], A the activations [m, n], A_prev its inputs [m, k]:
///
///     forward    Z = A_prev·Wᵀ + b,  A = activation(Z)
///     cost       the mean over examples of −log of the probability of the right class, from Z of the last layer
///     backward   δ = (A − Y) / m in the last layer (sigmoid and softmax with cross-entropy alike)
///                δ_prev = (δ·W) ∘ activation′(Z_prev)
///                dW = δᵀ·A_prev,  db = Σ over examples of δ
///
/// (C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, section 5.3.) In the first layer A_prev are bytes: scale and
/// offset of the input format are folded into its weights for the forward products and unfolded from its gradient.
package final class Network<Element: KernelElement>: Sendable {
  /// Examples that go forward and backward through all layers before the next ones do, so that they stay in the cache.
  static var exampleBlock: Int { 64 }
  /// Examples that a thread takes at least: the rows of the kernels' tile.
  static var exampleGrain: Int { 8 }
  /// Columns of a weight gradient that are computed at a time.
  static var columnBlock: Int { 128 }
  /// Numbers that are worth waking a thread for.
  static var worthSharing: Int { 16384 }

  package struct Layer: Sendable {
    package let inputs: Int
    package let outputs: Int
    package let activation: Activation
    package let weight: Matrix<Element>
    package let bias: Region<Element>
    package let weightGradient: Matrix<Element>
    package let biasGradient: Region<Element>
    /// What the forward product adds: the bias, in the first layer with the offset folded in.
    package let forwardBias: Region<Element>
    /// W packed for the forward product.
    package let panels: Region<Element>
    /// Wᵀ packed for the backward product; empty in the first layer, whose inputs have no gradient.
    package let transposedPanels: Region<Element>
    /// A [m, n].
    package let activations: Matrix<Element>
    /// δ [m, n].
    package let deltas: Matrix<Element>
  }

  let kernels: Kernels
  let workers: Workers
  let scale: [Double]
  let offset: [Double]
  let examples: Int
  package let layers: [Layer]
  /// All weights and biases in one run, layer by layer, each weight before its bias: what an optimiser steps over.
  package let parameters: Region<Element>
  /// Their gradients in the same order.
  package let gradients: Region<Element>
  private let lanes: Int
  private let labels: Region<Int32>
  /// The loss of each example [m].
  private let losses: Region<Double>
  private let columnPanels: Region<Element>

  /// Allocates everything. The caller has made sure by ``MemoryNeed`` that it can be had.
  package init(
    _ architecture: Architecture, inputFormat: InputFormat, labels: [Int], kernels: Kernels, threads: Int
  ) {
    self.kernels = kernels
    workers = Workers(count: threads)
    scale = inputFormat.foldedScale
    offset = inputFormat.foldedOffset
    examples = labels.count
    lanes = Element.packedCount(kernels, outputs: 1, inputs: 1)
    parameters = Region(count: architecture.parameterCount)
    gradients = Region(count: architecture.parameterCount)
    self.labels = Region(count: labels.count)
    for (row, label) in labels.enumerated() { self.labels[row] = Int32(truncatingIfNeeded: label) }
    losses = Region(count: examples)
    columnPanels = Region(
      count: threads * Element.packedCount(kernels, outputs: Self.columnBlock, inputs: Kernels.blockLength))

    var layers: [Layer] = []
    var start = 0
    for (index, layer) in architecture.layers.enumerated() {
      let inputs = architecture.inputs(ofLayer: index)
      let outputs = layer.outputs
      let weights = inputs * outputs
      let bias = parameters.part(from: start + weights, count: outputs)
      layers.append(
        Layer(
          inputs: inputs, outputs: outputs, activation: layer.activation,
          weight: Matrix(parameters.part(from: start, count: weights), rows: outputs, columns: inputs),
          bias: bias,
          weightGradient: Matrix(gradients.part(from: start, count: weights), rows: outputs, columns: inputs),
          biasGradient: gradients.part(from: start + weights, count: outputs),
          forwardBias: index == 0 ? Region(count: outputs) : bias,
          panels: Region(count: Element.packedCount(kernels, outputs: outputs, inputs: inputs)),
          transposedPanels: Region(
            count: index == 0 ? 0 : Element.packedCount(kernels, outputs: inputs, inputs: outputs)),
          activations: Matrix(Region(count: examples * outputs), rows: examples, columns: outputs),
          deltas: Matrix(Region(count: examples * outputs), rows: examples, columns: outputs)))
      start += weights + outputs
    }
    self.layers = layers
  }

  /// One pass forward and backward over all examples.
  ///
  /// - Parameter pixels: [m, features].
  /// - Returns: the cost at the present parameters, whose gradients are then in ``gradients``.
  package func computeGradients(pixels: Region<UInt8>) -> Double {
    pack()
    let input = Matrix(pixels, rows: examples, columns: layers[0].inputs)
    workers.share(examples, grain: Self.exampleGrain) { _, range in
      var start = range.lowerBound
      while start < range.upperBound {
        let rows = start..<min(start + Self.exampleBlock, range.upperBound)
        forward(rows, input: input)
        backward(rows)
        start = rows.upperBound
      }
    }
    for layer in layers { computeBiasGradient(layer) }
    for index in layers.indices {
      if index == 0 {
        computeWeightGradient(layers[0], inputs: input) { [kernels] in Element.pack(kernels, $0, into: $1) }
        unfold(layers[0])
      } else {
        computeWeightGradient(layers[index], inputs: layers[index - 1].activations) { [kernels] in
          Element.pack(kernels, $0, into: $1)
        }
      }
    }
    var total = 0.0
    for example in 0..<examples { total += losses[example] }
    return total / Double(examples)
  }

  /// parameters −= rate·gradients.
  package func descend(rate: Element) {
    workers.share(parameters.count, grain: Self.worthSharing) { _, range in
      Element.descend(
        rate: rate, gradient: gradients.part(from: range.lowerBound, count: range.count),
        parameters: parameters.part(from: range.lowerBound, count: range.count))
    }
  }

  // MARK: - Packing

  private func pack() {
    let first = layers[0]
    // The gradient's memory is free until the backward pass: the folded weights stand there until they are packed.
    let folded = first.weightGradient
    workers.share(first.outputs, grain: max(1, Self.worthSharing / first.inputs)) { _, rows in
      Element.fold(
        weight: first.weight.rows(rows), bias: first.bias.part(from: rows.lowerBound, count: rows.count), scale: scale,
        offset: offset, intoWeight: folded.rows(rows),
        bias: first.forwardBias.part(from: rows.lowerBound, count: rows.count))
    }
    pack(folded, into: first.panels)
    for layer in layers.dropFirst() {
      pack(layer.weight, into: layer.panels)
      pack(layer.weight.transposed, into: layer.transposedPanels)
    }
  }

  /// Packs a matrix, threads sharing its columns.
  private func pack(_ matrix: Matrix<Element>, into panels: Region<Element>) {
    workers.share(matrix.columns, grain: max(1, Self.worthSharing / matrix.rows)) { _, columns in
      guard columns.count < matrix.columns else {
        Element.pack(kernels, matrix, into: panels)
        return
      }
      var row = 0
      while row < matrix.rows {
        let rows = row..<min(row + lanes, matrix.rows)
        Element.pack(
          kernels, matrix.block(rows: rows, columns: columns),
          into: panels.part(from: row * matrix.columns + columns.lowerBound * lanes, count: columns.count * lanes))
        row += lanes
      }
    }
  }

  // MARK: - By examples

  private func forward(_ rows: Range<Int>, input: Matrix<UInt8>) {
    for (index, layer) in layers.enumerated() {
      let target = layer.activations.rows(rows)
      if index == 0 {
        Element.product(kernels, input.rows(rows), panels: layer.panels, bias: layer.forwardBias, into: target)
      } else {
        Element.product(
          kernels, layers[index - 1].activations.rows(rows), panels: layer.panels, bias: layer.forwardBias, into: target
        )
      }
      if index == layers.count - 1 {
        for row in rows {
          losses[row] = Element.crossEntropy(
            kernels, layer.activations.rows(row..<row + 1), labels: labels.part(from: row, count: 1))
        }
      }
      Element.activate(kernels, layer.activation, target)
    }
  }

  private func backward(_ rows: Range<Int>) {
    let last = layers[layers.count - 1]
    Element.outputDelta(
      last.activations.rows(rows), labels: labels.part(from: rows.lowerBound, count: rows.count),
      factor: 1 / Element(examples), into: last.deltas.rows(rows))
    for index in layers.indices.dropFirst().reversed() {
      let previous = layers[index - 1]
      Element.product(
        kernels, layers[index].deltas.rows(rows), panels: layers[index].transposedPanels, bias: nil,
        into: previous.deltas.rows(rows))
      let start = rows.lowerBound * previous.outputs
      let count = rows.count * previous.outputs
      Element.activationGradient(
        previous.activation, previous.activations.region.part(from: start, count: count),
        delta: previous.deltas.region.part(from: start, count: count))
    }
  }

  // MARK: - By parameters

  private func computeBiasGradient(_ layer: Layer) {
    workers.share(layer.outputs, grain: max(16, Self.worthSharing / examples)) { _, columns in
      Element.columnSums(
        layer.deltas.block(rows: 0..<examples, columns: columns),
        into: layer.biasGradient.part(from: columns.lowerBound, count: columns.count))
    }
  }

  /// dW = δᵀ·A_prev, threads sharing the columns. Examples are packed a block at a time, so the memory for it does not grow with
  /// them, and vector lanes run across the columns of A_prev, of which there are many where it matters.
  private func computeWeightGradient<Input>(
    _ layer: Layer, inputs: Matrix<Input>, pack: @Sendable (Matrix<Input>, Region<Element>) -> Void
  ) {
    let deltas = layer.deltas.transposed
    let panelCount = columnPanels.count / workers.count
    workers.share(layer.inputs, grain: Self.columnBlock) { worker, range in
      let panels = columnPanels.part(from: worker * panelCount, count: panelCount)
      var column = range.lowerBound
      while column < range.upperBound {
        let columns = column..<min(column + Self.columnBlock, range.upperBound)
        let gradient = layer.weightGradient.block(rows: 0..<layer.outputs, columns: columns)
        var row = 0
        while row < examples {
          let rows = row..<min(row + Kernels.blockLength, examples)
          pack(inputs.block(rows: rows, columns: columns).transposed, panels)
          let delta = deltas.block(rows: 0..<layer.outputs, columns: rows)
          if row == 0 {
            Element.product(kernels, delta, panels: panels, bias: nil, into: gradient)
          } else {
            Element.accumulate(kernels, delta, panels: panels, into: gradient)
          }
          row = rows.upperBound
        }
        column = columns.upperBound
      }
    }
  }

  private func unfold(_ layer: Layer) {
    workers.share(layer.inputs, grain: Self.columnBlock) { _, columns in
      Element.unfoldGradient(
        layer.weightGradient.block(rows: 0..<layer.outputs, columns: columns), firstColumn: columns.lowerBound,
        biasGradient: layer.biasGradient, scale: scale, offset: offset)
    }
  }
}
