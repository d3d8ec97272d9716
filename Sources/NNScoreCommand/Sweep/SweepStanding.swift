import Foundation
import ModelStore
import Training

/// What the trials of a sweep reached, and so which is next: nothing else decides it, whatever was interrupted.
struct SweepStanding {
  /// What a trial reached in one round.
  struct Score: Codable, Equatable {
    /// What trials are ranked by.
    let score: Double
    /// The cost on the validation set, which ranks equal scores; nil if it is not a finite number.
    let cost: Double?
  }

  /// The measured values of a trial, as the store keeps them.
  struct Metrics: Codable {
    var accuracyTraining: Double?
    var costTraining: Double?
    var accuracyValidation: Double?
    var costValidation: Double?
    /// The epoch whose parameters were measured.
    var epoch: Int?
    var seconds: Double?
    /// One for each round.
    var rounds: [Score] = []

    enum CodingKeys: String, CodingKey {
      case accuracyTraining = "accuracy.training"
      case costTraining = "cost.training"
      case accuracyValidation = "accuracy.validation"
      case costValidation = "cost.validation"
      case epoch, seconds, rounds
    }

    /// Reads what the store has; nothing was measured where it has anything else.
    init(_ trial: Trial) {
      self = (try? JSONDecoder().decode(Metrics.self, from: Data(trial.metrics.utf8))) ?? Metrics()
    }

    init() {}
  }

  let search: Search
  /// The epochs of each round.
  let rounds: [Int?]
  private(set) var trials: [Trial]
  private(set) var metrics: [Metrics]

  init(_ description: SweepDescription, _ trials: [Trial]) {
    search = description.search
    let epochs: Int? = if case .integer(let value) = description.fixed["epochs"] { Int(value) } else { nil }
    rounds = search.rounds(count: trials.count, mostEpochs: epochs)
    self.trials = trials
    metrics = trials.map(Metrics.init)
  }

  /// What is to be done.
  struct Next {
    /// The round, from 0.
    let round: Int
    /// The places of the trials that have to run in it.
    let trials: [Int]
    /// The places of those that went no further, with why.
    let stopped: [(place: Int, message: String)]
    /// The places of those in the round.
    let participants: [Int]
  }

  /// What is to be done now; no trials where all is done.
  var next: Next {
    var participants = Array(trials.indices)
    var stopped: [(place: Int, message: String)] = []
    for round in rounds.indices {
      let sound = participants.filter { trials[$0].status != .failed }
      let missing = sound.filter { metrics[$0].rounds.count <= round }
      if !missing.isEmpty || round == rounds.count - 1 {
        return Next(round: round, trials: missing, stopped: stopped, participants: participants)
      }
      let ranked = sound.sorted { isBetter($0, $1, round: round) }
      let count = search.survivors(of: participants.count)
      for (rank, place) in ranked.enumerated().dropFirst(count) {
        let epochs = Format.count(rounds[round] ?? 0, "epoch")
        stopped.append((place, "rank \(rank + 1) of \(participants.count) after \(epochs); \(count) went on"))
      }
      participants = ranked.prefix(count).sorted()
    }
    return Next(round: 0, trials: [], stopped: stopped, participants: participants)
  }

  /// Whether a trial is better than another in a round that both have made.
  private func isBetter(_ first: Int, _ second: Int, round: Int) -> Bool {
    let (a, b) = (metrics[first].rounds[round], metrics[second].rounds[round])
    if a.score != b.score { return search.metric == .accuracy ? a.score > b.score : a.score < b.score }
    let (cost, otherCost) = (a.cost ?? .infinity, b.cost ?? .infinity)
    return cost != otherCost ? cost < otherCost : first < second
  }

  /// The places of all trials, the best first: those that got further before others, failed ones last, then those without a score.
  var ranking: [Int] {
    func group(_ place: Int) -> Int {
      if metrics[place].rounds.isEmpty { return trials[place].status == .failed ? 1 : 2 }
      return trials[place].status == .failed ? 1 : 0
    }
    return trials.indices.sorted { first, second in
      let groups = (group(first), group(second))
      if groups.0 != groups.1 { return groups.0 < groups.1 }
      let rounds = (metrics[first].rounds.count, metrics[second].rounds.count)
      if rounds.0 != rounds.1 { return rounds.0 > rounds.1 }
      return rounds.0 == 0 || groups.0 == 1 ? first < second : isBetter(first, second, round: rounds.0 - 1)
    }
  }

  /// Whether a trial has a rank: a score, and no failure since.
  func isRanked(_ place: Int) -> Bool { !metrics[place].rounds.isEmpty && trials[place].status != .failed }

  /// The places of the trials that are to become versions, once all is done.
  var kept: [Int] {
    let finalists = Set(next.participants.filter { trials[$0].status != .failed })
    let ranked = ranking.filter { finalists.contains($0) }
    return switch search.keep {
    case .all: ranked
    case .best(let count): Array(ranked.prefix(count))
    }
  }

  /// How much each hyperparameter that varies has to do with the score of the first round, in which all trials got the same.
  var shares: [VarianceShare] {
    search.over.map { dimension in
      let scored: [(value: JSONValue, score: Double)] = trials.indices.compactMap { place in
        guard let score = metrics[place].rounds.first?.score, let value = combination(place)[dimension.key] else {
          return nil
        }
        return (value, score)
      }
      return VarianceShare(of: dimension, among: scored)
    }
  }

  /// The values that a trial is tried with.
  func combination(_ place: Int) -> Search.Combination {
    (try? JSONDecoder().decode(Search.Combination.self, from: Data(trials[place].hyperparameters.utf8))) ?? [:]
  }

  /// Puts another state of a trial in its place.
  mutating func update(_ place: Int, _ trial: Trial) {
    trials[place] = trial
    metrics[place] = Metrics(trial)
  }
}

extension Trial.Status {
  /// Whether nothing more comes of a trial.
  var isDone: Bool { [.finished, .failed, .stopped].contains(self) }
}
