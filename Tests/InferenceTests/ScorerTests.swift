import Foundation
import Testing

@testable import Inference

@Suite("Scoring")
struct ScorerTests {
  private static let sets = InstructionSet.allCases.filter(\.isSupported)

  private static func scores(_ model: Model, _ rows: [UInt8], on set: InstructionSet) throws -> [UInt32] {
    var scorer = Scorer(try PackedModel(model, instructionSet: set))
    return try scorer.scores(of: rows).map(\.bitPattern)
  }

  @Test("scores agree with NumPy in float64, means and deviations and every activation included")
  func againstNumPy() throws {
    for (seed, line) in try Fixture.lines("scores.txt").enumerated() {
      let parts = line.split(separator: ":")
      let words = parts[0].split(separator: " ").map(String.init)
      let expected = try parts[1].split(separator: " ").map { try #require(Double(String($0))) }
      let inputs = try #require(Int(words[0]))
      var layers: [Architecture.Layer] = []
      for index in stride(from: 1, to: words.count, by: 2) {
        layers.append(
          Architecture.Layer(
            outputs: try #require(Int(words[index])), activation: try #require(Activation(name: words[index + 1]))))
      }
      let architecture = try Architecture(inputs: inputs, layers: layers)
      var random = RandomNumbers(seed: UInt64(1000 + seed))
      let parameters = Parameters(
        layers: layers.indices.map { index in
          let width = architecture.inputs(ofLayer: index)
          return DenseParameters(
            weight: (0..<width * layers[index].outputs).map { _ in Float(random.unit() / Double(width).squareRoot()) },
            bias: (0..<layers[index].outputs).map { _ in Float(random.unit()) })
        })
      let model = try Model(
        architecture: architecture, parameters: parameters,
        inputFormat: InputFormat(
          height: 1, width: inputs / 3, channels: 3, mean: [0.485, 0.456, 0.406],
          standardDeviation: [0.229, 0.224, 0.225]),
        labels: (0..<architecture.outputs).map { "\($0)" }, identity: Model.Identity(name: "m", number: 1, digest: ""))
      var rows: [UInt8] = []
      for i in 0..<3 { for j in 0..<inputs { rows.append(UInt8((i * 31 + j * 17 + i * j) % 256)) } }
      for set in Self.sets {
        var scorer = Scorer(try PackedModel(model, instructionSet: set))
        let found = try scorer.scores(of: rows)
        #expect(found.count == expected.count)
        for (value, exact) in zip(found, expected) {
          #expect((Double(value) - exact).magnitude <= 1e-5 * max(1, exact.magnitude), "\(words) on \(set)")
        }
      }
    }
  }

  // From 256 inputs on bytes are summed in whole numbers, and floats are not.
  @Test("the same bits for every batch size, split, position, element type and instruction set", arguments: [8, 10])
  func sameBits(width: Int) throws {
    let inputs = 30 * width
    let model = try Example.model(
      inputs: inputs, layers: [(37, .relu), (19, .tanh), (8, .leakyRelu), (5, .softmax)],
      inputFormat: InputFormat(
        height: 10, width: width, channels: 3, mean: [0.5, 0.4, 0.3], standardDeviation: [0.2, 0.3, 1]))
    var random = RandomNumbers(seed: 9)
    let rows = random.bytes(130 * inputs)
    let reference = try Self.scores(model, rows, on: .portable)
    var portable = Scorer(try PackedModel(model, instructionSet: .portable))
    let ofFloats = try portable.scores(of: rows.map { Float($0) }).map(\.bitPattern)
    #expect(portable.packed.sumsBytesExactly == (inputs >= 256))
    #expect((ofFloats == reference) == (inputs < 256))
    for set in Self.sets {
      var scorer = Scorer(try PackedModel(model, instructionSet: set))
      #expect(try scorer.scores(of: rows).map(\.bitPattern) == reference, "\(set)")
      #expect(try scorer.scores(of: rows.map { Float($0) }).map(\.bitPattern) == ofFloats, "\(set), Float rows")
    }
    var scorer = try Scorer(model)
    for count in 1...130 {
      let found = try scorer.scores(of: Array(rows.prefix(count * inputs))).map(\.bitPattern)
      #expect(found == Array(reference.prefix(count * 5)), "a batch of \(count)")
    }
    for split in [1, 2, 3, 7, 8, 9, 63, 64, 65, 129] {
      let first = try scorer.scores(of: Array(rows[..<(split * inputs)]))
      let second = try scorer.scores(of: Array(rows[(split * inputs)...]))
      #expect((first + second).map(\.bitPattern) == reference, "split at \(split)")
    }
    // One row at every position among others.
    let row = Array(rows[..<inputs])
    for position in 0..<20 {
      var batch = Array(rows.suffix(20 * inputs))
      batch.replaceSubrange(position * inputs..<(position + 1) * inputs, with: row)
      let found = try scorer.scores(of: batch).map(\.bitPattern)
      #expect(Array(found[position * 5..<position * 5 + 5]) == Array(reference[..<5]), "at position \(position)")
    }
  }

  @Test("scores go into memory that the caller owns, and replace what was there")
  func callerMemory() throws {
    var scorer = try Scorer(Example.model(inputs: 6, layers: [(3, .softmax)]))
    let rows: [UInt8] = (0..<24).map { UInt8($0) }
    var memory = [Float](repeating: .nan, count: 12)
    var span = memory.mutableSpan
    try scorer.score(rows.span, into: &span)
    #expect(try memory == scorer.scores(of: rows))
  }

  @Test("an empty batch has no scores; rows and memory of a wrong length are typed errors")
  func lengths() throws {
    var scorer = try Scorer(Example.model(inputs: 6, layers: [(3, .softmax)]))
    #expect(try scorer.scores(of: [UInt8]()).isEmpty)
    #expect(try scorer.scores(of: [Float]()).isEmpty)
    func code(_ rows: Int, _ scores: Int) -> InferenceError? {
      var memory = [Float](repeating: 0, count: scores)
      var span = memory.mutableSpan
      do {
        try scorer.score([UInt8](repeating: 0, count: rows).span, into: &span)
        return nil
      } catch {
        return error
      }
    }
    #expect(code(12, 6) == nil)
    #expect(code(13, 6)?.code == .wrongInput)
    #expect(code(5, 0)?.message.contains("a row of this model has 6") == true)
    #expect(code(12, 5)?.code == .wrongOutput)
    #expect(code(12, 7)?.message.contains("2 rows of 3 outputs need 6") == true)
    #expect(code(0, 1)?.code == .wrongOutput)
    #expect(throws: InferenceError.self) { try scorer.scores(of: [Float](repeating: 0, count: 7)) }
  }

  @Test("NaN and infinities in a row give NaN there, the one quiet NaN, and never reach another row")
  func notANumber() throws {
    let model = try Example.model(inputs: 40, layers: [(21, .relu), (9, .tanh), (4, .softmax)])
    let rows = (0..<70 * 40).map { Float($0 % 251) }
    for set in Self.sets {
      var scorer = Scorer(try PackedModel(model, instructionSet: set))
      let clean = try scorer.scores(of: rows).map(\.bitPattern)
      for bad in [0, 1, 7, 8, 33, 63, 64, 69] {
        for value in [Float.nan, -.nan, .signalingNaN] {
          var dirty = rows
          dirty[bad * 40 + bad % 40] = value
          let found = try scorer.scores(of: dirty).map(\.bitPattern)
          for row in 0..<70 {
            let expected = row == bad ? [UInt32](repeating: 0x7fc0_0000, count: 4) : Array(clean[row * 4..<row * 4 + 4])
            #expect(Array(found[row * 4..<row * 4 + 4]) == expected, "row \(row), NaN in row \(bad), \(set)")
          }
        }
        var infinite = rows
        infinite[bad * 40] = .infinity
        let found = try scorer.scores(of: infinite).map(\.bitPattern)
        #expect(found.indices.allSatisfy { $0 / 4 == bad || found[$0] == clean[$0] })
      }
    }
  }

  @Test("two scorers on one packed model, on two threads, give the same bits")
  func threads() async throws {
    let packed = try PackedModel(Example.model(inputs: 100, layers: [(30, .sigmoid), (3, .softmax)]))
    var random = RandomNumbers(seed: 3)
    let rows = random.bytes(100 * 100)
    @Sendable func score() throws -> [UInt32] {
      var scorer = Scorer(packed)
      return try scorer.scores(of: rows).map(\.bitPattern)
    }
    let expected = try score()
    try await withThrowingTaskGroup(of: [UInt32].self) { group in
      for _ in 0..<8 { group.addTask { try score() } }
      for try await found in group { #expect(found == expected) }
    }
  }

  @Test("1 to 8 threads give the same bits for every batch, and a number of threads that cannot be is an error")
  func threads() throws {
    // As large as it takes for a batch to be shared.
    let model = try Example.model(inputs: 1000, layers: [(100, .relu), (20, .tanh), (3, .softmax)])
    var random = RandomNumbers(seed: 10)
    let rows = random.bytes(300 * 1000)
    let packed = try PackedModel(model)
    let reference = try Self.scores(model, rows, on: packed.instructionSet)
    for threads in 1...8 {
      var scorer = try Scorer(packed, threads: threads)
      for count in [1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 299, 300] {
        let found = try scorer.scores(of: Array(rows.prefix(count * 1000))).map(\.bitPattern)
        #expect(found == Array(reference.prefix(count * 3)), "a batch of \(count) on \(threads) threads")
      }
    }
    for threads in [-1, 0, 1025, Int.max] {
      #expect(throws: InferenceError.self) { _ = try Scorer(packed, threads: threads).packed }
    }
  }
}
