import Foundation
import Inference
import Testing
import Training

@Suite("Hyperparameters")
struct HyperparametersTests {
  @Test("The stored form keeps its keys")
  func encoding() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let value = Hyperparameters(
      hidden: [20, 7, 5], activation: .leakyRelu, learningRate: 0.0075, iterations: 2500,
      initialization: .normal(standardDeviation: 0.01), seed: 1 << 63 + 1, precision: .float64)
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    #expect(
      text == """
        {"activation":"leakyRelu","hidden":[20,7,5],"initialization":"normal:0.01","iterations":2500,\
        "learning_rate":0.0075,"precision":"float64","seed":9223372036854775809}
        """)
    #expect(try JSONDecoder().decode(Hyperparameters.self, from: Data(text.utf8)) == value)
  }

  @Test("A run from given parameters has a null initialisation, and reads back so")
  func noInitialization() throws {
    var value = Hyperparameters(seed: 1)
    value.initialization = nil
    let data = try JSONEncoder().encode(value)
    #expect(String(decoding: data, as: UTF8.self).contains("\"initialization\":null"))
    #expect(try JSONDecoder().decode(Hyperparameters.self, from: data) == value)
  }

  @Test("A later release's keys are left aside, and unknown names are errors")
  func decoding() throws {
    let known = """
      "hidden":[],"activation":"relu","learning_rate":0.1,"iterations":1,"seed":1,"precision":"float32"
      """
    let later = Data("{\(known),\"initialization\":\"he\",\"curvature\":0.9}".utf8)
    #expect(try JSONDecoder().decode(Hyperparameters.self, from: later).initialization == .he)
    for (from, to) in [("relu", "swish"), ("float32", "float16"), ("0.1", "\"fast\"")] {
      let text = "{\(known.replacingOccurrences(of: from, with: to))}"
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(Hyperparameters.self, from: Data(text.utf8)) }
    }
    let text = "{\(known),\"initialization\":\"ones\"}"
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Hyperparameters.self, from: Data(text.utf8)) }
  }

  @Test("Fresh seeds are exact in every reader of JSON, and differ")
  func freshSeeds() {
    let seeds = (0..<100).map { _ in Hyperparameters.freshSeed() }
    #expect(seeds.allSatisfy { $0 < 1 << 53 })
    #expect(Set(seeds).count == 100)
  }

  @Test("A learning rate must be a positive number", arguments: [0, -0.1, .nan, .infinity, -.infinity])
  func learningRate(_ rate: Double) {
    let error = trainingError { try Hyperparameters(learningRate: rate).validate() }
    #expect(error?.code == .invalidHyperparameter)
    #expect(error?.message.contains("\(rate)") == true)
  }

  @Test("A learning rate that is 0 or infinite in 32 bits needs 64", arguments: [1e-60, 1e60])
  func learningRateOf32Bits(_ rate: Double) throws {
    #expect(
      trainingError { try Hyperparameters(learningRate: rate).validate() }?.code == .invalidHyperparameter)
    try Hyperparameters(learningRate: rate, precision: .float64).validate()
  }

  @Test("There must be an iteration", arguments: [0, -1, Int.min])
  func iterations(_ iterations: Int) {
    #expect(
      trainingError { try Hyperparameters(iterations: iterations).validate() }?.code == .invalidHyperparameter)
  }

  @Test("Hidden layers must have units a network can have", arguments: [0, -5, 2_000_000_000, Int.max])
  func units(_ units: Int) {
    let error = trainingError { try Hyperparameters(hidden: [3, units]).validate() }
    #expect(error?.code == .invalidHyperparameter)
    #expect(error?.message.contains("hidden layer 1") == true)
  }

  @Test("Too many layers and softmax within are refused")
  func layers() {
    let deep = Hyperparameters(hidden: [Int](repeating: 1, count: 1024))
    #expect(trainingError { try deep.validate() }?.code == .invalidHyperparameter)
    let soft = Hyperparameters(hidden: [3], activation: .softmax)
    #expect(trainingError { try soft.validate() }?.code == .invalidHyperparameter)
  }

  @Test("The output layer follows from the classes")
  func outputLayer() throws {
    let two = try Hyperparameters(hidden: [4], activation: .tanh).architecture(inputs: 9, classCount: 2)
    #expect(two.layers == [.init(outputs: 4, activation: .tanh), .init(outputs: 1, activation: .sigmoid)])
    let ten = try Hyperparameters().architecture(inputs: 9, classCount: 10)
    #expect(ten.layers == [.init(outputs: 10, activation: .softmax)])
    #expect(
      trainingError { _ = try Hyperparameters().architecture(inputs: 9, classCount: 1) }?.code == .invalidLabels)
  }
}
