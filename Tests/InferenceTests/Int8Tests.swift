import Testing

@testable import Inference

@Suite("Scoring in 8 bits")
struct Int8Tests {
  private static let sets = InstructionSet.allCases.filter(\.isSupported)

  private static func bits(_ packed: PackedModel, _ rows: [UInt8]) throws -> [UInt32] {
    var scorer = Scorer(packed)
    return try scorer.scores(of: rows).map(\.bitPattern)
  }

  @Test("Every instruction set gives the bits of the formula, for bytes and floats, whatever the widths and batches")
  func formula() throws {
    var random = RandomNumbers(seed: 71)
    let activations: [Activation] = [.relu, .tanh, .leakyRelu, .linear, .sigmoid]
    var varied = 0
    for seed in 0..<60 {
      let inputs = [1, 2, 31, 32, 33, 63, 64, 65, 96, 97, 127, 128, 129, 200, 784, 1000][seed % 16]
      let widths = [1 + Int(random.next() % 40), 1 + Int(random.next() % 130), 1 + Int(random.next() % 9)]
      let elementType: InputFormat.ElementType = seed % 3 == 0 ? .float32 : .uint8
      let model = try Example.quantized(
        inputs: inputs, layers: widths.enumerated().map { ($1, activations[(seed + $0) % 5]) },
        elementType: elementType,
        seed: UInt64(seed))
      let rows = random.bytes(29 * inputs)
      let expected = try QuantizedOracle.scores(model, rows.map { Float($0) }).map(\.bitPattern)
      varied += Set(expected).count > 1 ? 1 : 0
      for set in Self.sets {
        let packed = try PackedModel(model, instructionSet: set)
        var scorer = Scorer(packed)
        let floats = try scorer.scores(of: rows.map { Float($0) }).map(\.bitPattern)
        #expect(floats == expected, "\(inputs)-\(widths) as floats, \(set)")
        for count in [1, 2, 3, 4, 5, 7, 8, 12, 23, 24, 25, 29] {
          let found = try Self.bits(packed, Array(rows.prefix(count * inputs)))
          #expect(found == Array(expected.prefix(count * widths[2])), "\(inputs)-\(widths), \(count) rows, \(set)")
        }
      }
    }
    #expect(varied > 50)
  }

  @Test("Long rows of few outputs, which may be taken where they are, whatever is left of steps, rows and outputs")
  func longRows() throws {
    var random = RandomNumbers(seed: 73)
    let outputs = [8, 9, 20, 21, 22, 63, 64, 3]
    for (index, inputs) in [1023, 1024, 1025, 1100, 3072, 3073, 3137, 4160, 6200].enumerated() {
      for outputs in [outputs[index % 8], outputs[(index * 3 + 1) % 8]] {
        let model = try Example.quantized(inputs: inputs, layers: [(outputs, .linear)], seed: UInt64(inputs))
        let rows = random.bytes(13 * inputs)
        let expected = try QuantizedOracle.scores(model, rows.map { Float($0) }).map(\.bitPattern)
        for set in Self.sets {
          let packed = try PackedModel(model, instructionSet: set)
          for count in 1...13 {
            let found = try Self.bits(packed, Array(rows.prefix(count * inputs)))
            #expect(found == Array(expected.prefix(count * outputs)), "\(inputs)-\(outputs), \(count) rows, \(set)")
          }
        }
      }
    }
  }

  @Test("Inputs longer than a piece, and weights at the limits that the rule allows, are added up exactly")
  func limits() throws {
    let inputs = 9000
    var weight = [Int8](repeating: 0, count: 3 * inputs)
    // 127 and 1 of each four, -127 and -1, and both in turns.
    for block in stride(from: 0, to: inputs, by: 64) {
      for x in stride(from: block, to: min(block + 32, inputs), by: 2) {
        weight[x] = 127
        if x + 33 < inputs { weight[x + 33] = 1 }
        weight[inputs + x] = -127
        weight[inputs + x + 1] = -1
        weight[2 * inputs + x] = x % 4 == 0 ? 127 : -127
      }
    }
    let layer = QuantizedLayer(
      weight: weight, weightScale: [1, 0.5, 2], bias: [0, 1, -1], inputScale: 1, inputZeroPoint: 0)
    let model = try Model(
      architecture: Architecture(inputs: inputs, layers: [Architecture.Layer(outputs: 3, activation: .linear)]),
      parameters: .int8(QuantizedParameters(layers: [layer])),
      inputFormat: InputFormat(height: 1, width: inputs, channels: 1, scale: 1), labels: ["a", "b", "c"],
      identity: Model.Identity(name: "m", number: 1, digest: ""))
    let rows = [UInt8](repeating: 255, count: 5 * inputs)
    let expected = try QuantizedOracle.scores(model, rows.map { Float($0) }).map(\.bitPattern)
    for set in Self.sets {
      #expect(try Self.bits(PackedModel(model, instructionSet: set), rows) == expected, "\(set)")
    }
  }

