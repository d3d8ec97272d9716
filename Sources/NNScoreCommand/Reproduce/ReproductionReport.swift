import ModelStore

/// What `reproduce` answers.
struct ReproductionReport {
  private let recorded: RecordedTraining
  private let outcome: ReproductionOutcome
  /// Where it was trained again.
  private let machine: String

  init(_ recorded: RecordedTraining, _ outcome: ReproductionOutcome, machine: String) {
    self.recorded = recorded
    self.outcome = outcome
    self.machine = machine
  }

  private static let codeVersion = "nnscore \(NNScore.version)"

  func print(json: Bool) throws {
    guard !json else { return try StandardOutput.print(JSONOutput.document(document)) }
    let fields = FieldList(fields).text(width: Terminal.resultColumns)
    try StandardOutput.print(FieldList.sentences("\(verdict)\n", width: Terminal.resultColumns) + fields)
  }

  // MARK: - Text

  private var verdict: String {
    let name = recorded.name
    if outcome.isSame { return "\(name): reproduced to the bit" }
    return outcome.isSameDigest
      ? "\(name): the parameters are reproduced to the bit, but not the costs that are recorded"
      : "\(name): not reproduced"
  }

  private var fields: [(name: String, value: String)] {
    let record = recorded.record
    var fields: [(name: String, value: String)] = [("digest", record.digest)]
    if outcome.isSame {
      fields.append(("costs", costs))
      fields.append(("duration", Format.duration(outcome.seconds)))
      return fields
    }
    if let digest = outcome.digest { fields.append((outcome.isSameDigest ? "again" : "but now", digest)) }
    fields.append(("costs", costs))
    if let difference = outcome.difference {
      fields.append(("recorded cost", difference.recorded.map { "\($0)" } ?? "none: it ended before that"))
      fields.append(("cost now", difference.found.map { "\($0)" } ?? "none: training ended before that"))
    }
    fields.append(("parameters", parameters))
    fields.append(("trained by", record.lineage.codeVersion ?? "unknown"))
    fields.append(("on", record.lineage.machine ?? "unknown"))
    fields.append(("again by", Self.codeVersion))
    fields.append(("on", machine))
    fields.append(("duration", Format.duration(outcome.seconds)))
    return fields
  }

  private var costs: String {
    guard outcome.recordedIterations > 0 else { return "none are recorded" }
    guard let difference = outcome.difference else {
      return outcome.recordedIterations == 1
        ? "the one is equal" : "all \(Format.count(outcome.recordedIterations)) equal"
    }
    return "first differ at iteration \(Format.count(difference.iteration)) (epoch \(Format.count(difference.epoch)))"
  }

  private var parameters: String {
    guard let parameters = outcome.parameters else {
      return outcome.failure ?? "not known, as training ended there; --to-the-end goes on and compares them"
    }
    guard let tensor = parameters.tensor else { return "all \(Format.count(parameters.total)) equal" }
    return "\(Format.count(parameters.count)) of \(Format.count(parameters.total)) differ, at most by "
      + "\(Format.number(parameters.maximum, digits: 6)) (\(tensor))"
  }

  // MARK: - JSON

  private struct Document: Encodable {
    struct Iterations: Encodable {
      let recorded: Int
      let made: Int
    }

    struct CostDifference: Encodable {
      let iteration: Int
      let epoch: Int
      let recorded: JSONNumber?
      let found: JSONNumber?

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(iteration, forKey: .iteration)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(recorded, forKey: .recorded)
        try container.encode(found, forKey: .found)
      }

      enum CodingKeys: String, CodingKey {
        case iteration, epoch, recorded, found
      }
    }

    struct ParametersDocument: Encodable {
      let count: Int
      let different: Int
      let maximumDifference: JSONNumber

      enum CodingKeys: String, CodingKey {
        case count, different
        case maximumDifference = "maximum_difference"
      }
    }

    struct Origin: Encodable {
      let codeVersion: String?
      let machine: String?

      enum CodingKeys: String, CodingKey {
        case codeVersion = "code_version"
        case machine
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(codeVersion, forKey: .codeVersion)
        try container.encode(machine, forKey: .machine)
      }
    }

    let model: String
    let version: Int
    let reproduced: Bool
    let digest: String
    let digestNow: String?
    let iterations: Iterations
    let firstCostDifference: CostDifference?
    let parameters: ParametersDocument?
    let recorded: Origin
    let now: Origin
    let seconds: Double

    enum CodingKeys: String, CodingKey {
      case model, version, reproduced, digest
      case digestNow = "digest_now"
      case iterations
      case firstCostDifference = "first_cost_difference"
      case parameters, recorded, now, seconds
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(model, forKey: .model)
      try container.encode(version, forKey: .version)
      try container.encode(reproduced, forKey: .reproduced)
      try container.encode(digest, forKey: .digest)
      try container.encode(digestNow, forKey: .digestNow)
      try container.encode(iterations, forKey: .iterations)
      try container.encode(firstCostDifference, forKey: .firstCostDifference)
      try container.encode(parameters, forKey: .parameters)
      try container.encode(recorded, forKey: .recorded)
      try container.encode(now, forKey: .now)
      try container.encode(seconds, forKey: .seconds)
    }
  }

  private var document: Document {
    let record = recorded.record
    return Document(
      model: record.model, version: record.number, reproduced: outcome.isSame, digest: record.digest,
      digestNow: outcome.digest,
      iterations: Document.Iterations(recorded: outcome.recordedIterations, made: outcome.iterations),
      firstCostDifference: outcome.difference.map {
        Document.CostDifference(
          iteration: $0.iteration, epoch: $0.epoch, recorded: $0.recorded.map(JSONNumber.init),
          found: $0.found.map(JSONNumber.init))
      },
      parameters: outcome.parameters.map {
        Document.ParametersDocument(
          count: $0.total, different: $0.count, maximumDifference: JSONNumber($0.maximum))
      },
      recorded: Document.Origin(codeVersion: record.lineage.codeVersion, machine: record.lineage.machine),
      now: Document.Origin(codeVersion: Self.codeVersion, machine: machine), seconds: outcome.seconds)
  }
}
