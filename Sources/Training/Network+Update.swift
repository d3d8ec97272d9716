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
  /// Changes the parameters by the gradients of the last batch.
  package func update(_ update: Update<Element>) {
    var update = update
    (update.first, update.second) = (update.first.lent, update.second.lent)
    var factor: Element = 1
    if let most = update.clipNorm {
      completeGradients(l2: update.l2)
      let norm = squareSum(gradients).squareRoot()
      factor = norm > most ? Element(most / norm) : 1
      change(.step(update, factor: factor))
    } else {
      change(.completeAndStep(update))
    }
    guard isTurned else { return }
    step(layers[0].biases(0..<layers[0].outputs), update, factor: factor)
    foldBiases()
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
    change(.complete(l2: l2))
  }

  /// Σ x², block sums added in order whoever made them.
  private func squareSum(_ region: Region<Element>) -> Double {
    let blocks = (region.count + Self.sumBlock - 1) / Self.sumBlock
    // Without the type itself, which the closure would capture.
    workers.share(blocks, grain: 4, (self, region, Self.sumBlock)) { context, _, range in
      let (network, region, length) = context
      for block in range {
        let start = block * length
        network.squareSums[block] = Element.squareSum(
          network.kernels, region.part(from: start, count: min(length, region.count - start)))
      }
    }
    var total = 0.0
    for block in 0..<blocks { total += squareSums[block] }
    return total
  }

  /// What is done to weights.
  private enum Change {
    case complete(l2: Double)
    case step(Update<Element>, factor: Element)
    case completeAndStep(Update<Element>)
  }

  /// Some of a layer's weights at a time, threads sharing them.
  private func change(_ change: Change) {
    workers.share(parts: updatePlan.parts.count, (self, change)) { context, worker, parts in
      let (network, change) = context
      for part in parts { network.apply(change, network.updatePlan.parts[part], worker) }
    }
  }

  private func apply(_ change: Change, _ part: WorkPlan.Part, _ worker: Int) {
    switch change {
    case .complete(let l2): complete(part, l2: l2, worker)
    case .step(let update, let factor): step(part, update, factor: factor)
    case .completeAndStep(let update):
      complete(part, l2: update.l2, worker)
      step(part, update, factor: 1)
    }
  }

  private func complete(_ part: WorkPlan.Part, l2: Double, _ worker: Int) {
    let layer = layers[part.layer]
    let (parameters, gradients) = (parameters.lent, gradients.lent)
    if part.layer == 0 {
      let gradient = layer.weightGradient.rows(part.rows)
      let biasGradient = layer.biasGradient.part(from: part.rows.lowerBound, count: part.rows.count)
      if let batchColumns, let columns = batchColumns.columns {
        Element.unfold(
          kernels, gradient, of: columns, biasGradient: biasGradient, scale: scale, offset: offset,
          memory: batchColumns.row(worker))
      } else {
        Element.unfold(
          kernels, gradient, columns: part.columns, biasGradient: biasGradient, scale: scale, offset: offset)
      }
    }
    guard l2 > 0 else { return }
    forEachRun(of: part) { weights in
      Element.add(
        kernels, parameters.part(from: weights.lowerBound, count: weights.count), times: Element(l2),
        to: gradients.part(from: weights.lowerBound, count: weights.count))
    }
  }

  private func step(_ part: WorkPlan.Part, _ update: Update<Element>, factor: Element) {
    let parameters = parameters.lent
    forEachRun(of: part) { weights in
      if update.weightFactor != 1 {
        Element.scale(
          kernels, parameters.part(from: weights.lowerBound, count: weights.count), by: Element(update.weightFactor))
      }
      step(weights, update, factor: factor)
    }
    guard part.layer > 0 || !isTurned else { return foldTurned(part.columns) }
    step(layers[part.layer].biases(part.rows), update, factor: factor)
    if part.layer == 0 { fold(part.rows) }
  }

  /// Calls `body` with each run of a part's weights within all parameters.
  @inline(__always)
  private func forEachRun(of part: WorkPlan.Part, _ body: (Range<Int>) -> Void) {
    let layer = layers[part.layer]
    guard part.columns.count < layer.inputs else { return body(layer.weights(part.rows)) }
    for row in part.rows {
      let start = layer.start + row * layer.inputs
      body(start + part.columns.lowerBound..<start + part.columns.upperBound)
    }
  }

  private func step(_ range: Range<Int>, _ update: Update<Element>, factor: Element) {
    func part(_ region: Region<Element>) -> Region<Element> {
      region.count == 0 ? region : region.part(from: range.lowerBound, count: range.count)
    }
    let gradient = part(gradients.lent)
    if factor != 1 { Element.scale(kernels, gradient, by: factor) }
    Element.step(
      kernels, update.step, gradient: gradient, first: part(update.first), second: part(update.second),
      parameters: part(parameters.lent))
  }
}
