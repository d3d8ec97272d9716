import Inference
import Testing
import Training

/// Runs whose digests stand here: the debug and the release build, every processor and every later release must give them again, as
/// versions say that they can be reproduced. Where one changes, the change log must say that runs have other bits from then on.
@Suite("The same bits in every build and release")
struct TrainingSameBitsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let optimizer: Optimizer
    let schedule: Schedule
    let activation: Activation
    let classes: Int
    /// In 32 and in 64 bits.
    let digests: (String, String)

    var testDescription: String { "\(optimizer.name), \(schedule.name), \(activation.name), \(classes) classes" }
  }

  static let cases = [
    Case(
      optimizer: .gradientDescent, schedule: Schedule(), activation: .relu, classes: 3,
      digests: ("f132b2d9fd77280f", "2494afda20401f6a")),
    Case(
      optimizer: .momentum(0.9), schedule: Schedule(.step(factor: 0.5, every: 1)), activation: .tanh, classes: 2,
      digests: ("d5f61ba5f17c4765", "c9fde0e8a7cdeba0")),
    Case(
      optimizer: .nesterov(0.8), schedule: Schedule(.exponential(factor: 0.9), warmup: 3), activation: .sigmoid,
      classes: 4, digests: ("6f2122d67cb8caf8", "3ad1203121a646ee")),
    Case(
      optimizer: .rmsProp(beta2: 0.9, epsilon: 1e-8), schedule: Schedule(.constant, warmup: 4), activation: .leakyRelu,
      classes: 3, digests: ("b613989e43a5d5c2", "eeb7e66985f4c2f9")),
    Case(
      optimizer: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), schedule: Schedule(.cosine(factor: 0)),
      activation: .relu, classes: 10, digests: ("261fe5793c4283a6", "3dc98b6b21fd2487")),
    Case(
      optimizer: .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1),
      schedule: Schedule(.cosine(factor: 0.1), warmup: 2), activation: .linear, classes: 2,
      digests: ("f13d2bcf1a671b39", "dca8ac409f8dbd7f")),
  ]

  /// FNV-1a over the bits of costs and parameters.
  private func digest(_ result: TrainingResult) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func feed(_ bits: UInt64) {
      for shift in stride(from: 0, to: 64, by: 8) { hash = (hash ^ bits >> UInt64(shift) & 255) &* 0x100_0000_01b3 }
    }
    for cost in result.costs { feed(cost.bitPattern) }
    for layer in result.parameters.layers {
      for value in layer.weight + layer.bias { feed(UInt64(value.bitPattern)) }
    }
    for layer in result.doubleParameters?.layers ?? [] {
      for value in layer.weight + layer.bias { feed(value.bitPattern) }
    }
    return String(hash, radix: 16)
  }

  @Test("Runs with mini-batches and everything there is have the digests on file", arguments: cases)
  func digests(_ example: Case) throws {
    let format = try normalisedFormat(area: 40)
    let data = try syntheticData(count: 290, features: 80, classes: example.classes, seed: 4)
    for precision in Precision.allCases {
      var hyperparameters = Hyperparameters(
        hidden: [23, 11], activation: example.activation, learningRate: 0.01, epochs: 2, batchSize: 64,
        seed: 1 << 60 + 7, precision: precision, optimizer: example.optimizer, schedule: example.schedule)
      hyperparameters.l2 = 0.001
      hyperparameters.dropout = [0.2, 0.3]
      hyperparameters.labelSmoothing = 0.05
      hyperparameters.clipNorm = 0.5
      hyperparameters.classWeights = .balanced
      let found = try digest(Trainer(hyperparameters, inputFormat: format, data: data).run())
      let expected = precision == .float32 ? example.digests.0 : example.digests.1
      #expect(found == expected, "\(precision.rawValue)")
    }
  }
}
