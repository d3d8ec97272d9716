internal import Inference

extension TrainingRun {
  /// Where the run stands now.
  ///
  /// - Parameter seconds: that it has taken so far.
  func checkpoint(seconds: Double) -> TrainingCheckpoint {
    var writer = CheckpointWriter()
    writer.add(plan.iterations)
    writer.add(iteration)
    writer.add(MemoryLayout<Element>.size)
    writer.add(plan.order.count)
    writer.add(plan.order.batchSize)
    writer.add(network.parameters)
    writer.add(optimizer.first)
    writer.add(optimizer.second)
    writer.add(costs)
    writer.add(measurements.count)
    for measurement in measurements { writer.add(measurement) }
    writer.add(epochPredictions)
    writer.add(epochScores)
    writer.add(epochLoss)
    writer.add(epochWeight)
    writer.add(bestParameters)
    writer.add(bestCost)
    writer.add(bestEpoch)
    writer.add(measurementsSinceBest)
    writer.add(stoppedEarly)
    writer.add(seconds)
    return TrainingCheckpoint(iteration: iteration, iterations: plan.iterations, bytes: writer.bytes)
  }

  /// Goes on from a checkpoint of the same run.
  ///
  /// - Throws: ``TrainingError/Code/invalidCheckpoint``.
  func resume(_ checkpoint: TrainingCheckpoint) throws(TrainingError) {
    var reader = CheckpointReader(checkpoint.bytes)
    try reader.expectMagic()
    for (expected, name) in [
      (plan.iterations, "iterations"), (nil, ""), (MemoryLayout<Element>.size, "bytes a number"),
      (plan.order.count, "examples"), (plan.order.batchSize, "examples a step"),
    ] {
      let found = try reader.count()
      guard found == expected ?? found else {
        throw CheckpointReader.damaged("it has \(found) \(name), and the run has \(expected ?? found)")
      }
    }
    iteration = checkpoint.iteration
    try reader.fill(network.parameters)
    try reader.fill(optimizer.first)
    try reader.fill(optimizer.second)
    costs = try reader.doubles()
    guard costs.count == iteration else { throw CheckpointReader.damaged("it lacks costs of its iterations") }
    let count = try reader.count()
    guard count <= plan.epochs else { throw CheckpointReader.damaged("it has more measurements than there are epochs") }
    measurements = []
    for _ in 0..<count {
      let measurement = try reader.measurement(of: targets)
      guard measurement.epoch > measurements.last?.epoch ?? 0, measurement.epoch <= plan.epochs else {
        throw CheckpointReader.damaged("its measurements are not in order")
      }
      guard (measurement.validation != nil) == (trainer.validation != nil) else {
        throw CheckpointReader.damaged("its measurements are of other data")
      }
      measurements.append(measurement)
    }
    try reader.fill(epochPredictions)
    try reader.fill(epochScores)
    guard epochPredictions.array.allSatisfy({ $0 >= 0 && Int($0) < targets.count }) else {
      throw CheckpointReader.damaged("a prediction in it is no class")
    }
    epochLoss = try reader.double()
    epochWeight = try reader.double()
    try reader.fill(bestParameters)
    bestCost = try reader.double()
    bestEpoch = try reader.count()
    guard bestEpoch == 0 || bestParameters.count > 0, bestEpoch <= plan.epochs else {
      throw CheckpointReader.damaged("its best epoch is \(bestEpoch)")
    }
    measurementsSinceBest = try reader.count()
    guard measurementsSinceBest <= plan.epochs else {
      throw CheckpointReader.damaged("it has more measurements since the best one than there are epochs")
    }
    stoppedEarly = try reader.flag()
    earlierSeconds = try reader.double()
    // Three centuries.
    guard (0...1e10).contains(earlierSeconds) else {
      throw CheckpointReader.damaged("it took \(earlierSeconds) seconds")
    }
    try reader.expectEnd()
    network.parametersChanged()
  }
}
