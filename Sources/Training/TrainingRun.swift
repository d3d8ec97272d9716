internal import Inference

/// A run from its first iteration to its last: everything that changes while it goes on.
final class TrainingRun<Element: TrainingElement> {
  let trainer: Trainer
  let plan: TrainingPlan
  let network: Network<Element>
  let optimizer: OptimizerState<Element>
  let batch: Batch<Element>
  /// What the examples are held against.
  let targets: TrainingTargets
  /// The data, where it is in memory.
  private let inMemory: TrainingData?
  /// Of the classes; empty for labels and quantities.
  let weights: [Double]
  /// The rows of a step where they must be put together; empty where the data has them as they are needed.
  private let gathered: Region<UInt8>
  private var hasGathered = false
  /// Those rows changed at random, where the run asks for that.
  private let changed: Region<UInt8>
  private let augmenter: Augmenter?
  /// The rows of all steps as few outputs read them best; nil where they are read as they are.
  private let arrangedRows: ArrangedRows?
  private var hasArranged = false
  /// The examples in the order of the epoch.
  private var examples: [Int]
  private var orderedEpoch: Int?
  /// Σ of the weights of the examples of the step.
  private var targetWeight = 0.0
  private let hasDropout: Bool

  // What a checkpoint keeps.
  var iteration = 0
  var costs: [Double] = []
  var measurements: [TrainingMeasurement] = []
  /// What came out of the examples of the epoch, in its order: as in a ``Batch``.
  let epochPredictions: Region<Int32>
  let epochScores: Region<Float>
  /// Σ weight·loss and Σ weight of the examples of the epoch so far.
  var epochLoss = 0.0
  var epochWeight = 0.0
  /// The parameters of the least validation cost, where early stopping asks for them.
  let bestParameters: Region<Element>
  var bestCost = Double.infinity
  var bestEpoch = 0
  var measurementsSinceBest = 0
  var stoppedEarly = false
  /// Seconds of earlier parts of the run.
  var earlierSeconds = 0.0

  init(_ trainer: Trainer, kernels: Kernels) {
    self.trainer = trainer
    plan = trainer.plan
    let hyperparameters = plan.hyperparameters
    let order = plan.order
    hasDropout = !hyperparameters.dropoutByLayer.isEmpty
    network = Network(
      plan.architecture, loss: plan.loss, inputFormat: trainer.inputFormat, batch: order.batchSize,
      dropout: hyperparameters.dropoutByLayer, kernels: kernels, threads: trainer.threads)
    optimizer = OptimizerState(hyperparameters.optimizer, parameters: network.parameters.count)
    targets = trainer.data.targets
    inMemory = trainer.data as? TrainingData
    let task = targets.task
    batch = Batch(capacity: order.batchSize, outputs: plan.architecture.outputs, task: task)
    weights = plan.classWeights(trainer.data.labels, classCount: trainer.data.classCount)
    examples = [Int](0..<order.count)
    epochPredictions = Region(count: task == .classification ? order.count : 0)
    epochScores = Region(count: order.count * batch.scoresPerExample)
    bestParameters = Region(count: hyperparameters.earlyStopping == nil ? 0 : network.parameters.count)
    let isDirect = order.isWhole && hyperparameters.augmentation == .none && inMemory != nil
    let isAugmented = hyperparameters.augmentation != .none
    augmenter =
      isAugmented
      ? Augmenter(hyperparameters.augmentation, inputFormat: trainer.inputFormat, seed: hyperparameters.seed) : nil
    changed = Region(count: isAugmented ? order.batchSize * trainer.data.features : 0)
    gathered = Region(count: isDirect ? 0 : order.batchSize * trainer.data.features)
    costs.reserveCapacity(plan.iterations)
    // Without the memory it takes longer.
    arrangedRows =
      plan.arrangesRows(available: MemoryNeed.available())
      ? try? ArrangedRows(rows: order.count, features: trainer.data.features) : nil
  }

  /// Puts the starting parameters into the network.
  func begin() {
    if let start = trainer.start {
      for (layer, values) in zip(network.layers, start.layers) {
        for (index, value) in values.weight.enumerated() { layer.weight.region[index] = Element(value) }
        for (index, value) in values.bias.enumerated() { layer.bias[index] = Element(value) }
      }
    } else if let initialization = plan.hyperparameters.initialization {
      var generator = RandomNumbers(seed: plan.hyperparameters.seed)
      for layer in network.layers {
        initialization.fill(layer.weight.region, inputs: layer.inputs, outputs: layer.outputs, from: &generator)
      }
    }
    network.parametersChanged()
  }

  /// The epoch of the next iteration, from 0.
  var epoch: Int { iteration / plan.order.stepsPerEpoch }

  /// Whether there is nothing left to do.
  var isOver: Bool { stoppedEarly || iteration >= plan.iterations }

