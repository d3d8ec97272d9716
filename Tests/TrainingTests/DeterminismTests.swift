import Inference
import Testing
import Training

@Suite("The same bits everywhere")
struct DeterminismTests {
  /// Wide enough that there is every phase, and that it is shared between threads; more examples than a block of the kernels' sums.
  private func bits<Element: TrainingElement>(
    _ type: Element.Type, instructionSet: InstructionSet, threads: Int, seed: UInt64 = 5
  ) throws -> [Double] {
    let format = try normalisedFormat(area: 333)
    let data = try syntheticData(count: 301, features: 666, classes: 3, seed: 8)
    let architecture = try Architecture(inputs: 666, hidden: [99, 183, 35], activation: .tanh, classCount: 3)
    let whole = WholeBatch<Element>(
      architecture, format, data, kernels: try #require(Kernels(instructionSet)), threads: threads,
      dropout: [0.25, 0.125, 0])
    let network = whole.network
    var random = RandomNumbers(seed: seed)
    for layer in network.layers {
      Initialization.he.fill(layer.weight.region, inputs: layer.inputs, outputs: layer.outputs, from: &random)
    }
    var result: [Double] = []
    for step: UInt32 in 0..<4 {
      result.append(whole.cost(random: step == 3 ? nil : RandomStream(key: seed, stream: 0, step: step)))
      network.update(Update(step: .descend(rate: 0.125), first: Region(count: 0), second: Region(count: 0)))
    }
    return result + network.parameters.array.map { Double($0) }
  }

  @Test("Threads and instruction sets do not show in parameters and costs", arguments: supportedInstructionSets)
  func sameBits(_ instructionSet: InstructionSet) throws {
    let floats = try bits(Float.self, instructionSet: .portable, threads: 1)
    let doubles = try bits(Double.self, instructionSet: .portable, threads: 1)
    for threads in [1, 2, 3] {
      #expect(try bits(Float.self, instructionSet: instructionSet, threads: threads) == floats)
      #expect(try bits(Double.self, instructionSet: instructionSet, threads: threads) == doubles)
    }
  }

  @Test("A seed gives the same run again on any number of threads, another seed another")
  func seeds() throws {
    let format = try InputFormat(height: 8, width: 8, channels: 3)
    let data = try syntheticData(count: 70, features: 192, classes: 2, seed: 2)
    func run(seed: UInt64, threads: Int) throws -> TrainingResult {
      let hyperparameters = Hyperparameters(hidden: [20, 6], learningRate: 0.05, iterations: 20, seed: seed)
      return try Trainer(hyperparameters, inputFormat: format, data: data, threads: threads).run()
    }
    let first = try run(seed: 1, threads: 1)
    let again = try run(seed: 1, threads: 2)
    #expect(first.parameters == again.parameters)
    #expect(first.costs == again.costs)
    #expect(first.training == again.training)
    #expect(first.hyperparameters == again.hyperparameters)
    #expect(try run(seed: 2, threads: 1).parameters != first.parameters)
  }

  @Test(
    "A run that goes on from its own parameters has the bits of one that never stopped", arguments: Precision.allCases)
  func continued(_ precision: Precision) throws {
    let format = try normalisedFormat(area: 10)
    let data = try syntheticData(count: 40, features: 20, classes: 4, seed: 6)
    func run(_ iterations: Int, from start: DoubleParameters? = nil) throws -> TrainingResult {
      let hyperparameters = Hyperparameters(
        hidden: [8], learningRate: 0.1, iterations: iterations, seed: 3, precision: precision)
      return try Trainer(hyperparameters, inputFormat: format, data: data, start: start).run()
    }
    let whole = try run(30)
    let half = try run(15)
    let rest = try run(15, from: half.doubleParameters ?? DoubleParameters(half.parameters))
    #expect(rest.parameters == whole.parameters)
    #expect(half.costs + rest.costs == whole.costs)
  }

  // From 256 inputs on a scorer sums bytes in whole numbers, where training sums floats.
  @Test(
    "The forward pass of training is the scorer's, bit for bit; of floats where that sums bytes exactly",
    arguments: [100, 150])
  func scorer(area: Int) throws {
    let features = 2 * area
    let format = try normalisedFormat(area: area)
    let data = try syntheticData(count: 77, features: features, classes: 3, seed: 4)
    let architecture = try Architecture(inputs: features, hidden: [21, 9], activation: .relu, classCount: 3)
    let whole = WholeBatch<Float>(architecture, format, data, kernels: try Kernels.selected(), threads: 2)
    let network = whole.network
    var random = RandomNumbers(seed: 1)
    for index in 0..<network.parameters.count { network.parameters[index] = Float(0.1 * random.normal()) }
    let cost = whole.cost()
    let model = try Model(
      architecture: architecture,
      parameters: Parameters(
        layers: network.layers.map { DenseParameters(weight: $0.weight.region.array, bias: $0.bias.array) }),
      inputFormat: format, labels: ["a", "b", "c"], identity: Model.Identity(name: "m", number: 1, digest: ""))
    var scorer = try Scorer(model)
    func predictions(_ scores: [Float]) -> [Float] { scores.enumerated().filter { $0.offset % 3 == 2 }.map(\.element) }
    let trained = whole.batch.scores.array
    #expect(predictions(try scorer.scores(of: data.pixels.map(Float.init))) == trained)
    let scored = predictions(try scorer.scores(of: data.pixels))
    let measured = try Evaluation(of: model, on: data, threads: 2).cost
    #expect(scorer.packed.sumsBytesExactly == (features >= 256))
    if scorer.packed.sumsBytesExactly {
      // A sum of 300 floats is off by some units in the last place; what follows adds no more.
      for (a, b) in zip(scored, trained) { #expect(abs(a - b) <= 8 * b.ulp) }
      #expect(abs(measured - cost) <= 1e-6 * cost)
    } else {
      #expect(scored == trained)
      #expect(measured == cost)
    }
  }
}
