internal import Inference

/// Some examples of a batch on their way through a network.
struct Chunk<Element: TrainingElement> {
  let network: Network<Element>
  /// [m, features].
  let pixels: Matrix<UInt8>
  /// The same in the orders of a first layer of few outputs, if they were put into them.
  let arranged: ArrangedRows?
  /// The columns that the first layer works with; nil for all.
  let columns: UsedColumns?
  let batch: Batch<Element>
  /// The batch's example with which the chunk begins.
  let first: Int
  /// The stream that dropout draws from; nil for no dropout.
  let random: RandomStream?

  /// The columns that the first layer works with [m, columns], where ``Network/run(_:)`` has put them.
  var used: Matrix<UInt8> {
    guard let columns, let batchColumns = network.batchColumns else { return pixels }
    return batchColumns.bytes(0..<pixels.rows, columns)
  }
}

extension Network {
  /// Forward and backward propagation of a chunk; δ of all layers are then there.
  func run(_ chunk: Chunk<Element>) {
    let examples = chunk.pixels.rows
    for phase in phases {
      switch phase {
      case .inputs:
        workers.share(examples, grain: lanes, chunk) { $0.network.convert($0, $2) }
      case .forward(let layer):
        workers.share(layers[layer].outputs, grain: NetworkPhase.unitGrain, (chunk, layer)) { context, _, units in
          let (chunk, layer) = context
          chunk.network.forEachBlock(of: units) { chunk.network.forward(chunk, layer, $0) }
        }
      case .examples(let forward, let backward):
        workers.share(examples, grain: grain(chunk, forward, backward), (chunk, forward, backward)) {
          context, worker, range in
          let (chunk, forward, backward) = context
          chunk.network.pass(chunk, range, forward, backward, chunk.network.scratches[worker])
        }
      case .backward(let layer):
        workers.share(layers[layer].inputs, grain: NetworkPhase.unitGrain, (chunk, layer)) { context, _, units in
          let (chunk, layer) = context
          chunk.network.forEachBlock(of: units) { chunk.network.backward(chunk, layer, $0) }
        }
      }
    }
  }

  /// Examples that go through some layers together: where there are many weights, which are read for each group, so many as a tile has,
  /// but not so many that threads have none. Arranged rows are taken by the sixteen.
  private func grain(_ chunk: Chunk<Element>, _ forward: Range<Int>, _ backward: ClosedRange<Int>?) -> Int {
    var panels = 1
    for index in layers.indices where forward.contains(index) || backward?.contains(index) ?? false {
      guard NetworkPhase.hasManyWeights(layers[index].inputs, layers[index].outputs) else { continue }
      panels = min(max(chunk.pixels.rows / workers.count / lanes, 1), 4)
      break
    }
    guard chunk.arranged != nil else { return panels * lanes }
    return (panels * lanes + ArrangedRows.rows - 1) / ArrangedRows.rows * ArrangedRows.rows
  }

  // MARK: - By units

  /// So many units at a time that their weights stay in the cache for all examples.
  @inline(__always)
  private func forEachBlock(of units: Range<Int>, _ body: (Range<Int>) -> Void) {
    let length = 2 * NetworkPhase.unitGrain
    for start in stride(from: units.lowerBound, to: units.upperBound, by: length) {
      body(start..<min(start + length, units.upperBound))
    }
  }

  private func convert(_ chunk: Chunk<Element>, _ range: Range<Int>) {
    let used = chunk.used.rows(range)
    chunk.columns?.take(of: chunk.pixels.rows(range), into: used)
    Element.panels(kernels, used, into: part(inputs, used.columns, range))
  }

  private func forward(_ chunk: Chunk<Element>, _ index: Int, _ units: Range<Int>) {
    let layer = layers[index]
    let examples = chunk.pixels.rows
    let all = 0..<examples
    let target = Panels(part(layer.activations, layer.outputs, all), units: layer.outputs, chosen: units)
    let input = input(of: index, all, chunk)
    let (weight, bias) = index == 0 ? (foldedWeight, foldedBias) : (layer.weight, layer.bias)
    let (rows, biases) = (weight.rows(units), bias.part(from: units.lowerBound, count: units.count))
    if index == 0, let columns = chunk.columns {
      Element.product(kernels, examples: examples, rows, input, of: columns, bias: biases, into: target)
    } else {
      Element.product(kernels, examples: examples, rows, input, bias: biases, into: target)
    }
    activate(chunk, index, target, all)
  }

  private func backward(_ chunk: Chunk<Element>, _ index: Int, _ units: Range<Int>) {
    let below = layers[index - 1]
    let all = 0..<chunk.pixels.rows
    backward(
      chunk, index, Panels(part(below.deltas, below.outputs, all), units: below.outputs, chosen: units), all)
  }

  // MARK: - By examples

