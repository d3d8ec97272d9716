import Foundation
import Testing
import Training

@testable import ModelStore
@testable import NNScoreCommand

@Suite("What a sweep tries, in which order, and what it says of it")
struct SweepPlanTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func search(
    _ method: Search.Method, trials: Int? = nil, seed: UInt64 = 1, metric: Search.Metric = .accuracy,
    keep: Search.Keep = .best(1), minimumEpochs: Int? = nil, eta: Int = 3, over: [Search.Dimension]
  ) -> Search {
    Search(
      method: method, trials: trials, seed: seed, metric: metric, keep: keep, minimumEpochs: minimumEpochs, eta: eta,
      over: over)
  }

  @Test("a grid is each value with each other, the last hyperparameter changing first")
  func grid() {
    let search = search(
      .grid,
      over: [
        .init(key: "l2", values: .list([.integer(0), .number(0.1)])),
        .init(key: "optimizer", values: .list([.string("adam"), .string("momentum")])),
      ])
    #expect(
      search.combinations() == [
        ["l2": .integer(0), "optimizer": .string("adam")], ["l2": .integer(0), "optimizer": .string("momentum")],
        ["l2": .number(0.1), "optimizer": .string("adam")], ["l2": .number(0.1), "optimizer": .string("momentum")],
      ])
  }

  @Test("draws are the same for the same seed, within their ranges, none twice; the first of more are those of fewer")
  func random() {
    let over: [Search.Dimension] = [
      .init(
        key: "learning_rate",
        values: .range(.init(least: 1e-4, greatest: 1, isLogarithmic: true, isInteger: false))),
      .init(key: "batch_size", values: .range(.init(least: 3, greatest: 6, isLogarithmic: false, isInteger: true))),
      .init(key: "flip", values: .list([.bool(true), .bool(false)])),
    ]
    let drawn = search(.random, trials: 200, over: over).combinations()
    #expect(drawn.count == 200)
    #expect(drawn == search(.random, trials: 200, over: over).combinations())
    #expect(Array(drawn.prefix(50)) == search(.random, trials: 50, over: over).combinations())
    #expect(drawn != search(.random, trials: 200, seed: 2, over: over).combinations())
    let rates = drawn.compactMap { $0["learning_rate"]?.number }
    #expect(rates.count == 200 && rates.allSatisfy { (1e-4...1).contains($0) })
    // On a logarithmic scale a quarter of them is in each of the four decades.
    let low = rates.filter { $0 < 1e-3 }.count
    #expect((30...70).contains(low), "\(low)")
    #expect(Set(drawn.compactMap { $0["batch_size"]?.number }) == [3, 4, 5, 6])

    let few: [Search.Dimension] = [
      .init(key: "hidden", values: .range(.init(least: 1, greatest: 3, isLogarithmic: true, isInteger: true)))
    ]
    let all = search(.random, trials: 9, over: few).combinations()
    #expect(Set(all.compactMap { $0["hidden"]?.number }) == [1, 2, 3] && all.count == 3)
  }

  @Test("both ends of a range, and numbers that people can type")
  func range() {
    let rate = Search.Range(least: 0.01, greatest: 1, isLogarithmic: true, isInteger: false)
    #expect(rate.value(at: 0) == .number(0.01))
    #expect(rate.value(at: 0.5) == .number(0.1))
    #expect(rate.value(at: 0.25) == .number(0.03162))
    let units = Search.Range(least: 1, greatest: 4, isLogarithmic: false, isInteger: true)
    #expect(units.value(at: 0) == .integer(1))
    #expect(units.value(at: 0.3) == .integer(2))
    #expect(units.value(at: 0.9999) == .integer(4))
  }

  @Test("the rounds of halving")
  func rounds() {
    let over = [Search.Dimension(key: "seed", values: .list((0..<30).map { .integer($0) }))]
    let search = search(.halving, trials: 27, minimumEpochs: 2, over: over)
    #expect(search.rounds(count: 27, mostEpochs: nil) == [2, 6, 18, 54])
    #expect(search.rounds(count: 27, mostEpochs: 10) == [2, 6, 10])
    #expect(search.rounds(count: 2, mostEpochs: 2) == [2])
    #expect(self.search(.random, trials: 9, over: over).rounds(count: 9, mostEpochs: nil) == [nil])
  }

  private func description(_ search: Search) throws -> SweepDescription {
    let json = try JSONOutput.line(search)
    let text = """
      {"data": {"path": "a", "fingerprint": "1"}, "validation": {"path": "b", "fingerprint": "2"}, "fixed": {},
       "search": \(json)}
      """
    return try JSONDecoder().decode(SweepDescription.self, from: Data(text.utf8))
  }

  private func trial(_ number: Int, _ rounds: [(Double, Double)], _ status: Trial.Status = .finished) -> Trial {
    let scores = rounds.map { "{\"score\": \($0.0), \"cost\": \($0.1)}" }.joined(separator: ",")
    return Trial(
      number: number, hyperparameters: "{\"seed\": \(number)}", status: status, score: rounds.last?.0,
      metrics: "{\"rounds\": [\(scores)]}")
  }

  @Test("a description that no file can ask for is told to be damaged")
  func foreign() throws {
    let over = [Search.Dimension(key: "seed", values: .list([.integer(1), .integer(2)]))]
    let sound = search(.halving, trials: 2, minimumEpochs: 1, over: over)
    var unsound = [search(.halving, trials: 2, minimumEpochs: 1, eta: 0, over: over)]
    unsound.append(search(.halving, trials: 2, minimumEpochs: 1, eta: 1, over: over))
    unsound.append(search(.halving, trials: 2, over: over))
    unsound.append(search(.random, trials: 2, over: []))
    unsound.append(search(.random, trials: 2, keep: .best(-1), over: over))
    func read(_ search: Search) throws -> SweepDescription {
      try SweepDescription(Sweep(name: "s", model: "m", description: try description(search).text))
    }
    #expect(try read(sound).search == sound)
    for search in unsound { #expect(throws: Failure.self) { try read(search) } }
  }

  @Test("halving goes on with the best, equal scores by their cost, and nothing but what was measured decides it")
  func halving() throws {
    let over = [Search.Dimension(key: "seed", values: .list((1...6).map { .integer($0) }))]
    let description = try description(search(.halving, trials: 6, minimumEpochs: 1, over: over))
    var trials = (1...6).map { trial($0, [], .planned) }
    #expect(SweepStanding(description, trials).rounds == [1, 3, 9])
    #expect(SweepStanding(description, trials).next.trials == [0, 1, 2, 3, 4, 5])
    trials[0] = trial(1, [(0.5, 1)])
    trials[1] = trial(2, [(0.9, 0.4)])
    trials[2] = trial(3, [], .failed)
    trials[3] = trial(4, [(0.9, 0.3)])
    trials[4] = trial(5, [(0.2, 2)])
    #expect(SweepStanding(description, trials).next.trials == [5])
    trials[5] = trial(6, [(0.9, 0.5)])
    let second = SweepStanding(description, trials).next
    #expect(second.round == 1 && second.trials == [1, 3])
    #expect(Set(second.stopped.map(\.place)) == [0, 4, 5])
    #expect(second.stopped.first?.message == "rank 3 of 6 after 1 epoch; 2 went on")
    trials[1] = trial(2, [(0.9, 0.4), (0.95, 0.2)])
    trials[3] = trial(4, [(0.9, 0.3), (0.94, 0.2)])
    let third = SweepStanding(description, trials)
    #expect(third.next.round == 2 && third.next.trials == [1])
    trials[1] = trial(2, [(0.9, 0.4), (0.95, 0.2), (0.96, 0.1)])
    let end = SweepStanding(description, trials)
    #expect(end.next.trials == [] && end.kept == [1])
    #expect(end.ranking == [1, 3, 5, 0, 4, 2])
  }

  @Test("a cost ranks the other way round; the best N become versions, failed ones never")
  func costs() throws {
    let over = [Search.Dimension(key: "seed", values: .list((1...4).map { .integer($0) }))]
    let trials = [
      trial(1, [(0.5, 0.5)]), trial(2, [(0.1, 0.1)]), trial(3, [], .failed), trial(4, [(0.3, 0.3)]),
    ]
    for (keep, kept) in [(Search.Keep.best(2), [1, 3]), (.all, [1, 3, 0]), (.best(0), [])] {
      let description = try description(search(.grid, metric: .cost, keep: keep, over: over))
      let standing = SweepStanding(description, trials)
      #expect(standing.kept == kept)
      #expect(standing.ranking == [1, 3, 0, 2])
    }
  }

  @Test("the share of the variance, against numbers worked out by hand")
  func variance() throws {
    // Means 2 and 5, of all 3.5: between 2·1.5² + 2·1.5² = 9; total 2.5² + 0.5² + 0.5² + 2.5² = 13; within 4, of 2 degrees of freedom.
    let list = Search.Dimension(key: "l2", values: .list([.integer(0), .integer(1), .integer(2)]))
    let share = VarianceShare(
      of: list, among: [(.integer(0), 1), (.integer(0), 3), (.integer(1), 4), (.integer(1), 6)])
    #expect(abs((share.share ?? 0) - 7.0 / 13) < 1e-15)
    #expect(
      share.groups == [
        VarianceShare.Group(name: "0", trials: 2, mean: 2), VarianceShare.Group(name: "1", trials: 2, mean: 5),
      ])
    // Values 1…8 in quarters of two: scores 0 0 1 1 0 0 1 1 differ between them alone.
    let range = Search.Dimension(
      key: "learning_rate",
      values: .range(.init(least: 1, greatest: 8, isLogarithmic: false, isInteger: true)))
    let trials = [8, 1, 2, 3, 4, 5, 6, 7].map { (JSONValue.integer($0), [0.0, 0, 1, 1, 0, 0, 1, 1][Int($0) - 1]) }
    let quarters = VarianceShare(of: range, among: trials)
    #expect(quarters.share == 1)
    #expect(quarters.groups.map(\.name) == ["1…2", "3…4", "5…6", "7…8"])
    #expect(quarters.groups.map(\.mean) == [0, 1, 0, 1])
    // Groups of equal means explain nothing; of equal scores there is nothing to explain.
    #expect(
      VarianceShare(of: list, among: [(.integer(0), 1), (.integer(0), 3), (.integer(1), 1), (.integer(1), 3)]).share
        == 0)
    #expect(VarianceShare(of: list, among: [(.integer(0), 1), (.integer(1), 1)]).share == nil)
    // One trial a value says nothing of chance.
    #expect(VarianceShare(of: list, among: [(.integer(0), 1), (.integer(1), 2), (.integer(2), 5)]).share == nil)
    #expect(VarianceShare(of: list, among: []).groups == [])
  }

  @Test(
    "what is wrong in a file is told with its key",
    arguments: [
      ("", "data: c\n", "search: it is not there"),
      ("learning_rat: 1\n", "", "learning_rat: there is no such key; did you mean learning_rate?"),
      ("search: 3\n", "-", "search: 3; expected keys with values"),
      ("search: {metod: grid}\n", "-", "search.metod: there is no such key; did you mean method?"),
      ("search: {method: gird, over: {l2: [0]}}\n", "-", "search.method: gird; expected one of grid, random, halving"),
      ("search: {over: {l2: [0]}}\n", "-", "search.method: it is not there"),
      ("search: {method: grid, over: {l2: []}}\n", "-", "search.over.l2: the list is empty"),
      ("search: {method: grid, over: {l2: 3}}\n", "-", "search.over.l2: 3; expected a list"),
      ("search: {method: grid, over: {l2: [0, 0]}}\n", "-", "search.over.l2: 0 is there twice"),
      ("search: {method: grid, over: {}}\n", "-", "search.over: it is empty"),
      ("search: {method: grid, over: {l3: [0]}}\n", "-", "search.over.l3: there is no such key; did you mean l2?"),
      ("search: {method: grid, over: {size: [8]}}\n", "-", "search.over.size: pictures are read once"),
      ("search: {method: grid, trials: 3, over: {l2: [0]}}\n", "-", "search.trials: a grid tries all combinations"),
      ("search: {method: random, over: {l2: [0]}}\n", "-", "search.trials: random needs a number of trials"),
      ("search: {method: random, trials: 0, over: {l2: [0]}}\n", "-", "search.trials: 0; expected a whole number"),
      ("search: {method: random, trials: 3, over: {l2: [0]}}\n", "-", "search.trials: 3, but there are 1 combinations"),
      ("search: {method: grid, over: {l2: {min: 0, max: 1}}}\n", "-", "search.over.l2: a grid needs a list"),
      (
        "search: {method: random, trials: 2, over: {l2: {min: 1, max: 0.1}}}\n", "-",
        "search.over.l2: min is 1 and max 0.1; expected min to be less"
      ),
      (
        "search: {method: random, trials: 2, over: {l2: {min: 0, max: 0.1, scale: log}}}\n", "-",
        "search.over.l2.min: 0; a logarithmic scale begins above 0"
      ),
      (
        "search: {method: random, trials: 2, over: {l2: {min: 0, max: 0.1, scale: loc}}}\n", "-",
        "search.over.l2.scale: loc; expected linear or log"
      ),
      ("search: {method: halving, trials: 3, over: {seed: [1, 2, 3]}}\n", "-", "search.min_epochs: halving needs"),
      ("search: {method: grid, keep: some, over: {l2: [0]}}\n", "-", "search.keep: some; expected all, none or"),
      ("search: {method: grid, over: {l2: [-1]}}\n", "-", "search.over.l2: l2 is -1.0"),
      ("epochs: many\nsearch: {method: grid, over: {l2: [0]}}\n", "-", "epochs: \"many\"; expected a whole number"),
      ("l2: 0\nsearch: {method: grid, over: {l2: [0]}}\n", "-", "l2: it is fixed and searched"),
      ("flip: 3\nsearch: {method: grid, over: {l2: [0]}}\n", "-", "flip: 3; expected true or false"),
      ("from: cats\nsearch: {method: grid, over: {l2: [0]}}\n", "-", "from: trials begin from drawn parameters"),
      ("search: [\n", "-", "neither YAML nor JSON"),
    ])
  func refusals(text: String, more: String, message: String) throws {
    let file = try workspace.file("s.yaml", text: "data: a\nvalidation: b\n" + text)
    do {
      _ = try SweepConfiguration(contentsOfFile: file, data: nil, validation: nil)
      Issue.record("\(text) was taken")
    } catch let failure as Failure {
      #expect(failure.status == .badData)
      #expect(failure.message.hasPrefix("\(file):"), "\(failure.message)")
      if more != "data: c\n" { #expect(failure.message.contains(message), "\(failure.message)") }
    }
  }

  @Test("a file says all that it can, as YAML or as JSON, and flags win")
  func configuration() throws {
    let file = try workspace.file(
      "s.yaml",
      text: """
        data: a
        validation: b
        learning_rate: 1e-3
        hidden: [64, 32]
        flip: true
        search:
          method: halving
          trials: 4
          seed: 7
          min_epochs: 2
          eta: 2
          metric: cost.validation
          keep: all
          over:
            optimizer: [adam, rmsprop]
            batch_size: {min: 8, max: 64, scale: log, integer: true}
        """)
    let read = try SweepConfiguration(contentsOfFile: file, data: "c", validation: nil)
    #expect(read.data == "c" && read.validation == "b")
    #expect(
      read.fixed == [
        "learning_rate": .number(1e-3), "hidden": .array([.integer(64), .integer(32)]), "flip": .bool(true),
        "seed": .integer(7),
      ])
    #expect(read.search.over.map(\.key) == ["optimizer", "batch_size"])
    #expect(read.search.keep == .all && read.search.metric == .cost && read.search.eta == 2)
    let values = try TrialOptions.options(read.fixed).values()
    #expect(values.hidden == [64, 32] && values.learningRate == 1e-3 && values.seed == 7 && values.augmentation.flip)

    let json = try workspace.file(
      "s.json",
      text: #"{"data": "a", "validation": "b", "search": {"method": "grid", "over": {"hidden": [[], [4], [8, 4]]}}}"#)
    let other = try SweepConfiguration(contentsOfFile: json, data: nil, validation: nil)
    let networks = try other.search.combinations().map { try TrialOptions.options($0).values().hidden }
    #expect(networks == [[], [4], [8, 4]])
  }
}
