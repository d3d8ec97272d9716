import ModelStore
import Training

/// What `train` answers.
struct TrainReport {
  let record: VersionRecord
  let result: TrainingResult

  init(_ record: VersionRecord, _ result: TrainingResult) {
    self.record = record
    self.result = result
  }

  private struct Document: Encodable {
    let model: String
    let version: Int
    let digest: String
    let task: PredictionTask
    let iterations: Int
    let epoch: Int
    let epochs: Int
    let stoppedEarly: Bool
    let cost: CostDocument
    let accuracy: AccuracyDocument
    let metrics: [String: Double]
    let seed: UInt64
    let parameters: Int
    let seconds: Double
    let serving: Bool

    enum CodingKeys: String, CodingKey {
      case model, version, digest, task, iterations, epoch, epochs
      case stoppedEarly = "stopped_early"
      case cost, accuracy, metrics, seed, parameters, seconds, serving
    }
  }

  /// The epochs that were made, of which the last one may not be whole.
  private var epochs: Int { result.measurements.last?.epoch ?? result.epoch }

  func print(json: Bool) throws {
    let first = result.costs.first ?? .nan
    let final = result.costs.last ?? .nan
    guard !json else {
      return try StandardOutput.print(
        JSONOutput.document(
          Document(
            model: record.model, version: record.number, digest: record.digest, task: result.training.task,
            iterations: result.costs.count,
            epoch: result.epoch, epochs: epochs, stoppedEarly: result.stoppedEarly,
            cost: CostDocument(first: JSONNumber(first), final: JSONNumber(final)),
            accuracy: AccuracyDocument(record.summary.metrics), metrics: record.summary.metrics,
            seed: result.hyperparameters.seed,
            parameters: record.summary.parameterCount, seconds: result.seconds, serving: record.summary.isServing)))
    }
    try StandardOutput.print(
      """
      \(record.model)@\(record.number)  \(Format.digest(record.digest))\(record.summary.isServing ? "  in service" : "")
      cost      \(Format.cost(first)) → \(Format.cost(final)) in \(Format.count(result.costs.count, "iteration")), \
      \(Format.duration(result.seconds))
      \(epochLine)\(qualityLines)seed      \(result.hyperparameters.seed)

      """)
  }

  /// How good the answers are on each set.
  private var qualityLines: String {
    func line(_ name: String, _ value: (Evaluation) -> String) -> String {
      let validation = result.validation.map { ", \(value($0)) validation" } ?? ""
      return "\(name)\(String(repeating: " ", count: 10 - name.count))\(value(result.training)) training\(validation)\n"
    }
    func number(_ value: Double) -> String { value.isNaN ? "-" : Format.number(value, digits: 4) }
    switch result.training.task {
    case .classification: return line("accuracy") { Format.percent($0.accuracy) }
    case .multilabel:
      // Of images those all of whose labels are right.
      return line("labels") { Format.percent($0.labelAccuracy) } + line("images") { Format.percent($0.accuracy) }
    case .regression: return line("RMSE") { number($0.rootMeanSquaredError) } + line("R²") { number($0.determination) }
    }
  }

  /// Which epoch's parameters were taken. Where each iteration is an epoch and the last one is taken, the line above says it all.
  private var epochLine: String {
    guard result.hyperparameters.batchSize != nil || result.hyperparameters.earlyStopping != nil else { return "" }
    let end = result.stoppedEarly ? ", stopped early" : ""
    return "epoch     \(Format.count(result.epoch)) of \(Format.count(epochs))\(end)\n"
  }
}
