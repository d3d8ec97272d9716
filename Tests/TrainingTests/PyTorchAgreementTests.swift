import Foundation
import Inference
import Testing
import Training

/// Runs that `Fixtures/pytorch_runs.py` made; it says how hyperparameters map to PyTorch's.
@Suite("Agreement with PyTorch in float64")
struct PyTorchAgreementTests {
  struct Fixture: Decodable {
    let problems: [String: Problem]
    let runs: [Run]
  }

  struct Layer: Decodable, Sendable {
    let weight: [Double]
    let bias: [Double]
  }

  struct Problem: Decodable, Sendable {
    let pixels: [UInt8]
    let labels: [Int]
    let classes: Int
    let channels: Int
    let area: Int
    let mean: [Double]
    let deviation: [Double]
    let start: [Layer]
  }

  struct Run: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let problem: String
    let hyperparameters: Hyperparameters
    let costs: [Double]
    /// The learning rates, where a schedule changes them.
    let rates: [Double]?
    let end: [Layer]

    var testDescription: String { name }
  }

  static let stored: Fixture = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/pytorch_runs.json")
    guard let data = try? Data(contentsOf: file), let fixture = try? JSONDecoder().decode(Fixture.self, from: data)
    else { return Fixture(problems: [:], runs: []) }
    return fixture
  }()

  @Test("The fixture is there: every optimiser, every schedule, every regulariser")
  func fixture() {
    let runs = Self.stored.runs
    #expect(runs.count == 50)
    #expect(Set(runs.map(\.hyperparameters.optimizer.name)) == Set(Optimizer.names))
    for warmup in [true, false] {
      let schedules = runs.map(\.hyperparameters.schedule).filter { ($0.warmup > 0) == warmup }.map(\.name)
      #expect(Set(schedules) == Set(Schedule.names))
    }
    #expect(runs.contains { $0.hyperparameters.l2 > 0 } && runs.contains { $0.hyperparameters.labelSmoothing > 0 })
    #expect(
      runs.contains { $0.hyperparameters.clipNorm != nil } && runs.contains { !$0.hyperparameters.dropout.isEmpty })
    #expect(runs.contains { $0.hyperparameters.classWeights == .balanced })
  }

  @Test("After 50 steps from the same start, parameters, costs and rates agree to 1e-10", arguments: stored.runs)
  func run(_ run: Run) throws {
    let problem = try #require(Self.stored.problems[run.problem])
    let data = try TrainingData(
      pixels: problem.pixels, features: problem.area * problem.channels, labels: problem.labels,
      classCount: problem.classes)
    let format = try InputFormat(
      height: 1, width: problem.area, channels: problem.channels, mean: problem.mean,
      standardDeviation: problem.deviation)
    let start = DoubleParameters(layers: problem.start.map { .init(weight: $0.weight, bias: $0.bias) })
    let trainer = try Trainer(run.hyperparameters, inputFormat: format, data: data, start: start, threads: 2)
    var rates: [Double] = []
    let result = try trainer.run { rates.append($0.learningRate) }
    #expect(result.hyperparameters == run.hyperparameters)
    try run.expectAgreement(of: result)
    let expected = run.rates ?? [Double](repeating: run.hyperparameters.learningRate, count: 50)
    #expect(zip(rates, expected).allSatisfy { abs($0 - $1) <= 1e-12 * $1 } && rates.count == expected.count)
  }
}

extension PyTorchAgreementTests.Run {
  /// Parameters and costs are those of PyTorch to 1e-10.
  func expectAgreement(of result: TrainingResult) throws {
    let parameters = try #require(result.doubleParameters)
    for (index, (layer, reference)) in zip(parameters.layers, end).enumerated() {
      let weight = relativeDifference(layer.weight, reference.weight)
      let bias = relativeDifference(layer.bias, reference.bias)
      #expect(weight <= 1e-10, "weight of layer \(index): \(weight)")
      #expect(bias <= 1e-10, "bias of layer \(index): \(bias)")
    }
    let costs = relativeDifference(result.costs, self.costs)
    #expect(costs <= 1e-10, "costs: \(costs)")
  }
}
