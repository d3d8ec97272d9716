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

/// All keys, at random.
@Suite("Hyperparameters of every kind")
struct EveryHyperparameterTests {
  private static func drawn(_ random: inout RandomNumbers) -> Hyperparameters {
    func number(_ random: inout RandomNumbers) -> Double { random.uniform() }
    let hidden = (0..<random.below(4)).map { _ in 1 + random.below(100) }
    var value = Hyperparameters(
      hidden: hidden, activation: [.linear, .relu, .leakyRelu, .tanh, .sigmoid][random.below(5)],
      learningRate: number(&random) + 1e-6,
      seed: random.next(), precision: random.below(2) == 0 ? .float32 : .float64)
    if random.below(2) == 0 { (value.iterations, value.epochs) = (nil, 1 + random.below(1000)) }
    if random.below(2) == 0 { value.batchSize = 1 + random.below(1000) }
    value.initialization =
      [nil, .he, .xavier, .scaled, .normal(standardDeviation: number(&random) + 1e-9)][random.below(5)]
    value.optimizer =
      [
        .gradientDescent, .momentum(number(&random)), .nesterov(number(&random)),
        .rmsProp(beta2: number(&random), epsilon: number(&random) + 1e-9),
        .adam(beta1: number(&random), beta2: number(&random), epsilon: number(&random) + 1e-9),
        .adamW(
          beta1: number(&random), beta2: number(&random), epsilon: number(&random) + 1e-9, weightDecay: number(&random)),
      ][random.below(6)]
    value.schedule = Schedule(
      [
        .constant, .step(factor: number(&random) + 1e-9, every: 1 + random.below(50)),
        .exponential(factor: number(&random) + 1e-9), .cosine(factor: number(&random)),
      ][random.below(4)], warmup: random.below(3) * random.below(100))
    if random.below(2) == 0 { value.l2 = number(&random) }
    if random.below(2) == 0, !hidden.isEmpty {
      value.dropout = (0..<(random.below(2) == 0 ? 1 : hidden.count)).map { _ in number(&random) }
    }
    if random.below(2) == 0 { value.labelSmoothing = number(&random) }
    if random.below(2) == 0 { value.clipNorm = number(&random) + 1e-9 }
    value.classWeights = [.equal, .balanced, .values((0..<3).map { _ in number(&random) + 1e-9 })][random.below(3)]
    if random.below(2) == 0 {
      value.augmentation = Augmentation(
        flip: random.below(2) == 0, shift: random.below(5), rotation: 45 * number(&random), brightness: number(&random))
    }
    if random.below(2) == 0 { value.earlyStopping = 1 + random.below(20) }
    if random.below(2) == 0 { value.measureEvery = 1 + random.below(20) }
    return value
  }

  @Test("Whatever they are, the stored form reads back as the same, and every key is used")
  func roundTrip() throws {
    var random = RandomNumbers(seed: 1)
    var keys: Set<String> = []
    for _ in 0..<500 {
      let value = Self.drawn(&random)
      try value.validate()
      let data = try JSONEncoder().encode(value)
      #expect(try JSONDecoder().decode(Hyperparameters.self, from: data) == value)
      let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      keys.formUnion(object.keys)
    }
    #expect(keys == Set(Hyperparameters.keys))
  }