  @Test("Batches of 1 to 300, every split of them and 1 to 8 threads give the same bits")
  func batches() throws {
    let model = try Example.quantized(inputs: 700, layers: [(90, .relu), (20, .tanh), (3, .softmax)])
    var random = RandomNumbers(seed: 72)
    let rows = random.bytes(300 * 700)
    let reference = try Self.bits(PackedModel(model, instructionSet: .portable), rows)
    let packed = try PackedModel(model)
    for count in 1...300 {
      let first = try Self.bits(packed, Array(rows.prefix(count * 700)))
      let second = try Self.bits(packed, Array(rows.dropFirst(count * 700)))
      #expect(first + second == reference, "split at \(count)")
    }
    for threads in 1...8 {
      var scorer = try Scorer(packed, threads: threads)
      #expect(try scorer.scores(of: rows).map(\.bitPattern) == reference, "\(threads) threads")
    }
  }

  @Test("Floats outside the range of bytes are held within it, and NaN is the lowest")
  func ranges() throws {
    let model = try Example.quantized(inputs: 6, layers: [(3, .linear)])
    var scorer = Scorer(try PackedModel(model))
    let found = try scorer.scores(of: [-1, 256, .infinity, -.infinity, .nan, 0.5] as [Float])
    #expect(try found == scorer.scores(of: [0, 255, 255, 0, 0, 0] as [UInt8]))
  }

  @Test("A model file holds a model in 8 bits, with golden examples that replay on every instruction set")
  func file() throws {
    for seed in 0..<8 {
      let plain = try Example.quantized(
        inputs: 5 + seed, layers: [(7, .relu), (3, .softmax)], elementType: seed % 2 == 0 ? .uint8 : .float32,
        seed: UInt64(seed))
      for model in [plain, try Example.extended(plain)] {
        let file = ModelFile.encode(model)
        let found = try Model(bytes: file.span)
        #expect(found == model)
        #expect(found.precision == .int8)
        for set in Self.sets {
          #expect(try PackedModel(found, instructionSet: set).replayGolden() == (model.golden?.count ?? 0))
        }
      }
    }
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let parts: [String]
    let edit: @Sendable (inout QuantizedLayer) -> Void

    init(_ name: String, says parts: String..., edit: @escaping @Sendable (inout QuantizedLayer) -> Void) {
      testDescription = name
      self.parts = parts
      self.edit = edit
    }
  }

  static let refusals: [Refusal] = [
    Refusal("a weight too many", says: "layers.1.weight", "7 elements", "2 × 3") { $0.weight.append(1) },
    Refusal("a scale too many", says: "layers.1.weight_scale", "3 elements", "expected 2") { $0.weightScale.append(1) },
    Refusal("no bias", says: "layers.1.bias", "0 elements", "expected 2") { $0.bias = [] },
    Refusal("a scale of 0", says: "layers.1.weight_scale", "element 1", "positive") { $0.weightScale[1] = 0 },
    Refusal("a negative scale", says: "layers.1.weight_scale", "element 0") { $0.weightScale[0] = -1 },
    Refusal("a scale that is NaN", says: "layers.1.weight_scale", "element 0") { $0.weightScale[0] = .nan },
    Refusal("a product of scales that is infinite", says: "layers.1.weight_scale", "product") {
      $0.weightScale[0] = 1e30
      $0.inputScale = 1e30
    },
    Refusal("an input scale of infinity", says: "layers.1.input_scale") { $0.inputScale = .infinity },
    Refusal("an input scale whose inverse is infinite", says: "layers.1.input_scale") {
      $0.inputScale = Float(bitPattern: 1)
    },
    Refusal("a bias of infinity", says: "layers.1.bias", "element 1") { $0.bias[1] = .infinity },
    Refusal("two weights of 65", says: "layers.1.weight", "output 1", "weights 0, 1, 32 and 33", "128") {
      $0.weight[3] = 65
      $0.weight[4] = 65
    },
    Refusal("a weight of -128 and one of -1", says: "layers.1.weight", "output 0", "weights 0, 1, 32 and 33") {
      $0.weight[0] = -128
      $0.weight[1] = -1
    },
  ]

