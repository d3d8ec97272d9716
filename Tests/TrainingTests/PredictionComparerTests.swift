import Inference
import Testing
import Training

@Suite("Comparison of the answers of two models")
struct PredictionComparerTests {
  /// A model that was trained for a few steps.
  private func model(
    _ data: TrainingData, hidden: [Int] = [], iterations: Int, seed: UInt64 = 1, labels: [String]? = nil
  ) throws -> Model {
    let format = try normalisedFormat(area: data.features / 2)
    let result = try Trainer(
      Hyperparameters(hidden: hidden, learningRate: 0.1, iterations: iterations, seed: seed), inputFormat: format,
      data: data
    ).run()
    return try Model(
      architecture: result.architecture, parameters: result.parameters, inputFormat: format,
      labels: labels ?? (0..<data.classCount).map { "class \($0)" },
      identity: Model.Identity(name: "m", number: 1, digest: ""))
  }

  /// The comparison of a set in batches of some length.
  private func compare(
    _ first: Model, _ second: Model, _ data: TrainingData, batch: Int = 1000, top: Int = 10, threads: Int = 2
  ) throws -> PredictionComparison {
    var comparer = try PredictionComparer(first, second, top: top, threads: threads)
    for start in stride(from: 0, to: data.count, by: batch) {
      let rows = start..<min(start + batch, data.count)
      let pixels = Array(data.pixels[rows.lowerBound * data.features..<rows.upperBound * data.features])
      try comparer.add(pixels, pixels, labels: Array(data.labels[rows]))
    }
    return try comparer.result()
  }

  /// The probability of each class for each example.
  private func probabilities(_ model: Model, _ data: TrainingData) throws -> [[Float]] {
    var scorer = try Scorer(model)
    let outputs = model.architecture.outputs
    let scores = try scorer.scores(of: data.pixels)
    return (0..<data.count).map { model.labelScores(of: scores[$0 * outputs..<($0 + 1) * outputs]) }
  }

  @Test("Counts, transitions and the examples that changed most are what one at a time gives", arguments: [2, 4])
  func naive(classes: Int) throws {
    let data = try syntheticData(count: 700, features: 40, classes: classes, seed: 5)
    let (first, second) = (try model(data, iterations: 6), try model(data, hidden: [9], iterations: 40))
    let comparison = try compare(first, second, data, top: 25)

    let (before, after) = (try probabilities(first, data), try probabilities(second, data))
    // A tie of two classes goes to the first one in both ways; the sigmoid's is at one half.
    func answer(_ row: [Float]) -> Int { row.firstIndex(of: row.max() ?? 0) ?? 0 }
    let answers = zip(before, after).map { (answer($0), answer($1)) }
    let right = zip(answers, data.labels).map { ($0.0 == $1, $0.1 == $1) }
    #expect(comparison.count == 700)
    #expect(comparison.bothRight == right.count { $0.0 && $0.1 })
    #expect(comparison.onlyFirstRight == right.count { $0.0 && !$0.1 })
    #expect(comparison.onlySecondRight == right.count { !$0.0 && $0.1 })
    #expect(comparison.bothWrong == right.count { !$0.0 && !$0.1 })
    #expect(comparison.firstAccuracy == (try Evaluation(of: first, on: data)).accuracy)
    #expect(comparison.secondAccuracy == (try Evaluation(of: second, on: data)).accuracy)
    #expect(comparison.test.onlyFirst == comparison.onlyFirstRight)
    #expect(comparison.test.onlySecond == comparison.onlySecondRight)

    #expect(comparison.changed == answers.count { $0.0 != $0.1 } && comparison.changed > 0)
    #expect(comparison.transitions.map(\.count).reduce(0, +) == comparison.changed)
    #expect(comparison.transitions.map(\.count) == comparison.transitions.map(\.count).sorted(by: >))
    for transition in comparison.transitions {
      let rows = answers.indices.filter { answers[$0].0 == transition.from && answers[$0].1 == transition.to }
      #expect(transition.count == rows.count && transition.from != transition.to)
      #expect(transition.corrected == rows.count { data.labels[$0] == transition.to })
      #expect(transition.spoiled == rows.count { data.labels[$0] == transition.from })
    }

    let changes = zip(before, after).map { zip($0, $1).map { abs($1 - $0) }.max() ?? 0 }
    let order = changes.indices.sorted { (changes[$1], $0) < (changes[$0], $1) }
    #expect(comparison.mostChanged.map(\.index) == Array(order.prefix(25)))
    for example in comparison.mostChanged {
      #expect(example.change == changes[example.index] && example.label == data.labels[example.index])
      #expect(example.first.label == answers[example.index].0)
      #expect(example.first.probability == before[example.index][example.first.label])
      #expect(example.second.probability == after[example.index][example.second.label])
    }
  }

