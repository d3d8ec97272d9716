import Foundation
import Inference
import Testing
import Training

/// Runs that `Fixtures/numpy_runs.py` made.
@Suite("Agreement with NumPy in float64")
struct NumPyAgreementTests {
  struct Run: Decodable, Sendable, CustomTestStringConvertible {
    struct Layer: Decodable, Sendable {
      let weight: [Double]
      let bias: [Double]
    }

    let name: String
    let pixels: [UInt8]
    let labels: [Int]
    let classes: Int
    let channels: Int
    let area: Int
    let mean: [Double]
    let deviation: [Double]
    let hidden: [Int]
    let activation: String
    let rate: Double
    let steps: Int
    let start: [Layer]
    let costs: [Double]
    let end: [Layer]

    var testDescription: String { name }
  }

  static let runs: [Run] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/numpy_runs.json")
    guard let data = try? Data(contentsOf: file) else { return [] }
    return (try? JSONDecoder().decode([Run].self, from: data)) ?? []
  }()

  @Test("The fixture is there")
  func fixture() {
    #expect(Self.runs.count == 6)
  }

  @Test("After 100 steps from the same start, parameters and costs agree to 1e-12", arguments: runs)
  func run(_ run: Run) throws {
    let features = run.area * run.channels
    let data = try TrainingData(pixels: run.pixels, features: features, labels: run.labels, classCount: run.classes)
    let format = try InputFormat(
      height: 1, width: run.area, channels: run.channels, mean: run.mean, standardDeviation: run.deviation)
    let hyperparameters = Hyperparameters(
      hidden: run.hidden, activation: try #require(Activation(name: run.activation)), learningRate: run.rate,
      iterations: run.steps, precision: .float64)
    let start = DoubleParameters(layers: run.start.map { .init(weight: $0.weight, bias: $0.bias) })
    let result = try Trainer(hyperparameters, inputFormat: format, data: data, start: start).run()
    let parameters = try #require(result.doubleParameters)
    for (index, (layer, reference)) in zip(parameters.layers, run.end).enumerated() {
      let weight = relativeDifference(layer.weight, reference.weight)
      let bias = relativeDifference(layer.bias, reference.bias)
      #expect(weight <= 1e-12, "weight of layer \(index): \(weight)")
      #expect(bias <= 1e-12, "bias of layer \(index): \(bias)")
    }
    let costs = relativeDifference(result.costs, run.costs)
    #expect(costs <= 1e-12, "costs: \(costs)")
    #expect(result.parameters == parameters.rounded)
    #expect(result.hyperparameters.initialization == nil)
  }
}