  /// One iteration, and what follows it at the end of an epoch.
  ///
  /// - Throws: ``TrainingError/Code/diverged``, ``TrainingError/Code/unreadableData``.
  func step(_ progress: (TrainingProgress) -> Void) throws(TrainingError) {
    let hyperparameters = plan.hyperparameters
    let order = plan.order
    let epoch = epoch
    let places = order.places(ofStep: iteration % order.stepsPerEpoch)
    if orderedEpoch != epoch {
      order.arrange(&examples, epoch: epoch)
      orderedEpoch = epoch
    }
    if places.lowerBound == 0 { (epochLoss, epochWeight) = (0, 0) }
    // Those of a whole set stay as they are.
    if !order.isWhole || targetWeight == 0 { targetWeight = setTargets(examples[places]) }
    let random =
      hasDropout
      ? RandomStream(
        key: hyperparameters.seed, stream: RandomStream.dropout, step: UInt32(truncatingIfNeeded: iteration)) : nil
    try withPixels(examples[places], epoch: epoch) { pixels in
      network.computeGradients(pixels, arranged: arrangedRows(of: pixels), batch, random: random)
    }
    let loss = record(places)
    let cost = loss / targetWeight + network.penalty(l2: hyperparameters.l2)
    guard cost.isFinite else {
      throw trainer.diverged(
        "the cost is \(cost.withoutSignOfNaN)", at: iteration, updates: iteration, lastCost: costs.last)
    }
    costs.append(cost)
    epochLoss += loss
    epochWeight += targetWeight
    let rate =
      hyperparameters.learningRate
      * hyperparameters.schedule.factor(iteration: iteration, iterations: plan.iterations, epoch: epoch)
    progress(
      TrainingProgress(
        iteration: iteration, iterations: plan.iterations, epoch: epoch, cost: cost, learningRate: rate,
        measurement: measurements.last))
    network.update(
      optimizer.update(
        rate: rate, iteration: iteration, l2: hyperparameters.l2, clipNorm: hyperparameters.clipNorm))
    iteration += 1
    if places.upperBound == order.count || iteration == plan.iterations {
      try endEpoch(epoch + 1, examples: places.upperBound, rate: rate)
    }
  }

  /// Sets targets and factors of a step's examples.
  ///
  /// - Returns: Σ of their weights.
  private func setTargets(_ chosen: ArraySlice<Int>) -> Double {
    let smoothing = plan.hyperparameters.labelSmoothing
    let batch = batch.lent
    switch targets {
    case .classes(let labels, _):
      let weights = weights
      var total = 0.0
      for example in chosen { total += weights[labels[example]] }
      for (row, example) in chosen.enumerated() {
        let label = labels[example]
        batch.setTarget(of: row, class: label, smoothing: smoothing)
        batch.factors[row] = weights[label] == 1 ? 1 / Element(total) : Element(weights[label] / total)
      }
      return total
    case .labels(let values, let count), .quantities(let values, let count):
      for (row, example) in chosen.enumerated() {
        batch.setTargets(of: row, values: values[example * count..<(example + 1) * count], smoothing: smoothing)
        batch.factors[row] = 1 / Element(chosen.count)
      }
      return Double(chosen.count)
    }
  }

  /// Calls `body` with the rows of some examples.
  private func withPixels(
    _ chosen: ArraySlice<Int>, epoch: Int, _ body: (Matrix<UInt8>) -> Void
  ) throws(TrainingError) {
    let features = trainer.data.features
    if gathered.count == 0, let data = inMemory {
      data.pixels.span.withRegion { body(Matrix($0, rows: chosen.count, columns: features)) }
      return
    }
    let rows = gathered.part(from: 0, count: chosen.count * features)
    // All of a set stays as it was read.
    if !plan.order.isWhole || !hasGathered {
      try gather(chosen, into: rows)
      hasGathered = true
    }
    guard let augmenter else { return body(Matrix(rows, rows: chosen.count, columns: features)) }
    let context = (
      augmenter: augmenter, chosen: chosen, epoch: epoch, rows: rows.lent, changed: changed.lent, features: features
    )
    network.workers.share(chosen.count, grain: 1, context) { context, _, range in
      let (augmenter, chosen, epoch, rows, changed, features) = context
      for row in range {
        augmenter.change(
          example: chosen[chosen.startIndex + row], epoch: epoch, rows.part(from: row * features, count: features),
          into: changed.part(from: row * features, count: features))
      }
    }
    body(Matrix(changed.part(from: 0, count: rows.count), rows: chosen.count, columns: features))
  }

  /// The rows in the orders of a first layer of few outputs, where they are the same in each step.
  private func arrangedRows(of pixels: Matrix<UInt8>) -> ArrangedRows? {
    if let arrangedRows, !hasArranged { arrangedRows.fill(pixels) }
    hasArranged = true
    return arrangedRows
  }