  @Test("Neither batches nor threads show in the result, and a model does not differ from itself")
  func batches() throws {
    let data = try syntheticData(count: 600, features: 20, classes: 3, seed: 6)
    let (first, second) = (try model(data, iterations: 5), try model(data, hidden: [5], iterations: 30))
    let whole = try compare(first, second, data)
    for (batch, threads) in [(1, 1), (7, 3), (256, 1), (599, 4)] {
      #expect(try compare(first, second, data, batch: batch, threads: threads) == whole)
    }
    let same = try compare(first, first, data)
    #expect(same.changed == 0 && same.transitions.isEmpty && same.mostChanged.isEmpty)
    #expect(same.firstAccuracy == same.secondAccuracy && same.test.pValue == 1)
    #expect(try compare(first, second, data, top: 0).mostChanged.isEmpty)
    #expect(try compare(second, first, data).test.pValue == whole.test.pValue)
  }

  @Test("Classes are matched by name: a model with its outputs in another order answers alike")
  func otherOrder() throws {
    let data = try syntheticData(count: 200, features: 20, classes: 3, seed: 7)
    let first = try model(data, iterations: 20)
    let layer = first.parameters.layers[0]
    let order = [2, 0, 1]
    let turned = try Model(
      architecture: first.architecture,
      parameters: Parameters(layers: [
        DenseParameters(
          weight: order.flatMap { layer.weight[$0 * 20..<($0 + 1) * 20] }, bias: order.map { layer.bias[$0] })
      ]),
      inputFormat: first.inputFormat, labels: order.map { first.labels[$0] }, identity: first.identity)
    let comparison = try compare(first, turned, data)
    #expect(comparison.changed == 0 && comparison.classNames == first.labels)
    #expect(comparison.firstAccuracy == comparison.secondAccuracy)
    #expect(comparison.mostChanged.allSatisfy { $0.change < 1e-5 })
  }

  @Test("A class that only one model knows has probability 0 for the other")
  func otherClasses() throws {
    let data = try syntheticData(count: 100, features: 20, classes: 3, seed: 8)
    let first = try model(data, iterations: 20, labels: ["a", "b", "c"])
    let second = try model(data, iterations: 20, labels: ["a", "b", "d"])
    let comparison = try compare(first, second, data)
    #expect(comparison.classNames == ["a", "b", "c", "d"])
    let isThird = try probabilities(first, data).filter { $0[2] == $0.max() }.count
    #expect(comparison.transitions.map { [$0.from, $0.to, $0.count] } == [[2, 3, isThird]])
    #expect(comparison.changed == isThird && comparison.transitions[0].spoiled == comparison.onlyFirstRight)
  }

  @Test("Rows, labels and models that do not fit are refused")
  func refusals() throws {
    let data = try syntheticData(count: 20, features: 8, classes: 3, seed: 1)
    let model = try model(data, iterations: 1)
    var comparer = try PredictionComparer(model, model)
    #expect(trainingError { _ = try comparer.result() }?.code == .invalidData)
    #expect(trainingError { try comparer.add([1], [1], labels: [0]) }?.code == .shapeMismatch)
    let row = [UInt8](repeating: 1, count: 8)
    #expect(trainingError { try comparer.add(row, row + row, labels: [0]) }?.code == .shapeMismatch)
    #expect(trainingError { try comparer.add(row, row, labels: [3]) }?.code == .invalidLabels)
    #expect(trainingError { try comparer.add(row, row, labels: [-1]) }?.code == .invalidLabels)
    #expect(trainingError { try comparer.add([], [], labels: []) } == nil)
    #expect(trainingError { _ = try PredictionComparer(model, model, top: -1) }?.code == .invalidHyperparameter)
    #expect(trainingError { _ = try PredictionComparer(model, model, threads: 0) }?.code == .invalidHyperparameter)
    let linear = try Model(
      architecture: Architecture(inputs: 8, layers: [.init(outputs: 3, activation: .linear)]),
      parameters: model.parameters, inputFormat: model.inputFormat, labels: model.labels, identity: model.identity)
    #expect(trainingError { _ = try PredictionComparer(model, linear) }?.code == .unsupported)
  }
}