  /// The examples `range` of a chunk through some layers.
  private func pass(
    _ chunk: Chunk<Element>, _ range: Range<Int>, _ forward: Range<Int>, _ backward: ClosedRange<Int>?,
    _ scratch: Region<Element>
  ) {
    for index in forward {
      let layer = layers[index]
      let target = Panels(part(layer.activations, layer.outputs, range), units: layer.outputs)
      if index == 0 {
        Element.product(
          kernels, foldedWeight, chunk.pixels.rows(range), arrangedColumns: chunk.arranged?.columns(range),
          bias: foldedBias, into: target.region, scratch: scratch)
      } else {
        Element.product(
          kernels, examples: range.count, layer.weight, input(of: index, range, chunk), bias: layer.bias, into: target)
      }
      if index < layers.count - 1 { activate(chunk, index, target, range) }
    }
    if forward.contains(layers.count - 1) { finish(chunk, range) }
    guard let backward else { return }
    for index in backward.reversed() {
      let below = layers[index - 1]
      self.backward(chunk, index, Panels(part(below.deltas, below.outputs, range), units: below.outputs), range)
    }
  }

  /// Losses and predictions of some examples, and δ of the last layer.
  private func finish(_ chunk: Chunk<Element>, _ range: Range<Int>) {
    let last = layers[layers.count - 1]
    let batch = chunk.batch
    let examples = chunk.first + range.lowerBound..<chunk.first + range.upperBound
    let targets = batch.targets.rows(examples)
    func rows(_ region: Region<Element>) -> Matrix<Element> {
      Matrix(
        region.part(from: range.lowerBound * last.outputs, count: range.count * last.outputs), rows: range.count,
        columns: last.outputs)
    }
    let (output, delta) = (rows(outputs), rows(outputDeltas))
    Element.examples(kernels, part(last.activations, last.outputs, range), into: output)
    Element.losses(
      kernels, loss, output, targets: targets, into: batch.losses.part(from: examples.lowerBound, count: range.count))
    Element.activate(kernels, last.activation, output)
    batch.predict(output, first: examples.lowerBound)
    Element.outputDelta(
      kernels, loss, output, targets: targets,
      factors: batch.factors.part(from: examples.lowerBound, count: range.count), into: delta)
    let panels = part(last.deltas, last.outputs, range)
    Element.panels(kernels, delta, into: panels)
    Element.rows(
      kernels, Panels(panels, units: last.outputs),
      into: last.deltaRows.block(rows: 0..<last.outputs, columns: range))
  }

  // MARK: - Both

  /// What goes into the products of a layer above the first, or of the first where its rows are converted.
  private func input(of index: Int, _ range: Range<Int>, _ chunk: Chunk<Element>) -> Region<Element> {
    guard index > 0 else { return part(inputs, chunk.columns?.count ?? layers[0].inputs, range) }
    let below = layers[index - 1]
    return part(chunk.random == nil ? below.activations : below.passed, below.outputs, range)
  }

  private func activate(_ chunk: Chunk<Element>, _ index: Int, _ target: Panels<Element>, _ range: Range<Int>) {
    let layer = layers[index]
    target.forEachRun(examples: range.count, lanes: lanes) { run in
      Element.activate(kernels, layer.activation, Matrix(run, rows: 1, columns: run.count))
    }
    guard layer.keep < 1, let random = chunk.random else { return }
    Element.dropout(
      kernels, stream(random, layer: index), first: chunk.first + range.lowerBound, examples: range.count,
      keep: layer.keep, target,
      into: Panels(part(layer.passed, layer.outputs, range), units: layer.outputs, chosen: target.chosen))
  }

  /// δ of some units of the layer below `index`.
  private func backward(_ chunk: Chunk<Element>, _ index: Int, _ target: Panels<Element>, _ range: Range<Int>) {
    let layer = layers[index]
    let below = layers[index - 1]
    let units = target.chosen
    Element.product(
      kernels, examples: range.count, layer.weight.transposed.rows(units), part(layer.deltas, layer.outputs, range),
      bias: nil, into: target)
    if below.keep < 1, let random = chunk.random {
      Element.dropout(
        kernels, stream(random, layer: index - 1), first: chunk.first + range.lowerBound, examples: range.count,
        keep: below.keep, target, into: target)
    }
    let activations = Panels(part(below.activations, below.outputs, range), units: below.outputs, chosen: units)
    activations.forEachRun(examples: range.count, lanes: lanes) { run in
      // The same place in δ.
      let start = unsafe run.base - activations.region.base
      Element.activationGradient(
        kernels, below.activation, run, delta: target.region.part(from: start, count: run.count))
    }
    Element.rows(kernels, target, into: below.deltaRows.block(rows: units, columns: range))
  }

  /// The panels of some examples of a chunk, which begin with a whole one.
  private func part(_ panels: Region<Element>, _ units: Int, _ range: Range<Int>) -> Region<Element> {
    panels.part(
      from: range.lowerBound * units, count: Shapes.panels(range.count, lanes: lanes) * lanes * units)
  }

  private func stream(_ random: RandomStream, layer: Int) -> RandomStream {
    RandomStream(key: random.key, stream: random.stream + UInt32(layer), step: random.step)
  }
}
