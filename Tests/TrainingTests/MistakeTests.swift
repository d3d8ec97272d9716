import Inference
import Testing
import Training

@Suite("Mistakes")
struct MistakeTests {
  private func model(_ data: TrainingData, classes: Int) throws -> Model {
    let format = try normalisedFormat(area: 20)
    let result = try Trainer(
      Hyperparameters(hidden: [5], learningRate: 0.05, iterations: 5, seed: 2), inputFormat: format, data: data
    ).run()
    return try Model(
      architecture: result.architecture, parameters: result.parameters, inputFormat: format,
      labels: (0..<classes).map { "class \($0)" }, identity: Model.Identity(name: "m", number: 1, digest: ""))
  }

  @Test("Mistakes are those of the scores, with their probabilities, the worst first", arguments: [2, 4])
  func scores(classes: Int) throws {
    let data = try syntheticData(count: 700, features: 40, classes: classes, seed: 9)
    let model = try model(data, classes: classes)
    let evaluation = try Evaluation(of: model, on: data, keepingMistakes: true, threads: 2)
    let mistakes = try #require(evaluation.mistakes)
    #expect(mistakes.count == evaluation.count - evaluation.correct)
    #expect(mistakes.count > 10)
    var scorer = try Scorer(model)
    let scores = try scorer.scores(of: data.pixels)
    let outputs = scores.count / data.count
    var expected: [Mistake] = []
    for row in 0..<data.count {
      let outputs = Array(scores[row * outputs..<(row + 1) * outputs])
      let (answer, probabilities) = (model.predictedLabel(of: outputs), model.labelScores(of: outputs))
      let label = data.labels[row]
      guard answer != label else { continue }
      expected.append(
        Mistake(
          index: row, label: label, answer: answer, labelProbability: probabilities[label],
          answerProbability: probabilities[answer]))
    }
    #expect(mistakes.sorted { $0.index < $1.index } == expected)
    for (worse, better) in zip(mistakes, mistakes.dropFirst()) {
      #expect((worse.labelProbability, worse.index) < (better.labelProbability, better.index))
    }
    #expect(try Evaluation(of: model, on: data, keepingMistakes: true, threads: 1) == evaluation)
    #expect(try Evaluation(of: model, on: data).mistakes == nil)
  }

  @Test("Equally bad mistakes come in the order of the set")
  func ties() throws {
    let architecture = try Architecture(inputs: 1, layers: [.init(outputs: 1, activation: .sigmoid)])
    let model = try Model(
      architecture: architecture, parameters: Parameters(layers: [DenseParameters(weight: [1], bias: [0])]),
      inputFormat: InputFormat(height: 1, width: 1, channels: 1), labels: ["a", "b"],
      identity: Model.Identity(name: "m", number: 1, digest: ""))
    let data = try TrainingData(
      pixels: [200, 255, 0, 200, 255, 90], features: 1, labels: [0, 0, 1, 0, 1, 0], classCount: 2)
    let mistakes = try #require(try Evaluation(of: model, on: data, keepingMistakes: true).mistakes)
    #expect(mistakes.map(\.index) == [1, 0, 3, 5, 2])
    #expect(mistakes.last == Mistake(index: 2, label: 1, answer: 0, labelProbability: 0.5, answerProbability: 0.5))
  }
}
