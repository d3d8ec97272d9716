import Testing

@testable import Inference

/// Layers whose weights are rounded to 24 bits: the formula of `nnkernels.h`, worked out one number at a time.
@Suite("Compact layers")
struct CompactLayersTests {
  private static let sets = InstructionSet.allCases.filter(\.isSupported)
  private static let features = 5

  /// 5 bytes, a hidden layer and a linear one.
  private static func model(
    inputs: Int, outputs: Int, _ random: inout RandomNumbers, change: (inout [Float]) -> Void = { _ in }
  ) throws -> Model {
    func parameters(_ outputs: Int, _ inputs: Int) -> DenseParameters {
      DenseParameters(
        weight: (0..<outputs * inputs).map { _ in Float(random.unit()) },
        bias: (0..<outputs).map { _ in Float(random.unit()) })
    }
    let hidden = parameters(inputs, features)
    var last = parameters(outputs, inputs)
    change(&last.weight)
    return try Model(
      architecture: Architecture(
        inputs: features,
        layers: [
          Architecture.Layer(outputs: inputs, activation: .tanh),
          Architecture.Layer(outputs: outputs, activation: .linear),
        ]),
      parameters: Parameters(layers: [hidden, last]),
      inputFormat: InputFormat(height: 1, width: features, channels: 1, scale: 1),
      labels: (0..<outputs).map { "output \($0)" }, identity: Example.model().identity)
  }

  /// What the last layer takes: the outputs of a network of the first alone.
  private static func hidden(_ model: Model, _ rows: [UInt8], _ set: InstructionSet) throws -> [Float] {
    guard case .float32(let parameters) = model.modelParameters else { return [] }
    let layer = model.architecture.layers[0]
    let first = try Model(
      architecture: Architecture(inputs: features, layers: [layer]),
      parameters: Parameters(layers: [parameters.layers[0]]), inputFormat: model.inputFormat,
      labels: (0..<layer.outputs).map { "output \($0)" }, identity: model.identity)
    var scorer = Scorer(try PackedModel(first, instructionSet: set))
    return try scorer.scores(of: rows)
  }

  /// z of the last layer from its inputs: sums of blocks of 256 over the weights, rounded or not.
  private static func expected(_ model: Model, hidden: [Float], rounds: Bool) -> [UInt32] {
    guard case .float32(let parameters) = model.modelParameters else { return [] }
    let layer = parameters.layers[1]
    let (inputs, outputs) = (model.architecture.layers[0].outputs, layer.bias.count)
    var result = [UInt32](repeating: 0, count: hidden.count / inputs * outputs)
    for output in 0..<outputs {
      var weight = Array(layer.weight[output * inputs..<(output + 1) * inputs])
      if rounds {
        let largest = weight.reduce(0) { max($0, $1.magnitude) }
        let unit = largest == 0 ? 1 : Float(Double(largest) / 8_355_711)
        let inverse = 1 / unit
        for x in weight.indices {
          weight[x] = Float(Int32((weight[x] * inverse).rounded(.toNearestOrEven))) * unit
        }
      }
      for row in 0..<hidden.count / inputs {
        var z = layer.bias[output]
        for start in stride(from: 0, to: inputs, by: 256) {
          var sum: Float = 0
          for x in start..<min(start + 256, inputs) { sum.addProduct(hidden[row * inputs + x], weight[x]) }
          z += sum
        }
        result[row * outputs + output] = z.isNaN ? 0x7fc0_0000 : z.bitPattern
      }
    }
    return result
  }

  @Test("Every instruction set gives the bits of the formula, one row or many", arguments: sets)
  func formula(_ set: InstructionSet) throws {
    var random = RandomNumbers(seed: 81)
    for (inputs, outputs) in [(1024, 1024), (5500, 192), (16400, 64), (300, 3520), (1030, 1055), (2100, 520)] {
      let model = try Self.model(inputs: inputs, outputs: outputs, &random)
      let rows = random.bytes(14 * Self.features)
      let expected = try Self.expected(model, hidden: Self.hidden(model, rows, set), rounds: true)
      let packed = try PackedModel(model, instructionSet: set)
      #expect(packed.compactWeights == inputs * outputs)
      let isRead = outputs % 64 == 0 && set != .portable
      #expect(isRead ? packed.compactBytes == 3 * inputs * outputs : packed.compactBytes > 3 * inputs * outputs)
      var scorer = Scorer(packed)
      // A single row begins with the last outputs every other time.
      for count in [1, 1, 2, 5, 14] {
        let found = try scorer.scores(of: Array(rows.prefix(count * Self.features))).map(\.bitPattern)
        #expect(found == Array(expected.prefix(count * outputs)), "\(inputs)-\(outputs), \(count) rows")
      }
    }
  }