  @Test("Parameters that break a rule are refused, with the layer, the tensor and the place", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    let model = try Example.quantized()
    guard case .int8(var parameters) = model.modelParameters else { return }
    parameters.layers[1].weight = [Int8](repeating: 0, count: 6)
    refusal.edit(&parameters.layers[1])
    let error = try #require(throws: InferenceError.self) {
      try parameters.validate(against: model.architecture, model.inputFormat)
    }
    #expect(error.code == .invalidParameters)
    for part in refusal.parts { #expect(error.message.contains(part), "\(error.message)") }
  }

  @Test("A row of weights that could leave 32 bits is refused")
  func refusesLongSums() throws {
    let count = 70_000
    let weight = (0..<count).map {
      Int8($0 % 64 < 32 && $0 % 2 == 0 ? ($0 % 4 == 0 ? 127 : -127) : ($0 % 64 < 32 ? 1 : -128))
    }
    // The rule of four keeps only one of them at -128; so the sum of the others is what is too much.
    let kept = weight.map { $0 == -128 ? 0 : $0 }
    let long = (0..<9).flatMap { _ in kept }
    let layer = QuantizedLayer(weight: long, weightScale: [1], bias: [0], inputScale: 1, inputZeroPoint: 0)
    let error = try #require(throws: InferenceError.self) {
      try QuantizedParameters(layers: [layer]).validate(
        against: Architecture(inputs: long.count, layers: [Architecture.Layer(outputs: 1, activation: .linear)]),
        InputFormat(height: 1, width: long.count, channels: 1, scale: 1))
    }
    #expect(error.message.contains("absolute values of output 0 make more than 8421504 together"), "\(error.message)")
  }

  @Test("An input format that scales, and bytes that do not enter as they are, are refused")
  func refusesInputs() throws {
    let model = try Example.quantized()
    guard case .int8(var parameters) = model.modelParameters else { return }
    #expect(throws: InferenceError.self) {
      try parameters.validate(against: model.architecture, InputFormat(height: 1, width: 4, channels: 1))
    }
    #expect(throws: InferenceError.self) {
      try parameters.validate(
        against: model.architecture, InputFormat(height: 1, width: 4, channels: 1, scale: 1, mean: [1]))
    }
    parameters.layers[0].inputZeroPoint = 1
    #expect(throws: InferenceError.self) {
      try parameters.validate(against: model.architecture, model.inputFormat)
    }
  }

  @Test("What the weights stand for, as floats, answers nearly the same")
  func dequantized() throws {
    let model = try Example.quantized(inputs: 300, layers: [(40, .sigmoid), (3, .softmax)], seed: 5)
    guard case .int8(var parameters) = model.modelParameters else { return }
    // The range of sigmoid.
    parameters.layers[1].inputScale = 1 / 255
    parameters.layers[1].inputZeroPoint = 0
    func scores(_ parameters: ModelParameters, _ rows: [UInt8]) throws -> [Float] {
      var scorer = Scorer(
        try PackedModel(
          Model(
            architecture: model.architecture, parameters: parameters, inputFormat: model.inputFormat,
            labels: model.labels, identity: model.identity)))
      return try scorer.scores(of: rows)
    }
    var random = RandomNumbers(seed: 73)
    let rows = random.bytes(20 * 300)
    let (bytes, floats) = (
      try scores(.int8(parameters), rows), try scores(.float32(parameters.dequantized), rows)
    )
    #expect(bytes != floats)
    for (byte, float) in zip(bytes, floats) { #expect((byte - float).magnitude < 0.01) }
  }
}
