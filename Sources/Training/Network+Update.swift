package import Inference

/// What an update does to gradients and parameters.
package struct Update<Element: TrainingElement>: Sendable {
  /// The optimiser's rule.
  package var step: OptimizerStep<Element>
  /// The optimiser's memory, as long as the parameters or empty.
  package var first: Region<Element>
  package var second: Region<Element>
  /// λ of λ/2·Σ w², whose gradient λ·w is added to that of the weights; 0 for none.
  package var l2: Double
  /// What weights (not biases) are multiplied by before the step; 1 for nothing.
  package var weightFactor: Double
  /// The greatest norm of all gradients together; larger ones are scaled down to it. Nil for any.
  package var clipNorm: Double?

  package init(
    step: OptimizerStep<Element>, first: Region<Element>, second: Region<Element>, l2: Double = 0,
    weightFactor: Double = 1, clipNorm: Double? = nil
  ) {
    self.step = step
    self.first = first
    self.second = second
    self.l2 = l2
    self.weightFactor = weightFactor
    self.clipNorm = clipNorm
  }
}

extension Network {
  /// Elements that go through all parts of an update before the next ones do, so that they stay in the cache.
  private static var updateBlock: Int { 1 << 14 }

  /// Changes the parameters by the gradients of the last batch.
  package func update(_ update: Update<Element>) {
    guard let most = update.clipNorm else {
      shareRows { layer, rows in
        complete(layer, rows, l2: update.l2)
        step(layer, rows, update, factor: 1)
      }
      return
    }
    completeGradients(l2: update.l2)
    let norm = squareSum(gradients).squareRoot()
    let factor = norm > most ? Element(most / norm) : 1
    shareRows { layer, rows in step(layer, rows, update, factor: factor) }
  }

  /// λ/2·Σ w² over all weights (biases are left out).
  package func penalty(l2: Double) -> Double {
    guard l2 > 0 else { return 0 }
    var total = 0.0
    for layer in layers { total += squareSum(layer.weight.region) }
    return l2 / 2 * total
  }

  /// Unfolds the input format and adds the gradient of the penalty.
  package func completeGradients(l2: Double) {
    shareRows { layer, rows in complete(layer, rows, l2: l2) }
  }

  /// Σ x², block sums added in order whoever made them.
  private func squareSum(_ region: Region<Element>) -> Double {
    let blocks = (region.count + Self.sumBlock - 1) / Self.sumBlock
    workers.share(blocks, grain: 4) { _, range in
      for block in range {
        let start = block * Self.sumBlock
        squareSums[block] = Element.squareSum(
          kernels, region.part(from: start, count: min(Self.sumBlock, region.count - start)))
      }
    }
    var total = 0.0
    for block in 0..<blocks { total += squareSums[block] }
    return total
  }

  /// Calls `body` with some rows of each layer at a time, threads sharing them.
  private func shareRows(_ body: @Sendable (_ layer: Layer, _ rows: Range<Int>) -> Void) {
    for layer in layers {
      let block = max(1, Self.updateBlock / layer.inputs)
      workers.share(layer.outputs, grain: block) { _, range in
        var start = range.lowerBound
        while start < range.upperBound {
          let rows = start..<min(start + block, range.upperBound)
          body(layer, rows)
          start = rows.upperBound
        }
      }
    }
  }

  private func complete(_ layer: Layer, _ rows: Range<Int>, l2: Double) {
    if layer.start == 0 {
      Element.unfold(
        kernels, layer.weightGradient.rows(rows), columns: 0..<layer.inputs,
        biasGradient: layer.biasGradient.part(from: rows.lowerBound, count: rows.count), scale: scale, offset: offset)
    }
    guard l2 > 0 else { return }
    let weights = layer.weights(rows)
    Element.add(
      kernels, parameters.part(from: weights.lowerBound, count: weights.count), times: Element(l2),
      to: gradients.part(from: weights.lowerBound, count: weights.count))
  }

  private func step(_ layer: Layer, _ rows: Range<Int>, _ update: Update<Element>, factor: Element) {
    let weights = layer.weights(rows)
    if update.weightFactor != 1 {
      Element.scale(
        kernels, parameters.part(from: weights.lowerBound, count: weights.count), by: Element(update.weightFactor))
    }
    step(weights, update, factor: factor)
    step(layer.biases(rows), update, factor: factor)
    if layer.start == 0 { fold(rows) }
  }

  private func step(_ range: Range<Int>, _ update: Update<Element>, factor: Element) {
    func part(_ region: Region<Element>) -> Region<Element> {
      region.count == 0 ? region : region.part(from: range.lowerBound, count: range.count)
    }
    let gradient = part(gradients)
    if factor != 1 { Element.scale(kernels, gradient, by: factor) }
    Element.step(
      kernels, update.step, gradient: gradient, first: part(update.first), second: part(update.second),
      parameters: part(parameters))
  }
}
