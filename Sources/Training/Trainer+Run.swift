internal import Inference

extension Trainer {
  func run<Element: KernelElement>(
    in type: Element.Type, cancellation: Cancellation?, progress: (TrainingProgress) -> Void
  ) throws(TrainingError) -> TrainingResult {
    let kernels: Kernels
    do {
      kernels = try Kernels.selected()
    } catch {
      throw TrainingError(error)
    }
    var costs: [Double] = []
    let trained: DoubleParameters
    let parameters: Parameters
    let elapsed: Duration
    do {
      // The network's memory is given back before the result is evaluated.
      let network = Network<Element>(
        architecture, inputFormat: inputFormat, labels: data.labels, kernels: kernels, threads: threads)
      begin(network)
      let clock = ContinuousClock()
      let began = clock.now
      try iterate(network, costs: &costs, cancellation: cancellation, progress: progress)
      elapsed = began.duration(to: clock.now)
      (parameters, trained) = network.result(keepingDoubles: Element.self == Double.self)
    }
    try requireFinite(parameters, costs: costs)
    let training = try evaluate(parameters, on: data)
    guard training.cost.isFinite else {
      throw diverged(
        "the update took the cost to \(training.cost)", at: costs.count - 1, updates: costs.count, lastCost: costs.last)
    }
    let validation = try self.validation.map { (data) throws(TrainingError) in try evaluate(parameters, on: data) }
    return TrainingResult(
      architecture: architecture, hyperparameters: hyperparameters, parameters: parameters,
      doubleParameters: Element.self == Double.self ? trained : nil, costs: costs, training: training,
      validation: validation, seconds: elapsed / .seconds(1))
  }

  /// Puts the starting parameters into the network.
  private func begin<Element>(_ network: Network<Element>) {
    if let start {
      for (layer, values) in zip(network.layers, start.layers) {
        for (index, value) in values.weight.enumerated() { layer.weight.region[index] = Element(value) }
        for (index, value) in values.bias.enumerated() { layer.bias[index] = Element(value) }
      }
    } else if let initialization = hyperparameters.initialization {
      var generator = RandomNumbers(seed: hyperparameters.seed)
      for layer in network.layers {
        initialization.fill(layer.weight.region, inputs: layer.inputs, outputs: layer.outputs, from: &generator)
      }
    }
  }

  private func iterate<Element>(
    _ network: Network<Element>, costs: inout [Double], cancellation: Cancellation?,
    progress: (TrainingProgress) -> Void
  ) throws(TrainingError) {
    let iterations = hyperparameters.iterations
    let rate = Element(hyperparameters.learningRate)
    costs.reserveCapacity(iterations)
    try data.pixels.span.withRegion { (pixels: Region<UInt8>) throws(TrainingError) in
      for iteration in 0..<iterations {
        if cancellation?.isCancelled ?? false || Task.isCancelled {
          throw TrainingError(
            .cancelled, "training was cancelled before iteration \(iteration) of \(iterations)", iteration: iteration)
        }
        let cost = network.computeGradients(pixels: pixels)
        guard cost.isFinite else {
          throw diverged("the cost is \(cost)", at: iteration, updates: iteration, lastCost: costs.last)
        }
        costs.append(cost)
        progress(TrainingProgress(iteration: iteration, iterations: iterations, cost: cost))
        network.descend(rate: rate)
      }
    }
  }

  private func requireFinite(_ parameters: Parameters, costs: [Double]) throws(TrainingError) {
    for (index, layer) in parameters.layers.enumerated() {
      guard layer.weight.allSatisfy(\.isFinite), layer.bias.allSatisfy(\.isFinite) else {
        throw diverged(
          "parameters of layer \(index) are not finite numbers in 32 bits", at: costs.count - 1, updates: costs.count,
          lastCost: costs.last)
      }
    }
  }

  /// - Parameter updates: how many were made; without any, the learning rate had no part in it.
  private func diverged(_ what: String, at iteration: Int, updates: Int, lastCost: Double?) -> TrainingError {
    var message = "training diverged: at iteration \(iteration) \(what)"
    message += lastCost.map { " (the last finite cost was \($0))" } ?? ""
    var remedies: [String] = []
    if updates > 0 {
      let rate = hyperparameters.learningRate
      remedies.append("a learning rate below \(rate), such as \(min(rate / 10, 0.1))")
    }
    if start != nil {
      remedies.append("other parameters to begin from")
    } else if let initialization = hyperparameters.initialization, updates == 0 || architecture.layers.count > 1 {
      remedies.append("another initialisation than \(initialization.text)")
    }
    message += "; try " + remedies.joined(separator: ", or ")
    return TrainingError(.diverged, message, iteration: iteration)
  }

  private func evaluate(_ parameters: Parameters, on data: TrainingData) throws(TrainingError) -> Evaluation {
    try Evaluation(
      of: .float32(parameters), architecture: architecture, inputFormat: inputFormat, on: data, threads: threads)
  }
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
