import Foundation
import Inference
import Testing
import Training

@Suite("Evaluation")
struct EvaluationTests {
  @Test("Accuracy, cost and confusion of one sigmoid output")
  func sigmoid() throws {
    let evaluation = try Evaluation(scores: [0.9, 0.4, 0.5, 0.8], outputs: 1, labels: [1, 1, 0, 0], classCount: 2)
    #expect(evaluation.count == 4)
    #expect(evaluation.correct == 2)
    #expect(evaluation.accuracy == 0.5)
    #expect(evaluation.confusion == [[1, 1], [1, 1]])
    let expected =
      -(log(Double(0.9 as Float)) + log(Double(0.4 as Float)) + log(0.5) + log(1 - Double(0.8 as Float))) / 4
    #expect(abs(evaluation.cost - expected) < 1e-15)
  }

  @Test("Accuracy, cost and confusion of softmax outputs; the first of equal scores is taken")
  func softmax() throws {
    let evaluation = try Evaluation(
      scores: [0.25, 0.5, 0.25, 0.4, 0.2, 0.4, 0.1, 0.1, 0.8], outputs: 3, labels: [1, 2, 2], classCount: 3)
    #expect(evaluation.confusion == [[0, 0, 0], [0, 1, 0], [1, 0, 1]])
    #expect(evaluation.correct == 2)
    let expected = -(log(0.5) + log(Double(0.4 as Float)) + log(Double(0.8 as Float))) / 3
    #expect(abs(evaluation.cost - expected) < 1e-15)
  }

  @Test("Exactly one half is the first class; NaN is class 0")
  func ties() {
    #expect(Evaluation.predictedClass([0.5]) == 0)
    #expect(Evaluation.predictedClass([Float(0.5).nextUp]) == 1)
    #expect(Evaluation.predictedClass([.nan]) == 0)
    #expect(Evaluation.predictedClass([.nan, .nan, .nan]) == 0)
    #expect(Evaluation.predictedClass([0.2, 0.4, 0.4]) == 1)
    #expect(Evaluation.predictedClass([Float]()) == 0)
  }

  @Test("Scores that are 0 or 1 in 32 bits cost what the nearest float would")
  func saturated() throws {
    let sigmoid = try Evaluation(scores: [1, 0], outputs: 1, labels: [0, 1], classCount: 2)
    #expect(abs(sigmoid.cost - (25 + 149) * log(2.0) / 2) < 1e-12)
    let softmax = try Evaluation(scores: [0, 0, 1], outputs: 3, labels: [1], classCount: 3)
    #expect(abs(softmax.cost - 149 * log(2.0)) < 1e-12)
  }

  @Test("Labels and scores that do not fit are refused")
  func refused() {
    func code(_ scores: Int, outputs: Int, labels: [Int], classes: Int) -> TrainingError.Code? {
      trainingError {
        _ = try Evaluation(
          scores: [Float](repeating: 0.5, count: scores), outputs: outputs, labels: labels, classCount: classes)
      }?.code
    }
    #expect(code(3, outputs: 1, labels: [0, 1], classes: 2) == .shapeMismatch)
    #expect(code(4, outputs: 2, labels: [0, 1], classes: 3) == .shapeMismatch)
    #expect(code(2, outputs: 1, labels: [0, 1], classes: 3) == .shapeMismatch)
    #expect(code(2, outputs: 1, labels: [0, 2], classes: 2) == .invalidLabels)
    #expect(code(0, outputs: 1, labels: [], classes: 2) == .invalidData)
    #expect(code(0, outputs: Int.max, labels: [0, 1], classes: Int.max) == .invalidLabels)
  }

  @Test("A model's evaluation agrees with that of its scores, on any number of threads")
  func model() throws {
    let format = try normalisedFormat(area: 20)
    for classes in [2, 4] {
      let data = try syntheticData(count: 700, features: 40, classes: classes, seed: 9)
      let result = try Trainer(
        Hyperparameters(hidden: [9], learningRate: 0.1, iterations: 30, seed: 2), inputFormat: format, data: data
      ).run()
      let model = try Model(
        architecture: result.architecture, parameters: result.parameters, inputFormat: format,
        labels: (0..<classes).map { "class \($0)" }, identity: Model.Identity(name: "m", number: 1, digest: ""))
      let evaluation = try Evaluation(of: model, on: data, threads: 1)
      #expect(evaluation == result.training)
      #expect(try Evaluation(of: model, on: data, threads: 3) == evaluation)
      var scorer = try Scorer(model)
      let scores = try Evaluation(
        scores: scorer.scores(of: data.pixels), outputs: result.architecture.outputs, labels: data.labels,
        classCount: classes)
      #expect(scores.confusion == evaluation.confusion)
      #expect(scores.areaUnderROC == evaluation.areaUnderROC)
      #expect((evaluation.areaUnderROC == nil) == (classes > 2))
      #expect(abs(scores.cost - evaluation.cost) < 1e-6)
    }
  }

  @Test("A set of other rows or classes than the model's is refused")
  func otherShape() throws {
    let format = try normalisedFormat(area: 4)
    let data = try syntheticData(count: 20, features: 8, classes: 2, seed: 1)
    let result = try Trainer(Hyperparameters(iterations: 1), inputFormat: format, data: data).run()
    let model = try Model(
      architecture: result.architecture, parameters: result.parameters, inputFormat: format, labels: ["a", "b"],
      identity: Model.Identity(name: "m", number: 1, digest: ""))
    for other in [
      try syntheticData(count: 20, features: 9, classes: 2, seed: 1),
      try syntheticData(count: 20, features: 8, classes: 3, seed: 1),
    ] {
      #expect(trainingError { _ = try Evaluation(of: model, on: other) }?.code == .shapeMismatch)
    }
    #expect(trainingError { _ = try Evaluation(of: model, on: data, threads: 0) }?.code == .invalidHyperparameter)
    let wrong = RecordingDataset(data, targets: .classes([Int](repeating: 7, count: data.labels.count), count: 2))
    #expect(trainingError { _ = try Evaluation(of: model, on: wrong) }?.code == .invalidLabels)
  }
}