  @Test("Other layers keep the weights that they have")
  func others() throws {
    var random = RandomNumbers(seed: 82)
    func isCompact(_ inputs: Int, _ outputs: Int, _ change: (inout [Float]) -> Void = { _ in }) throws -> Bool {
      let model = try Self.model(inputs: inputs, outputs: outputs, &random, change: change)
      let packed = try PackedModel(model)
      var scorer = Scorer(packed)
      let rows = random.bytes(Self.features)
      let hidden = try Self.hidden(model, rows, packed.instructionSet)
      let isCompact = packed.compactWeights > 0
      let expected = Self.expected(model, hidden: hidden, rounds: isCompact)
      #expect(try scorer.scores(of: rows).map(\.bitPattern) == expected)
      return isCompact
    }
    #expect(try isCompact(1024, 1024))
    // Fewer weights, outputs or inputs.
    #expect(try !isCompact(1023, 1024))
    #expect(try !isCompact(17000, 63))
    #expect(try !isCompact(255, 4160))
    // A weight that is far above its output's others leaves them few digits; their sizes may differ from output to output.
    #expect(try isCompact(1024, 1024) { $0[1030] = 8 })
    #expect(try !isCompact(1024, 1024) { $0[1030] = 40 })
    #expect(try isCompact(1024, 1024) { weights in for x in 1024..<2048 { weights[x] *= 0x1p-60 } })
    #expect(try isCompact(1024, 1024) { weights in for x in 1024..<2048 { weights[x] = 0 } })
    // Units below 2^-100, and weights that are infinite or no numbers.
    #expect(try !isCompact(1024, 1024) { weights in for x in 1024..<2048 { weights[x] *= 0x1p-90 } })
    #expect(try !isCompact(1024, 1024) { $0[1030] = .infinity })
    #expect(try !isCompact(1024, 1024) { $0[1030] = .nan })
  }

  @Test("What rounding the weights adds to the error of sums of floats is small")
  func precision() throws {
    var random = RandomNumbers(seed: 83)
    let (inputs, outputs) = (2048, 512)
    // As weights are drawn and trained: normal.
    let normal = (0..<inputs * outputs).map { _ in
      var sum = 0.0
      for _ in 0..<12 { sum += random.unit() }
      return Float(sum)
    }
    let model = try Self.model(inputs: inputs, outputs: outputs, &random) { $0 = normal }
    let hidden = try Self.hidden(model, random.bytes(Self.features), .portable)
    guard case .float32(let parameters) = model.modelParameters else { return }
    let layer = parameters.layers[1]
    var squares = [0.0, 0.0]
    for (index, rounds) in [false, true].enumerated() {
      for (output, bits) in Self.expected(model, hidden: hidden, rounds: rounds).enumerated() {
        var sum = Double(layer.bias[output])
        for x in 0..<inputs { sum += Double(layer.weight[output * inputs + x]) * Double(hidden[x]) }
        let error = Double(Float(bitPattern: bits)) - sum
        squares[index] += error * error
      }
    }
    #expect(squares[1] < 1.5 * squares[0])
  }

  @Test("Golden examples from before layers were compact are replayed with the weights as they are; others are not")
  func golden() throws {
    var random = RandomNumbers(seed: 84)
    let model = try Self.model(inputs: 1024, outputs: 1024, &random)
    let rows = random.bytes(2 * Self.features)
    let packed = try PackedModel(model)
    let network = try PackedNetwork(model, packed.kernels, keepsFloats: true, compacts: false)
    var scorer = Scorer(PackedModel(model, packed.kernels, network: network))
    let earlier = try scorer.scores(of: rows)
    var current = Scorer(packed)
    #expect(try current.scores(of: rows) != earlier)
    let old = GoldenExamples(count: 2, inputs: .uint8(rows), outputs: earlier)
    let kept = try Example.replacing(model, golden: old)
    #expect(try kept.replayGolden() == 2)
    #expect(try PackedModel(packing: kept).replayGolden() == 2)
    // What has the bits of now needs no other weights than the packed ones.
    let new = try Example.replacing(model, golden: GoldenExamples(scoring: .uint8(rows), with: packed))
    let alone = try PackedModel(packing: new)
    #expect(try alone.replayGolden() == 2)
    guard case .float32(let parameters) = alone.model.modelParameters else { return }
    #expect(parameters.layers.isEmpty)
    var outputs = earlier
    outputs[4] = outputs[4].nextUp
    let changed = try Example.replacing(model, golden: GoldenExamples(count: 2, inputs: .uint8(rows), outputs: outputs))
    #expect(throws: InferenceError.self) { try changed.replayGolden() }
  }
}
