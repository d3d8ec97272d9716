import Inference
import Testing

@Suite("From outputs to labels")
struct ModelLabelsTests {
  private static func model(outputs: Int, activation: Activation, labels: [String]) throws -> Model {
    let architecture = try Architecture(inputs: 1, layers: [.init(outputs: outputs, activation: activation)])
    return try Model(
      architecture: architecture,
      parameters: Parameters(layers: [
        DenseParameters(
          weight: [Float](repeating: 0, count: outputs), bias: [Float](repeating: 0, count: outputs))
      ]),
      inputFormat: InputFormat(height: 1, width: 1, channels: 1), labels: labels,
      identity: Model.Identity(name: "m", number: 1, digest: ""))
  }

  @Test("one sigmoid output is the probability of the second of two labels")
  func binary() throws {
    let model = try Self.model(outputs: 1, activation: .sigmoid, labels: ["non-cat", "cat"])
    #expect(model.predictedLabel(of: [0.75]) == 1)
    #expect(model.labelScores(of: [0.75]) == [0.25, 0.75])
    #expect(model.predictedLabel(of: [0.5]) == 0)
    #expect(model.predictedLabel(of: [Float(0.5).nextUp]) == 1)
    #expect(model.predictedLabel(of: [.nan]) == 0)
  }

  @Test("of several outputs the highest wins, the first of equals, and NaN never")
  func several() throws {
    let model = try Self.model(outputs: 3, activation: .softmax, labels: ["a", "b", "c"])
    #expect(model.predictedLabel(of: [0.1, 0.7, 0.2]) == 1)
    #expect(model.predictedLabel(of: [0.4, 0.4, 0.2]) == 0)
    #expect(model.predictedLabel(of: [.nan, 0.5, .nan]) == 1)
    #expect(model.predictedLabel(of: [.nan, .nan, .nan]) == 0)
    #expect(model.labelScores(of: [0.1, 0.7, 0.2]) == [0.1, 0.7, 0.2])
  }

  @Test("a single output of a single label is that label, whatever its value")
  func single() throws {
    let model = try Self.model(outputs: 1, activation: .linear, labels: ["price"])
    #expect(model.predictedLabel(of: [250]) == 0)
    #expect(model.labelScores(of: [250]) == [250])
  }
}
