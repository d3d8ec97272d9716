import Datasets
import Foundation
import Inference
import ModelStore
import Training

/// Runs the trials of a sweep that have not been run, some at once, and keeps each in the store when it is done.
final class SweepRun: @unchecked Sendable {
  private let store: ModelStore
  private let name: String
  private let model: String
  private let fixed: [String: JSONValue]
  private let data: SweepData
  private let createdAt: Timestamp
  private let search: Search
  private let rounds: [Int?]
  private let machine: String
  private let threads: Int
  private let display: SweepDisplay
  private let cancellation = Cancellation()
  private let lock = NSLock()
  // What follows is read and written under the lock.
  private var standing: SweepStanding
  private var queue: [Int] = []
  private var threadsOfTrial = 1
  private var failure: (any Error)?
  /// The results of the best trials so far, which need not be trained again to become versions.
  private var results: [Int: TrainingResult] = [:]

  init(
    _ sweep: Sweep, _ description: SweepDescription, store: ModelStore, data: SweepData, threads: Int
  ) throws {
    (self.store, self.data, self.threads) = (store, data, threads)
    (name, model, createdAt, fixed) = (sweep.name, sweep.model, sweep.createdAt, description.fixed)
    machine = try NewVersion.machine()
    standing = SweepStanding(description, sweep.trials)
    (search, rounds) = (standing.search, standing.rounds)
    display = SweepDisplay(standing)
  }

  /// Runs what is left, and registers the versions.
  ///
  /// - Returns: where the sweep stands then.
  func run() throws -> SweepStanding {
    let interrupts = Terminal.onInterrupt { [cancellation] in cancellation.cancel() }
    defer { withExtendedLifetime(interrupts) {} }
    defer { display.finish() }
    try adoptVersions()
    while true {
      let next = standing.next
      try stop(next)
      if next.trials.isEmpty { break }
      try runRound(next)
    }
    for place in standing.kept where standing.trials[place].version == nil {
      try register(place, results[place] ?? trainAgain(place))
    }
    return standing
  }

  /// A version may be there of which its trial does not say so yet, as after a kill. Those of a sweep that had the same name and was
  /// removed are older, or were trained with something else.
  private func adoptVersions() throws {
    let versions = try store.versions(ofSweep: name)
    for (place, trial) in standing.trials.enumerated() where trial.version == nil {
      guard let version = versions[trial.number], version.name == model, try isOf(place, version) else { continue }
      var trial = trial
      trial.version = version.number
      try record(place, trial)
    }
  }

  private func isOf(_ place: Int, _ version: Model.Identity) throws -> Bool {
    let record = try store.version(Reference(model: version.name, .number(version.number)))
    guard record.summary.createdAt >= createdAt,
      record.lineage.training?.fingerprint == data.sets.training.fingerprint
    else { return false }
    let trainer = try Self.trainer(
      fixed.merging(combination(of: place)) { $1 }, data, budget: rounds.last ?? nil, threads: 1)
    let recorded = try? JSONDecoder().decode(Hyperparameters.self, from: Data(record.hyperparameters.utf8))
    return recorded == trainer.hyperparameters
  }

  /// Says of those that went no further that they did not, and of the others that they are in the next round.
  private func stop(_ next: SweepStanding.Next) throws {
    for (place, message) in next.stopped where standing.trials[place].status != .stopped {
      var trial = standing.trials[place]
      (trial.status, trial.message) = (.stopped, message)
      try record(place, trial)
    }
  }

  private func record(_ place: Int, _ trial: Trial) throws {
    try store.record(trial, in: name)
    standing.update(place, trial)
  }

  private func runRound(_ next: SweepStanding.Next) throws {
    queue = next.trials.reversed()
    let most = min(threads, Machine.cores)
    threadsOfTrial = max(1, most / max(1, next.trials.count))
    display.begin(standing, next)
    // Foundation's threads cannot be waited for: they are still ending while the program does (swift-corelibs-foundation, issue 5240).
    DispatchQueue.concurrentPerform(iterations: min(most, next.trials.count)) { _ in work(round: next.round) }
    if let failure { throw failure }
    if cancellation.isCancelled { throw interrupted() }
  }

  private func interrupted() -> Failure {
    let done = standing.trials.count { $0.status.isDone }
    return Failure(
      .interrupted, code: "cancelled",
      "interrupted: \(done) of \(Format.count(standing.trials.count, "trial")) of the sweep \(name) are done; the same command goes on"
    )
  }