  private func gather(_ chosen: ArraySlice<Int>, into rows: Region<UInt8>) throws(TrainingError) {
    // Only of a set that is in memory is it known that threads may read it at once.
    guard let data = inMemory else { return try trainer.data.read(chosen, into: rows) }
    network.workers.share(chosen.count, grain: 4, (data, chosen, rows.lent)) { context, _, range in
      let (data, chosen, rows) = context
      let start = chosen.startIndex
      rows.part(from: range.lowerBound * data.features, count: range.count * data.features).withMutableSpan {
        data.readPixels(of: chosen[start + range.lowerBound..<start + range.upperBound], into: &$0)
      }
    }
  }

  /// Keeps what came out of a step's examples.
  ///
  /// - Returns: Σ weight·loss, in the order of the examples.
  private func record(_ places: Range<Int>) -> Double {
    let batch = batch.lent
    let width = batch.scoresPerExample
    epochScores.part(from: places.lowerBound * width, count: places.count * width).copy(
      from: batch.scores.part(from: 0, count: places.count * width))
    var total = 0.0
    guard case .classes(let labels, _) = targets else {
      for row in 0..<places.count { total += batch.losses[row] }
      return total
    }
    // Of their own here: to read them from the run would be checked each time.
    let (examples, weights, epochPredictions) = (examples, weights, epochPredictions.lent)
    for (row, place) in places.enumerated() {
      let weight = weights[labels[examples[place]]]
      total += weight == 1 ? batch.losses[row] : weight * batch.losses[row]
      epochPredictions[place] = batch.predictions[row]
    }
    return total
  }

  /// What came out of the first examples of the epoch.
  private func evaluation(examples count: Int) -> Evaluation {
    let cost = epochLoss / epochWeight
    let scores = epochScores.part(from: 0, count: count * batch.scoresPerExample).array
    let targets = targets.chosen(examples[..<count])
    guard case .classes(let labels, let classCount) = targets else {
      return Evaluation(cost: cost, values: scores, targets: targets)
    }
    return Evaluation(
      cost: cost, predictions: (0..<count).map { Int(epochPredictions[$0]) }, labels: labels, classCount: classCount,
      secondScores: classCount == 2 ? scores : nil)
  }

  // MARK: - The end of an epoch

  private func endEpoch(_ epoch: Int, examples count: Int, rate: Double) throws(TrainingError) {
    guard plan.measures(after: epoch) else { return }
    let training = evaluation(examples: count)
    var validation: Evaluation?
    if let set = trainer.validation {
      let parameters = network.result(keepingDoubles: false).0
      try trainer.requireFinite(parameters, costs: costs)
      validation = try trainer.evaluate(parameters, on: set)
    }
    measurements.append(
      TrainingMeasurement(
        epoch: epoch, iterations: iteration, learningRate: rate, training: training.withoutConfusion,
        validation: validation?.withoutConfusion))
    guard let patience = plan.hyperparameters.earlyStopping, let cost = validation?.cost else { return }
    if cost < bestCost {
      bestCost = cost
      bestEpoch = epoch
      measurementsSinceBest = 0
      bestParameters.copy(from: network.parameters)
    } else {
      measurementsSinceBest += 1
      stoppedEarly = measurementsSinceBest >= patience
    }
  }

  /// Puts the best parameters into the network where there are such, at the end of the run.
  ///
  /// - Returns: their epoch, from 1.
  func takeBest() -> Int {
    guard bestEpoch > 0 else { return (iteration + plan.order.stepsPerEpoch - 1) / plan.order.stepsPerEpoch }
    network.parameters.copy(from: bestParameters)
    return bestEpoch
  }
}

extension Double {
  /// The number, NaN as "nan" and not "-nan" where it is printed: its sign says nothing.
  var withoutSignOfNaN: Double { isNaN ? .nan : self }
}

extension RandomStream {
  /// Layer l of a network draws its dropout from stream l.
  static var dropout: UInt32 { 0 }
  /// Changes of pictures.
  static var augmentation: UInt32 { 1 << 16 }
}

extension Network {
  /// The parameters rounded to 32 bits, and as they are if asked for.
  func result(keepingDoubles: Bool) -> (Parameters, DoubleParameters) {
    var parameters = Parameters(layers: [])
    var doubles = DoubleParameters(layers: [])
    for layer in layers {
      let weight = layer.weight.region
      let bias = layer.bias
      parameters.layers.append(
        DenseParameters(
          weight: (0..<weight.count).map { Float(weight[$0]) }, bias: (0..<bias.count).map { Float(bias[$0]) }))
      guard keepingDoubles else { continue }
      doubles.layers.append(
        DoubleParameters.Layer(
          weight: (0..<weight.count).map { Double(weight[$0]) }, bias: (0..<bias.count).map { Double(bias[$0]) }))
    }
    return (parameters, doubles)
  }
}
