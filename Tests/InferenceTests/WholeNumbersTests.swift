import Testing

@testable import Inference

/// First layers over bytes that are summed in whole numbers: the formula of `nnkernels.h`, worked out one number at a time.
@Suite("First layers over bytes in whole numbers")
struct WholeNumbersTests {
  private static let sets = InstructionSet.allCases.filter(\.isSupported)

  /// One linear layer over rows of bytes.
  private static func model(weights: [Float], bias: [Float], mean: Double = 0) throws -> Model {
    let (outputs, inputs) = (bias.count, weights.count / bias.count)
    return try Model(
      architecture: Architecture(inputs: inputs, layers: [Architecture.Layer(outputs: outputs, activation: .linear)]),
      parameters: Parameters(layers: [DenseParameters(weight: weights, bias: bias)]),
      inputFormat: InputFormat(height: 1, width: inputs, channels: 1, scale: 1, mean: [mean]),
      labels: bias.indices.map { "output \($0)" }, identity: Example.model().identity)
  }

  /// Σ q·a, exactly, and z.
  private static func expected(weights: [Float], bias: [Float], rows: [UInt8]) -> [Float] {
    let inputs = weights.count / bias.count
    var result: [Float] = []
    for row in 0..<rows.count / inputs {
      for output in bias.indices {
        let weight = weights[output * inputs..<(output + 1) * inputs]
        let most = weight.reduce(0) { max($0, abs($1)) }
        let unit = most == 0 ? 1 : Double(most) / 8_355_711
        var sum: Int64 = 0
        for (x, weight) in weight.enumerated() {
          sum += Int64((Double(weight) * (1 / unit)).rounded(.toNearestOrEven)) * Int64(rows[row * inputs + x])
        }
        result.append(Float((Double(bias[output])).addingProduct(Double(sum), unit)))
      }
    }
    return result
  }

  private static func scores(
    _ model: Model, _ rows: [UInt8], _ set: InstructionSet
  ) throws -> (bytes: [UInt32], floats: [UInt32], isWhole: Bool) {
    let packed = try PackedModel(model, instructionSet: set)
    var scorer = Scorer(packed)
    let bytes = try scorer.scores(of: rows).map(\.bitPattern)
    // A single row begins with the last outputs every other time.
    #expect(try scorer.scores(of: rows).map(\.bitPattern) == bytes)
    return (
      bytes, try scorer.scores(of: rows.map(Float.init)).map(\.bitPattern),
      packed.sumsBytesExactly
    )
  }

  @Test("Every instruction set gives the bits of the formula, whatever the widths and batches", arguments: sets)
  func formula(_ set: InstructionSet) throws {
    var random = RandomNumbers(seed: 71)
    for outputs in Array(1...40) + [47, 48, 49, 64, 127, 128, 129, 136, 260] {
      let inputs = Int.random(in: 256...800, using: &random)
      let weights = (0..<outputs * inputs).map { _ in Float(random.unit()) }
      let bias = (0..<outputs).map { _ in Float(random.unit()) }
      let rows = random.bytes(52 * inputs)
      let model = try Self.model(weights: weights, bias: bias)
      let expected = Self.expected(weights: weights, bias: bias, rows: rows).map(\.bitPattern)
      for count in [1, 2, 3, 5, 11, 16, 17, 33, 52] {
        let found = try Self.scores(model, Array(rows.prefix(count * inputs)), set)
        #expect(found.isWhole)
        #expect(found.bytes == Array(expected.prefix(count * outputs)), "\(inputs)-\(outputs), \(count) rows")
      }
    }
  }

