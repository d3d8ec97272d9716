internal import Inference

extension Trainer {
  func run<Element: TrainingElement>(
    in type: Element.Type, _ checkpoint: TrainingCheckpoint?, _ cancellation: Cancellation?,
    _ checkpoints: CheckpointPolicy?, _ progress: (TrainingProgress) -> Void
  ) throws(TrainingError) -> TrainingResult {
    let kernels: Kernels
    do {
      kernels = try Kernels.selected()
    } catch {
      throw TrainingError(error)
    }
    let outcome = try iterate(
      TrainingRun<Element>(self, kernels: kernels), checkpoint, cancellation, checkpoints, progress)
    // The network's memory has been given back before the result is evaluated.
    let parameters = outcome.parameters
    try requireFinite(parameters, costs: outcome.costs)
    let training = try evaluate(parameters, on: data)
    guard training.cost.isFinite else {
      throw diverged(
        "the update took the cost to \(training.cost.withoutSignOfNaN)", at: outcome.costs.count - 1,
        updates: outcome.costs.count,
        lastCost: outcome.costs.last)
    }
    let validation = try self.validation.map { (data) throws(TrainingError) in try evaluate(parameters, on: data) }
    return TrainingResult(
      architecture: architecture, hyperparameters: hyperparameters, parameters: parameters,
      doubleParameters: Element.self == Double.self ? outcome.doubles : nil, costs: outcome.costs,
      measurements: outcome.measurements, epoch: outcome.epoch, stoppedEarly: outcome.stoppedEarly, training: training,
      validation: validation, seconds: outcome.seconds)
  }

  private struct Outcome {
    let parameters: Parameters
    let doubles: DoubleParameters
    let costs: [Double]
    let measurements: [TrainingMeasurement]
    let epoch: Int
    let stoppedEarly: Bool
    let seconds: Double
  }

  private func iterate<Element>(
    _ run: TrainingRun<Element>, _ checkpoint: TrainingCheckpoint?, _ cancellation: Cancellation?,
    _ checkpoints: CheckpointPolicy?, _ progress: (TrainingProgress) -> Void
  ) throws(TrainingError) -> Outcome {
    if let checkpoint { try run.resume(checkpoint) } else { run.begin() }
    let clock = ContinuousClock()
    let began = clock.now
    var saved = began
    func seconds() -> Double { run.earlierSeconds + began.duration(to: clock.now) / .seconds(1) }
    while !run.isOver {
      if cancellation?.isCancelled ?? false || Task.isCancelled {
        checkpoints?.save(run.checkpoint(seconds: seconds()))
        throw TrainingError(
          .cancelled, "training was cancelled before iteration \(run.iteration) of \(plan.iterations)",
          iteration: run.iteration)
      }
      if let checkpoints, let interval = checkpoints.interval, saved.duration(to: clock.now) >= interval {
        checkpoints.save(run.checkpoint(seconds: seconds()))
        saved = clock.now
      }
      try run.step(progress)
    }
    let taken = seconds()
    let epoch = run.takeBest()
    let (parameters, doubles) = run.network.result(keepingDoubles: Element.self == Double.self)
    return Outcome(
      parameters: parameters, doubles: doubles, costs: run.costs, measurements: run.measurements, epoch: epoch,
      stoppedEarly: run.stoppedEarly, seconds: taken)
  }

  func requireFinite(_ parameters: Parameters, costs: [Double]) throws(TrainingError) {
    for (index, layer) in parameters.layers.enumerated() {
      guard layer.weight.allSatisfy(\.isFinite), layer.bias.allSatisfy(\.isFinite) else {
        throw diverged(
          "parameters of layer \(index) are not finite numbers in 32 bits", at: costs.count - 1, updates: costs.count,
          lastCost: costs.last)
      }
    }
  }

  /// - Parameter updates: how many were made; without any, the learning rate had no part in it.
  func diverged(_ what: String, at iteration: Int, updates: Int, lastCost: Double?) -> TrainingError {
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

  func evaluate(_ parameters: Parameters, on data: any TrainingDataset) throws(TrainingError) -> Evaluation {
    try Evaluation(
      of: .float32(parameters), architecture: architecture, inputFormat: inputFormat, on: data, threads: threads)
  }
}
