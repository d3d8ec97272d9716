import Datasets
import Foundation
import Inference
import ModelStore
import Training

extension TrainCommand {
  /// What keeps checkpoints of the run, which is checked to be the one that was stopped where it goes on.
  ///
  /// - Throws: ``Failure`` where it is another.
  func keeper(
    _ trainer: Trainer, _ sets: LabelledSets, _ start: TrainingStart, in store: ModelStore, _ checkpoint: Checkpoint?
  ) throws -> CheckpointKeeper {
    let name = name ?? ""
    let now = StoppedTraining(
      configuration: try configuration(trainer, start), trainer: trainer, training: sets.training,
      validation: sets.validation)
    if let checkpoint {
      try StoppedTraining(checkpoint).require(sameAs: now, data: data ?? "", validation: self.validation)
    } else if let other = try store.checkpoints().first(where: { $0.name == name }) {
      Terminal.note(
        "nnscore: there is a checkpoint of a training of \(name), after \(Format.count(other.iteration)) of "
          + "\(Format.count(other.iterations, "iteration")); --resume would have gone on with it, and this one's first takes its "
          + "place\n")
    }
    return try CheckpointKeeper(store, name: name, now, from: checkpoint)
  }

  /// What a configuration file would have to say for this run.
  private func configuration(_ trainer: Trainer, _ start: TrainingStart) throws -> [TrainKey: JSONValue] {
    func path(_ path: String) -> JSONValue { .string(URL(fileURLWithPath: path).path) }
    let told = try JSONEncoder().encode(trainer.hyperparameters)
    var values: [TrainKey: JSONValue] = [:]
    for (name, value) in try JSONDecoder().decode([String: JSONValue].self, from: told) {
      if let key = TrainKey(rawValue: name) { values[key] = value }
    }
    values[.data] = data.map(path)
    values[.validation] = validation.map(path)
    values[.note] = note.map { .string($0) }
    values[.promote] = promote.map { .bool($0) }
    if let parent = start.parent?.identity {
      for key in [TrainKey.hidden, .activation, .initialization] { values[key] = nil }
      values[.from] = .string("\(parent.name)@\(parent.number)")
    } else {
      // The data may say something else another time.
      let task = trainer.data.targets.task
      if task != .classification { values[.task] = .string(task.rawValue) }
      values.merge(RepeatingConfiguration.input(trainer.inputFormat)) { $1 }
    }
    if let initFrom = network.initFrom {
      for key in [TrainKey.hidden, .initialization] { values[key] = nil }
      // By its number: what other names mean may change until the training goes on.
      let version = NetworkOptions.version(named: initFrom) == nil ? nil : start.origin
      values[.initFrom] = version.map { .string("\($0.name)@\($0.number)") } ?? path(initFrom)
    }
    return values
  }

  /// Runs the training, with progress, and keeps it where it is stopped.
  func run(_ trainer: Trainer, _ keeper: CheckpointKeeper, from checkpoint: Checkpoint?) throws -> TrainingResult {
    let cancellation = Cancellation()
    let interrupts = Terminal.onInterrupt { cancellation.cancel() }
    defer { withExtendedLifetime(interrupts) {} }
    let progress = ProgressBar("training", unit: "it", doneBefore: checkpoint?.iteration ?? 0)
    defer { progress.finish() }
    let stepsPerEpoch = trainer.stepsPerEpoch
    let interval: Duration? = checkpointEvery > 0 ? .seconds(checkpointEvery * 60) : nil
    do {
      return try trainer.run(
        resuming: checkpoint.map { (kept) throws(TrainingError) in try TrainingCheckpoint(bytes: kept.state) },
        cancellation: cancellation, checkpoints: CheckpointPolicy(every: interval, save: keeper.save)
      ) {
        progress.update($0.iteration + 1, of: $0.iterations, detail: $0.detail(stepsPerEpoch: stepsPerEpoch))
      }
    } catch {
      let failure = Failure(error)
      let canGoOn = error.code == .cancelled && keeper.hasKept
      throw failure.adding(
        "; nothing was registered\(canGoOn ? "; go on with: nnscore train \(name ?? "") --resume\(store.repeated)" : "")"
      )
    }
  }
}
