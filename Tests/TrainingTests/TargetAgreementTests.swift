import Foundation
import Inference
import Testing
import Training

/// Runs that `Fixtures/pytorch_targets.py` made: binary cross-entropy of several labels, squared errors of quantities.
@Suite("Agreement with PyTorch in float64, of labels and quantities")
struct TargetAgreementTests {
  struct Fixture: Decodable {
    let problems: [String: Problem]
    let runs: [PyTorchAgreementTests.Run]
  }

  struct Problem: Decodable, Sendable {
    let task: PredictionTask
    let outputs: Int
    let area: Int
    let pixels: [UInt8]
    let targets: [Float]
    let start: [PyTorchAgreementTests.Layer]
  }

  static let stored: Fixture = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/pytorch_targets.json")
    guard let data = try? Data(contentsOf: file), let fixture = try? JSONDecoder().decode(Fixture.self, from: data)
    else { return Fixture(problems: [:], runs: []) }
    return fixture
  }()

  @Test("The fixture is there")
  func fixture() { #expect(Self.stored.runs.count == 14) }

  @Test("After 50 steps from the same start, parameters and costs agree to 1e-10", arguments: stored.runs)
  func run(_ run: PyTorchAgreementTests.Run) throws {
    let problem = try #require(Self.stored.problems[run.problem])
    let targets: TrainingTargets =
      problem.task == .multilabel
      ? .labels(problem.targets, count: problem.outputs) : .quantities(problem.targets, count: problem.outputs)
    let data = try TrainingData(pixels: problem.pixels, features: problem.area, targets: targets)
    let trainer = try Trainer(
      run.hyperparameters, inputFormat: InputFormat(height: 1, width: problem.area, channels: 1), data: data,
      start: DoubleParameters(layers: problem.start.map { .init(weight: $0.weight, bias: $0.bias) }), threads: 2)
    let result = try trainer.run()
    try run.expectAgreement(of: result)
  }
}
