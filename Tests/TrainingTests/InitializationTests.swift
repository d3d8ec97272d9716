import Inference
import Testing
import Training

@Suite("Initialisation")
struct InitializationTests {
  private func weights(_ rule: Initialization, inputs: Int, outputs: Int, seed: UInt64 = 1) -> [Double] {
    var generator = RandomNumbers(seed: seed)
    let region = Region<Double>(count: inputs * outputs)
    rule.fill(region, inputs: inputs, outputs: outputs, from: &generator)
    return region.array
  }

  @Test("Text forms read back as they were written", arguments: ["zeros", "normal:0.01", "scaled", "he", "xavier"])
  func text(_ text: String) throws {
    #expect(try Initialization(text: text).text == text)
  }

  @Test(
    "Other texts are refused with the rules there are",
    arguments: ["", "ones", "He", "normal", "normal:", "normal:0", "normal:-1", "normal:nan", "normal:inf", "normal:x"])
  func refusedText(_ text: String) {
    let error = trainingError { _ = try Initialization(text: text) }
    #expect(error?.code == .invalidInitialization)
    #expect(error?.message.contains(text) == true)
  }

  @Test(
    "Normal rules have the standard deviation they state",
    arguments: [
      (Initialization.normal(standardDeviation: 0.01), 0.01), (.scaled, 1 / 20.0), (.he, (2.0 / 400).squareRoot()),
    ])
  func spread(_ rule: Initialization, _ expected: Double) {
    let values = weights(rule, inputs: 400, outputs: 100)
    let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    // Four standard errors of a deviation from n draws: 4 / √(2n).
    #expect(abs(deviation / expected - 1) < 4 / (2 * Double(values.count)).squareRoot())
  }

  @Test("xavier fills ±√(6 / (inputs + outputs))")
  func xavier() throws {
    let values = weights(.xavier, inputs: 400, outputs: 200)
    let limit = 0.1
    #expect(values.allSatisfy { abs($0) <= limit })
    #expect(try #require(values.max()) > 0.999 * limit)
    #expect(try #require(values.min()) < -0.999 * limit)
  }

  @Test("A seed gives the same start in both precisions, up to the rounding")
  func precisions() {
    var generator = RandomNumbers(seed: 9)
    let floats = Region<Float>(count: 300)
    Initialization.he.fill(floats, inputs: 30, outputs: 10, from: &generator)
    #expect(floats.array == weights(.he, inputs: 30, outputs: 10, seed: 9).map(Float.init))
  }

  @Test("Seeds differ in their draws")
  func seeds() {
    #expect(weights(.he, inputs: 30, outputs: 10, seed: 1) != weights(.he, inputs: 30, outputs: 10, seed: 2))
  }

  @Test("zeros is refused for hidden layers, with the reason")
  func zeros() throws {
    let data = try syntheticData(count: 8, features: 4, classes: 2, seed: 1)
    let format = try InputFormat(height: 2, width: 2, channels: 1)
    let error = trainingError {
      _ = try Trainer(Hyperparameters(hidden: [3], initialization: .zeros), inputFormat: format, data: data)
    }
    #expect(error?.code == .invalidInitialization)
    #expect(error?.message.contains("stay the same") == true)
    _ = try Trainer(Hyperparameters(initialization: .zeros), inputFormat: format, data: data)
  }

  @Test("Where nothing is said: zeros without hidden layers, he for relu, scaled for the others")
  func standard() {
    #expect(Hyperparameters().initialization == .zeros)
    #expect(Hyperparameters(hidden: [3], activation: .relu).initialization == .he)
    #expect(Hyperparameters(hidden: [3], activation: .tanh).initialization == .scaled)
  }
}
