import Datasets
import Foundation
import Inference
import ModelStore
import Training

/// What a checkpoint says of the training that it is of: what a configuration file says, and by what to see that it is still the same.
struct StoppedTraining: Codable, Equatable {
  /// Keys and values as in a configuration file, paths from the root.
  let configuration: [String: JSONValue]
  /// What the run was told.
  let hyperparameters: Hyperparameters
  /// The fingerprint of the training set.
  let training: String
  /// That of the validation set.
  let validation: String?
  /// Mean and standard deviation of the input format's channels.
  let mean: [Double]
  let standardDeviation: [Double]
  /// The program that made the checkpoint.
  let codeVersion: String
  /// The steps that use each example once; nil in checkpoints of earlier releases.
  let stepsPerEpoch: Int?

  enum CodingKeys: String, CodingKey {
    case configuration, hyperparameters, training, validation, mean
    case standardDeviation = "standard_deviation"
    case codeVersion = "code_version"
    case stepsPerEpoch = "steps_per_epoch"
  }

  /// The text that the store keeps.
  var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// - Throws: ``Failure`` for a text that says something else.
  init(_ checkpoint: Checkpoint) throws {
    try self.init(name: checkpoint.name, description: checkpoint.description)
  }

  /// - Throws: ``Failure`` for a text that says something else.
  init(name: String, description: String) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(description.utf8))
    } catch {
      throw Failure(
        .badData, code: "invalidCheckpoint",
        "the checkpoint \"\(name)\" was not made by nnscore train; begin the training anew")
    }
  }

  init(
    configuration: [TrainKey: JSONValue], trainer: Trainer, training: LabelledSet, validation: LabelledSet?
  ) {
    self.configuration = Dictionary(uniqueKeysWithValues: configuration.map { ($0.key.rawValue, $0.value) })
    hyperparameters = trainer.hyperparameters
    self.training = training.fingerprint
    self.validation = validation?.fingerprint
    mean = trainer.inputFormat.mean
    standardDeviation = trainer.inputFormat.standardDeviation
    codeVersion = "nnscore \(NNScore.version)"
    stepsPerEpoch = trainer.stepsPerEpoch
  }

  /// Checks that what is about to go on is what was stopped.
  ///
  /// - Throws: ``Failure`` with what differs.
  func require(sameAs other: StoppedTraining, data: String, validation path: String?) throws {
    func refuse(_ problem: String) -> Failure {
      Failure(.badData, code: "otherTraining", "\(problem), or begin anew without --resume")
    }
    if other.training != training {
      throw refuse(
        "\(data): is not what the training began with (\(Format.digest(training))); give that by --data, read as it was then"
      )
    }
    if other.validation != validation {
      throw refuse(
        "\(path ?? "no validation set"): the training began with another one "
          + "(\(validation.map(Format.digest) ?? "none")); give that one by --validation")
    }
    guard other.hyperparameters == hyperparameters, other.mean == mean, other.standardDeviation == standardDeviation
    else {
      throw refuse("--resume goes on with what the training was told when it began; leave out options of training")
    }
  }
}

/// Keeps checkpoints of a training in a store while it runs, and those of another of the same name as well.
final class CheckpointKeeper {
  private let store: ModelStore
  private let name: String
  private let description: String
  private let begun = Timestamp.now
  /// What the checkpoint of this training in the store says; nil if there is none.
  private var kept: String?
  private var hasTold = false

  /// - Parameter checkpoint: the one that the training goes on from.
  init(_ store: ModelStore, name: String, _ training: StoppedTraining, from checkpoint: Checkpoint?) throws {
    self.store = store
    self.name = name
    description = try training.text
    kept = checkpoint?.description
  }

  /// Keeps where the run stands. What keeps it from that is told, and the training goes on.
  func save(_ checkpoint: TrainingCheckpoint) {
    do {
      if let other = try found, other.description != kept, other.createdAt > begun {
        kept = nil
        tell("another training of \(name) has kept one since this one began; give this one another name")
        return
      }
      try store.save(
        Checkpoint(
          name: name, iteration: checkpoint.iteration, iterations: checkpoint.iterations, description: description,
          state: checkpoint.bytes))
      kept = description
    } catch {
      tell(Format.visible(error.message))
    }
  }

  /// Whether the store has a checkpoint of this training.
  var hasKept: Bool {
    guard let kept, let found = try? found else { return false }
    return found.description == kept
  }

  private var found: CheckpointSummary? {
    get throws(StoreError) { try store.checkpoints().first { $0.name == name } }
  }

  private func tell(_ reason: String) {
    if !hasTold { Terminal.note("nnscore: no checkpoint could be kept: \(reason)\n") }
    hasTold = true
  }
}
