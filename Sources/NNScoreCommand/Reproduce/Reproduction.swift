import Datasets
import Foundation
import Inference
import ModelStore
import Training

/// A training that was recorded, about to be done again.
struct Reproduction {
  private let recorded: RecordedTraining
  private let original: Model
  private let costs: [Double]
  private let trainer: Trainer

  /// Loads all that the training needs, and checks that it is what it was.
  ///
  /// - Parameters:
  ///   - data: the path of the training set; nil for the recorded one.
  ///   - validation: that of the validation set; nil for the recorded one, where the training depends on it.
  /// - Throws: ``Failure`` where a set or the version that it went on from is another or not there.
  init(of recorded: RecordedTraining, in store: ModelStore, data: String?, validation: String?, threads: Int) throws {
    self.recorded = recorded
    let record = recorded.record
    let reference = try Reference(model: record.model, .number(record.number))
    costs = try store.costs(of: reference)
    original = try store.model(reference)
    let start = try recorded.parent(in: store).map { parent in
      DoubleParameters(try store.model(Reference(model: parent.model, .number(parent.number))).parameters)
    }
    let progress = ProgressBar("reading", unit: "images")
    defer { progress.finish() }
    let training = try Self.load(
      recorded.training, at: data, option: "--data", "trained", recorded, progress)
    var validationData: TrainingData?
    if let dataset = record.lineage.validation {
      if validation != nil || recorded.hyperparameters.earlyStopping != nil {
        validationData = try TrainingData(
          Self.load(dataset, at: validation, option: "--validation", "validated", recorded, progress))
      }
    } else if let validation {
      throw Failure(
        .badData, code: "otherData",
        "\(validation): \(recorded.name) was trained without a validation set; leave out --validation")
    }
    trainer = try Trainer(
      recorded.hyperparameters, inputFormat: record.inputFormat, data: TrainingData(training),
      validation: validationData, architecture: record.architecture, start: start, threads: threads)
  }

  /// Loads a set as the version takes it.
  ///
  /// - Throws: ``Failure`` with both fingerprints for another set.
  private static func load(
    _ dataset: Lineage.Dataset, at path: String?, option: String, _ verb: String, _ recorded: RecordedTraining,
    _ progress: ProgressBar
  ) throws -> LabelledSet {
    let record = recorded.record
    let path = path ?? dataset.path
    let set: LabelledSet
    do {
      let task = PredictionTask(record.architecture, labelCount: record.labels.count)
      set = try LabelledSet.load(path: path, rule: record.inputFormat.imageRule, kind: task?.kind) {
        progress.update($0, of: $1)
      }
    } catch {
      let failure = Failure(error)
      guard failure.status == .noInput else { throw failure }
      throw failure.adding("; say by \(option) where the set is that \(recorded.name) was \(verb) on")
    }
    guard set.fingerprint == dataset.fingerprint else {
      throw Failure(
        .badData, code: "otherData",
        "\(path): its fingerprint is \(set.fingerprint), but \(recorded.name) was \(verb) on \(dataset.fingerprint) "
          + "(\(Format.count(dataset.count, "example")), then at \(dataset.path)); give that by \(option), as it was then"
      )
    }
    return try set.relabelled(to: record.labels, path: path)
  }

  /// Trains, with progress, and compares what comes out with what was recorded.
  ///
  /// - Parameter toTheEnd: whether to go on where a cost differs.
  /// - Throws: ``Failure`` where it is interrupted, or cannot go on.
  func run(toTheEnd: Bool) throws -> ReproductionOutcome {
    let cancellation = Cancellation()
    let interrupts = Terminal.onInterrupt { cancellation.cancel() }
    defer { withExtendedLifetime(interrupts) {} }
    let progress = ProgressBar("training", unit: "it")
    defer { progress.finish() }
    let stepsPerEpoch = trainer.stepsPerEpoch
    var outcome = ReproductionOutcome(recordedIterations: costs.count)
    let result: TrainingResult
    do {
      result = try trainer.run(cancellation: cancellation) { step in
        outcome.iterations = step.iteration + 1
        outcome.compare(step.cost, at: step.iteration, with: costs, stepsPerEpoch: stepsPerEpoch)
        if outcome.difference != nil, !toTheEnd { cancellation.cancel() }
        progress.update(
          step.iteration + 1, of: step.iterations, detail: step.detail(stepsPerEpoch: stepsPerEpoch))
      }
    } catch {
      outcome.failure = try failure(of: error, outcome, toTheEnd: toTheEnd)
      outcome.seconds = progress.elapsed
      return outcome
    }
    outcome.seconds = progress.elapsed
    outcome.compare(nil, at: result.costs.count, with: costs, stepsPerEpoch: stepsPerEpoch)
    let model = try Model(
      architecture: result.architecture, parameters: result.parameters, inputFormat: original.inputFormat,
      labels: original.labels, identity: original.identity)
    outcome.digest = ModelStore.digest(of: model)
    outcome.isSameDigest = outcome.digest == original.identity.digest
    outcome.parameters = ParameterDifference(original.parameters, result.parameters)
    return outcome
  }

  /// Why a training that is another one already did not come to its end; nil where that was not wanted.
  ///
  /// - Throws: ``Failure`` where nothing can be said of it.
  private func failure(of error: TrainingError, _ outcome: ReproductionOutcome, toTheEnd: Bool) throws -> String? {
    let isOther = outcome.difference != nil
    switch error.code {
    case .cancelled:
      guard !isOther || toTheEnd else { return nil }
      throw Failure(error).adding(
        isOther ? "; a cost differed before" : "; all costs up to there are those of \(recorded.name)")
    case .diverged:
      guard !isOther else { return error.message }
      throw Failure(error).adding("; \(recorded.name) did not diverge when it was trained")
    default: throw error
    }
  }
}