  /// One trial after the other, until there is none left.
  private func work(round: Int) {
    while let place = lock.withLock({ cancellation.isCancelled ? nil : queue.popLast() }) {
      do {
        try runTrial(place, round: round)
      } catch {
        lock.withLock { failure = failure ?? error }
        // What the others are at is planned again.
        cancellation.cancel()
      }
    }
  }

  private func runTrial(_ place: Int, round: Int) throws {
    var trial = lock.withLock { standing.trials[place] }
    let before = trial
    (trial.status, trial.rung, trial.message) = (.running, round, "")
    try lock.withLock { try record(place, trial) }
    let budget = rounds[round]
    do {
      // Where trials are fewer than threads, each has more of them; the bits are the same.
      let result = try train(place, budget: budget, threads: threadsOfTrial)
      try finish(place, trial, result, round: round)
    } catch let error as TrainingError where error.code == .cancelled {
      try lock.withLock { try record(place, Self.unbegun(before)) }
    } catch let error as TrainingError where error.code == .notEnoughMemory {
      // That may be otherwise at another time.
      try lock.withLock { try record(place, Self.unbegun(before)) }
      throw error
    } catch let error as TrainingError {
      (trial.status, trial.message) = (.failed, error.message)
      try lock.withLock {
        try record(place, trial)
        display.end(standing, place)
      }
    }
  }

  /// A trial as it was before it was begun, whoever began it.
  private static func unbegun(_ trial: Trial) -> Trial {
    var trial = trial
    if trial.status == .running { trial.status = .planned }
    return trial
  }

  private func finish(_ place: Int, _ before: Trial, _ result: TrainingResult, round: Int) throws {
    var trial = before
    var metrics = SweepStanding.Metrics(before)
    guard let validation = result.validation else { return }
    let cost = validation.cost.isFinite ? validation.cost : nil
    metrics.accuracyTraining = result.training.accuracy.isNaN ? nil : result.training.accuracy
    metrics.costTraining = result.training.cost
    metrics.accuracyValidation = validation.accuracy.isNaN ? nil : validation.accuracy
    metrics.costValidation = cost
    metrics.epoch = result.epoch
    metrics.seconds = result.seconds
    let score = search.metric == .accuracy ? validation.accuracy : cost
    trial.iterations = result.costs.count
    if let score {
      metrics.rounds.append(SweepStanding.Score(score: score, cost: cost))
      (trial.status, trial.score) = (.finished, score)
    } else {
      trial.status = .failed
      trial.message = "the cost on the validation set is \(validation.cost), which cannot be ranked"
    }
    trial.metrics = try JSONOutput.line(metrics)
    try lock.withLock {
      try record(place, trial)
      display.end(standing, place)
      guard trial.status == .finished, round == rounds.count - 1 else { return }
      if search.keep == .all {
        try register(place, result)
      } else {
        results[place] = result
        let best = standing.ranking.filter { standing.trials[$0].status == .finished }
        if case .best(let count) = search.keep {
          let kept = Set(best.prefix(count))
          results = results.filter { kept.contains($0.key) }
        }
      }
    }
  }

  private func train(_ place: Int, budget: Int?, threads: Int) throws -> TrainingResult {
    let trainer = try Self.trainer(
      fixed.merging(combination(of: place)) { $1 }, data, budget: budget, threads: threads)
    return try trainer.run(cancellation: cancellation) { [display] in display.update(place, $0) }
  }

  private func combination(of place: Int) -> Search.Combination { lock.withLock { standing.combination(place) } }

  /// What trains a trial.
  static func trainer(
    _ settings: [String: JSONValue], _ data: SweepData, budget: Int?, threads: Int
  ) throws -> Trainer {
    var hyperparameters = try TrialOptions.options(settings).values()
    if let budget { (hyperparameters.iterations, hyperparameters.epochs) = (nil, budget) }
    return try Trainer(
      hyperparameters, inputFormat: data.format, data: data.training, validation: data.validation,
      threads: threads)
  }

  /// After an interruption the parameters of what was finished before are gone: the same hyperparameters give the same bits.
  private func trainAgain(_ place: Int) throws -> TrainingResult {
    do {
      return try train(place, budget: rounds.last ?? nil, threads: threads)
    } catch let error as TrainingError where error.code == .cancelled {
      throw interrupted()
    }
  }

  private func register(_ place: Int, _ result: TrainingResult) throws {
    var trial = standing.trials[place]
    let draft = NewVersion.draft(
      result, of: model, data.sets, data.format, machine: machine,
      sweep: Lineage.Sweep(name: name, trial: trial.number), note: "trial \(trial.number) of the sweep \(name)")
    trial.version = try store.register(draft).number
    try record(place, trial)
  }
}