  static let refused: [(String, @Sendable (inout Hyperparameters) -> Void)] = [
    ("neither iterations nor epochs", { $0.iterations = nil }), ("both iterations and epochs", { $0.epochs = 3 }),
    ("there are 0 epochs", { ($0.iterations, $0.epochs) = (nil, 0) }),
    ("4294967296 epochs", { ($0.iterations, $0.epochs) = (nil, 1 << 32) }),
    ("4294967296 iterations", { $0.iterations = 1 << 32 }), ("batch size is 0", { $0.batchSize = 0 }),
    ("batch size is -3", { $0.batchSize = -3 }), ("0 epochs apart", { $0.measureEvery = 0 }),
    ("waits for 0 measurements", { $0.earlyStopping = 0 }), ("l2 is -0.1", { $0.l2 = -0.1 }),
    ("l2 is nan", { $0.l2 = .nan }), ("l2 is inf", { $0.l2 = .infinity }),
    ("dropout rate is 1.0", { $0.dropout = [1] }), ("dropout rate is -0.5", { $0.dropout = [0.1, -0.5] }),
    ("dropout rate is nan", { $0.dropout = [.nan] }),
    ("3 dropout rates for 2 hidden layers", { $0.dropout = [0.1, 0.1, 0.1] }),
    ("there are none", { ($0.hidden, $0.dropout) = ([], [0.1]) }),
    ("label smoothing is 1.0", { $0.labelSmoothing = 1 }), ("label smoothing is -0.1", { $0.labelSmoothing = -0.1 }),
    ("label smoothing is nan", { $0.labelSmoothing = .nan }), ("norm 0.0", { $0.clipNorm = 0 }),
    ("norm -1.0", { $0.clipNorm = -1 }), ("norm inf", { $0.clipNorm = .infinity }),
    ("norm nan", { $0.clipNorm = .nan }),
    ("class weight is 0.0", { $0.classWeights = .values([1, 0]) }),
    ("class weight is -1.0", { $0.classWeights = .values([-1, 1]) }),
    ("class weight is nan", { $0.classWeights = .values([.nan, 1]) }),
    ("momentum is 1.0", { $0.optimizer = .momentum(1) }),
    ("optimizer nesterov is -0.1", { $0.optimizer = .nesterov(-0.1) }),
    ("momentum of the optimizer momentum is nan", { $0.optimizer = .momentum(.nan) }),
    ("beta1 of the optimizer adam is 1.0", { $0.optimizer = .adam(beta1: 1, beta2: 0.9, epsilon: 1e-8) }),
    ("beta2 of the optimizer adam is -1.0", { $0.optimizer = .adam(beta1: 0.9, beta2: -1, epsilon: 1e-8) }),
    ("beta2 of the optimizer rmsprop is 1.0", { $0.optimizer = .rmsProp(beta2: 1, epsilon: 1e-8) }),
    ("epsilon of the optimizer rmsprop is 0.0", { $0.optimizer = .rmsProp(beta2: 0.9, epsilon: 0) }),
    ("epsilon of the optimizer adam is inf", { $0.optimizer = .adam(beta1: 0.9, beta2: 0.9, epsilon: .infinity) }),
    (
      "weight_decay of the optimizer adamw is -0.01",
      { $0.optimizer = .adamW(beta1: 0.9, beta2: 0.9, epsilon: 1e-8, weightDecay: -0.01) }
    ),
    // What is right in 64 bits, and 0 in 32, where it would keep no division from being by 0.
    (
      "epsilon of the optimizer adam is 1e-60, which is 0.0 in 32 bits",
      { $0.optimizer = .adam(beta1: 0.9, beta2: 0.9, epsilon: 1e-60) }
    ),
    ("schedule_factor is 0.0", { $0.schedule = Schedule(.step(factor: 0, every: 2)) }),
    ("schedule_factor is 1.5", { $0.schedule = Schedule(.exponential(factor: 1.5)) }),
    ("schedule_factor is -0.1", { $0.schedule = Schedule(.cosine(factor: -0.1)) }),
    ("schedule_factor is nan", { $0.schedule = Schedule(.cosine(factor: .nan)) }),
    ("schedule_every is 0", { $0.schedule = Schedule(.step(factor: 0.5, every: 0)) }),
    ("warm-up has -1 iterations", { $0.schedule = Schedule(warmup: -1) }),
    ("shift is -1", { $0.augmentation.shift = -1 }), ("rotation is 46.0", { $0.augmentation.rotation = 46 }),
    ("rotation is nan", { $0.augmentation.rotation = .nan }),
    ("brightness is 1.5", { $0.augmentation.brightness = 1.5 }),
    ("brightness is -0.5", { $0.augmentation.brightness = -0.5 }),
  ]

  @Test("Each number out of range is refused with its name and value", arguments: refused.indices)
  func refusals(_ index: Int) {
    let (text, change) = Self.refused[index]
    var value = Hyperparameters(hidden: [4, 3], iterations: 10, seed: 1)
    change(&value)
    let error = trainingError { try value.validate() }
    #expect(error?.code == .invalidHyperparameter)
    #expect(error?.message.contains(text) == true, "\(error?.message ?? "accepted"); expected \(text)")
  }

  @Test("Names and numbers that an optimiser or a schedule does not have are refused")
  func names() {
    for body: () throws -> Void in [
      { _ = try Optimizer(name: "lion") }, { _ = try Optimizer(name: "gradient-descent", momentum: 0.9) },
      { _ = try Optimizer(name: "momentum", beta1: 0.9) }, { _ = try Optimizer(name: "rmsprop", beta1: 0.9) },
      { _ = try Optimizer(name: "adam", weightDecay: 0.1) }, { _ = try Optimizer(name: "nesterov", epsilon: 1e-8) },
      { _ = try Schedule(name: "linear") }, { _ = try Schedule(name: "constant", factor: 0.5) },
      { _ = try Schedule(name: "cosine", every: 3) }, { _ = try Schedule(name: "step", factor: 2) },
    ] {
      #expect(trainingError(body)?.code == .invalidHyperparameter)
    }
    for name in Optimizer.names { #expect((try? Optimizer(name: name))?.name == name) }
    for name in Schedule.names { #expect((try? Schedule(name: name))?.name == name) }
  }

  @Test("The cosine of schedules is the system's to its last bits, and exact where it should be")
  func cosine() {
    let schedule = Schedule(.cosine(factor: 0))
    for iteration in 0..<1000 {
      let expected = 0.5 * (1 + cos(.pi * Double(iteration) / 1000))
      #expect(abs(schedule.factor(iteration: iteration, iterations: 1000, epoch: 0) - expected) < 4e-16)
    }
    #expect(schedule.factor(iteration: 0, iterations: 1000, epoch: 0) == 1)
    #expect(schedule.factor(iteration: 500, iterations: 1000, epoch: 0) == 0.5)
    #expect(schedule.factor(iteration: 1000, iterations: 1000, epoch: 0) == 0)
  }
}