  @Test("Long rows of few outputs, which may be taken where they are, whatever is left of steps, rows and outputs")
  func longRows() throws {
    var random = RandomNumbers(seed: 75)
    let outputs = [1, 2, 3, 7, 20, 21, 22]
    for (index, inputs) in [1023, 1024, 1025, 1100, 3072, 3073, 3137, 4160, 6200].enumerated() {
      for outputs in [outputs[index % 7], outputs[(index * 3 + 5) % 7]] {
        let weights = (0..<outputs * inputs).map { _ in Float(random.unit()) }
        let bias = (0..<outputs).map { _ in Float(random.unit()) }
        let rows = random.bytes(13 * inputs)
        let model = try Self.model(weights: weights, bias: bias)
        let expected = Self.expected(weights: weights, bias: bias, rows: rows).map(\.bitPattern)
        for set in Self.sets {
          for count in 1...13 {
            let found = try Self.scores(model, Array(rows.prefix(count * inputs)), set)
            #expect(
              found.isWhole && found.bytes == Array(expected.prefix(count * outputs)),
              "\(inputs)-\(outputs), \(count) rows, \(set)")
          }
        }
      }
    }
  }

  @Test("The longest rows of the largest sums, and numbers of any size", arguments: sets)
  func extremes(_ set: InstructionSet) throws {
    var random = RandomNumbers(seed: 72)
    let cases: [(Int, Float)] = [(65536, 1), (65536, -1), (4097, 0x1p-130), (300, 0x1p-149), (257, 0x1p120), (256, 0)]
    for (inputs, size) in cases {
      // Of equal weights every digit of a number is at its largest, or the negative of that.
      for weight in [size, size * 0x1.fffffep0, size * 0x1.010102p0] {
        let weights = [Float](repeating: weight, count: 3 * inputs)
        let rows = [UInt8](repeating: 255, count: inputs) + random.bytes(inputs)
        let found = try Self.scores(Self.model(weights: weights, bias: [0, 1, -1]), rows, set)
        #expect(found.isWhole)
        let expected = Self.expected(weights: weights, bias: [0, 1, -1], rows: rows)
        #expect(found.bytes == expected.map(\.bitPattern), "\(inputs) inputs, \(weight)")
      }
    }
    // -32896 is the digits -128 and -128.
    let weights: [Float] = [8_355_711] + [Float](repeating: -32896, count: 65535)
    let rows = [UInt8](repeating: 255, count: 65536)
    let found = try Self.scores(Self.model(weights: weights, bias: [0]), rows, set)
    #expect(found.isWhole)
    #expect(found.bytes == [Float(255 * (8_355_711 - 32896 * 65535)).bitPattern])
  }

  @Test("What is not fit for whole numbers is summed as floats, with their bits", arguments: sets)
  func floats(_ set: InstructionSet) throws {
    var random = RandomNumbers(seed: 73)
    func isWhole(_ inputs: Int, _ change: (inout [Float]) -> Void = { _ in }) throws -> Bool {
      var weights = (0..<20 * inputs).map { _ in Float(random.unit()) }
      change(&weights)
      let model = try Self.model(weights: weights, bias: [Float](repeating: 0.5, count: 20))
      let found = try Self.scores(model, random.bytes(3 * inputs), set)
      if !found.isWhole { #expect(found.bytes == found.floats) }
      return found.isWhole
    }
    #expect(try !isWhole(255))
    #expect(try isWhole(256))
    #expect(try !isWhole(65537))
    // A weight that is far above all others leaves them few digits; zeros lose nothing.
    #expect(try isWhole(400) { $0[401] = 200 })
    #expect(try !isWhole(400) { $0[401] = 400 })
    // Nor may it in long rows, where floats are summed in blocks.
    #expect(try isWhole(65536) { $0[65537] = 200 })
    #expect(try !isWhole(65536) { $0[65537] = 1000 })
    // What is lost does not show beside the bias of 0.5.
    #expect(try isWhole(400) { weights in for x in 400..<800 { weights[x] *= x == 401 ? 1e-9 : 1e-14 } })
    #expect(try isWhole(400) { weights in for x in 400..<800 where x != 401 { weights[x] = 0 } })
  }

  @Test("The sum is nearer to the true one than a sum of floats is")
  func precision() throws {
    var random = RandomNumbers(seed: 74)
    let (inputs, outputs) = (3000, 64)
    let weights = (0..<outputs * inputs).map { _ in Float(random.unit()) }
    let rows = random.bytes(inputs)
    let found = try Self.scores(
      Self.model(weights: weights, bias: [Float](repeating: 0, count: outputs)), rows, .portable)
    var (whole, chain, square) = (0.0, 0.0, 0.0)
    for output in 0..<outputs {
      // Of 24 and 8 bits the products are exact, and so are their sums in a double but for some 2^-52 of them.
      var sum = 0.0
      for x in 0..<inputs { sum += Double(weights[output * inputs + x]) * Double(rows[x]) }
      func squareOfError(_ bits: UInt32) -> Double {
        let error = Double(Float(bitPattern: bits)) - sum
        return error * error
      }
      whole += squareOfError(found.bytes[output])
      chain += squareOfError(found.floats[output])
      square += sum * sum
    }
    // Rounding 3000 weights between -1 and 1 to steps of 1/8355711 gives 2^-24 of the sums' root mean square, rounding these to floats less.
    #expect(whole < 0x1p-47 * square)
    #expect(chain > 2 * whole)
  }

  @Test("Weights packed for a model's rows alone: the same bits, and floats only where bytes are summed as floats")
  func rowsAlone() throws {
    var random = RandomNumbers(seed: 76)
    let cases: [(Int, Float, Bool)] = [(255, 1, false), (300, 1, true), (300, 1_000_000, false)]
    for (inputs, largest, isWhole) in cases {
      var weights = (0..<70 * inputs).map { _ in Float(random.unit()) }
      weights[65 * inputs + 7] *= largest
      let bias = (0..<70).map { _ in Float(random.unit()) }
      // A mean goes into the biases, once.
      let model = try Self.model(weights: weights, bias: bias, mean: 3)
      let rows = random.bytes(5 * inputs)
      var both = Scorer(try PackedModel(model))
      let alone = try PackedModel(forItsRowsAlone: model)
      #expect(alone.sumsBytesExactly == isWhole && alone.network.takesFloats == !isWhole)
      var scorer = Scorer(alone)
      #expect(try scorer.scores(of: rows).map(\.bitPattern) == both.scores(of: rows).map(\.bitPattern))
    }
  }

  @Test("Golden examples from before bytes were summed in whole numbers are replayed as floats; others are not")
  func golden() throws {
    let model = try Example.model(inputs: 300, layers: [(20, .relu), (2, .softmax)])
    var random = RandomNumbers(seed: 75)
    let rows = random.bytes(3 * 300)
    let packed = try PackedModel(model)
    var scorer = Scorer(packed)
    let floats = try scorer.scores(of: rows.map(Float.init))
    #expect(packed.sumsBytesExactly)
    let bytes = try scorer.scores(of: rows)
    #expect(floats != bytes)
    let old = GoldenExamples(count: 3, inputs: .uint8(rows), outputs: floats)
    #expect(try Example.replacing(model, golden: old).replayGolden() == 3)
    var outputs = floats
    outputs[4] = outputs[4].nextUp
    let other = GoldenExamples(count: 3, inputs: .uint8(rows), outputs: outputs)
    let changed = try Example.replacing(model, golden: other)
    #expect(throws: InferenceError.self) { try changed.replayGolden() }
  }
}
