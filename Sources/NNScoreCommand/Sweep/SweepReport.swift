import ModelStore

/// What `sweep` and `sweep show` answer.
struct SweepReport {
  let sweep: Sweep
  let description: SweepDescription
  let standing: SweepStanding

  private struct Document: Encodable {
    struct TrialEntry: Encodable {
      let trial: Int
      let rank: Int?
      let status: String
      let hyperparameters: JSONText
      let round: Int
      let iterations: Int
      let score: Double?
      let accuracy: Double?
      let cost: Double?
      let version: Int?
      let message: String

      enum CodingKeys: String, CodingKey {
        case trial, rank, status, hyperparameters, round, iterations, score, accuracy, cost, version, message
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(trial, forKey: .trial)
        try container.encode(rank, forKey: .rank)
        try container.encode(status, forKey: .status)
        try container.encode(hyperparameters, forKey: .hyperparameters)
        try container.encode(round, forKey: .round)
        try container.encode(iterations, forKey: .iterations)
        try container.encode(score, forKey: .score)
        try container.encode(accuracy, forKey: .accuracy)
        try container.encode(cost, forKey: .cost)
        try container.encode(version, forKey: .version)
        try container.encode(message, forKey: .message)
      }
    }

    struct Importance: Encodable {
      struct Group: Encodable {
        let value: String
        let trials: Int
        let mean: Double
      }

      let hyperparameter: String
      let share: Double?
      let values: [Group]

      enum CodingKeys: String, CodingKey { case hyperparameter, share, values }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(hyperparameter, forKey: .hyperparameter)
        try container.encode(share, forKey: .share)
        try container.encode(values, forKey: .values)
      }
    }

    let sweep: String
    let model: String
    let createdAt: String
    let method: Search.Method
    let metric: Search.Metric
    let complete: Bool
    let trials: [TrialEntry]
    let importance: [Importance]

    enum CodingKeys: String, CodingKey {
      case sweep, model
      case createdAt = "created_at"
      case method, metric, complete, trials, importance
    }
  }

  private var isComplete: Bool { standing.next.trials.isEmpty }

  func print(json: Bool) throws {
    guard !json else { return try StandardOutput.print(JSONOutput.document(document)) }
    try StandardOutput.print(text)
  }

  private var document: Document {
    let trials = standing.ranking.enumerated().map { rank, place in
      let trial = standing.trials[place]
      let metrics = standing.metrics[place]
      return Document.TrialEntry(
        trial: trial.number, rank: standing.isRanked(place) ? rank + 1 : nil, status: trial.status.rawValue,
        hyperparameters: JSONText(trial.hyperparameters), round: trial.rung + 1, iterations: trial.iterations,
        score: trial.score, accuracy: metrics.accuracyValidation, cost: metrics.costValidation, version: trial.version,
        message: trial.message)
    }
    let importance = standing.shares.map { share in
      Document.Importance(
        hyperparameter: share.key, share: share.share,
        values: share.groups.map { Document.Importance.Group(value: $0.name, trials: $0.trials, mean: $0.mean) })
    }
    return Document(
      sweep: sweep.name, model: sweep.model, createdAt: sweep.createdAt.description, method: description.search.method,
      metric: description.search.metric, complete: isComplete, trials: trials, importance: importance)
  }

  private var text: String {
    let search = description.search
    let done = standing.trials.count { $0.status.isDone }
    let state = isComplete ? "" : ", \(done) done; the command that began it goes on"
    var text = FieldList([
      ("sweep", "\(sweep.name), since \(Format.moment(sweep.createdAt))"),
      ("trials", "\(Format.count(standing.trials.count)) of \(sweep.model) (\(search.method.rawValue))\(state)"),
      ("ranked by", search.metric.rawValue),
    ]).text(width: Terminal.resultColumns)
    text += "\n" + ranking.text(width: Terminal.resultColumns)
    let failures = standing.trials.filter { $0.status == .failed }.map { "trial \($0.number) failed: \($0.message)\n" }
    if !failures.isEmpty {
      text += "\n" + FieldList.sentences(failures.joined(), width: Terminal.resultColumns)
    }
    let shares = standing.shares.filter { !$0.groups.isEmpty }
    guard !shares.isEmpty else { return text }
    text += "\nWhich hyperparameters mattered: the share of the variance that goes with each\n\n"
    text += importance(shares).text(width: Terminal.resultColumns)
    return text
  }

  private var ranking: Table {
    let search = description.search
    // What would be the same in each row is left out, so that the rows of some hyperparameters fit 80 columns.
    let isHalving = search.method == .halving
    let hasCost = search.metric != .cost
    let isMixed = standing.trials.contains { $0.status != .finished }
    var table = Table(
      [("RANK", .right), ("TRIAL", .right)] + search.over.map { ($0.key.uppercased(), .right) } + [("SCORE", .right)]
        + (hasCost ? [("COST", .right)] : []) + (isHalving ? [("ROUND", .right)] : [])
        + (isMixed ? [("STATUS", .left)] : []) + [("VERSION", .right)])
    for (rank, place) in standing.ranking.enumerated() {
      let trial = standing.trials[place]
      let combination = standing.combination(place)
      table.add(
        [standing.isRanked(place) ? "\(rank + 1)" : "-", "\(trial.number)"]
          + search.over.map { combination[$0.key]?.text ?? "-" } + [SweepDisplay.text(trial.score, search.metric)]
          + (hasCost ? [Format.cost(standing.metrics[place].costValidation)] : [])
          + (isHalving
            ? [standing.metrics[place].rounds.isEmpty ? "-" : "\(standing.metrics[place].rounds.count)"] : [])
          + (isMixed ? [trial.status.rawValue] : []) + [trial.version.map { "\(sweep.model)@\($0)" } ?? "-"])
    }
    return table
  }

  private func importance(_ shares: [VarianceShare]) -> Table {
    var table = Table([
      ("HYPERPARAMETER", .left), ("SHARE", .right), ("VALUE", .right), ("TRIALS", .right), ("MEAN SCORE", .right),
    ])
    for share in shares.sorted(by: { ($0.share ?? 0) > ($1.share ?? 0) }) {
      for (index, group) in share.groups.enumerated() {
        table.add([
          index == 0 ? share.key : "", index == 0 ? Format.percent(share.share, digits: 1) : "", group.name,
          "\(group.trials)", SweepDisplay.text(group.mean, description.search.metric),
        ])
      }
    }
    return table
  }
}
