import Testing

@testable import Inference

/// Every form of tile and strip, against the portable kernel, which is a plain loop.
@Suite("Forward propagation kernels")
struct ForwardTests {
  private static let sets = InstructionSet.allCases.filter { $0.isSupported && $0 != .portable }

  /// The scores of `count` rows as bytes and as floats, bit by bit.
  private static func bits(_ packed: PackedModel, _ rows: [UInt8]) throws -> [UInt64] {
    var scorer = Scorer(packed)
    let bytes = try scorer.scores(of: rows).map(\.bitPattern)
    let floats = try scorer.scores(of: rows.map { Float($0) }).map(\.bitPattern)
    #expect(bytes == floats || packed.sumsBytesExactly)
    return zip(bytes, floats).map { UInt64($0) << 32 | UInt64($1) }
  }

  @Test("Every width from 1 to 100 gives the portable kernel's bits, for few rows and many")
  func widths() throws {
    var random = RandomNumbers(seed: 41)
    for width in Array(1...100) + [127, 128, 129, 255, 256, 257, 300] {
      let inputs = 3 * Int.random(in: 1...200, using: &random)
      let model = try Example.model(inputs: inputs, layers: [(width, .relu), (width % 13 + 1, .tanh)])
      let rows = random.bytes(37 * inputs)
      let reference = try Self.bits(PackedModel(model, instructionSet: .portable), rows)
      for set in Self.sets {
        let packed = try PackedModel(model, instructionSet: set)
        for count in [1, 2, 3, 4, 5, 6, 7, 9, 12, 15, 16, 17, 22, 37] {
          let found = try Self.bits(packed, Array(rows.prefix(count * inputs)))
          #expect(
            found == Array(reference.prefix(count * (width % 13 + 1))), "\(inputs)-\(width), \(count) rows, \(set)")
        }
      }
    }
  }

  @Test("Inputs of every length around blocks of k give the portable kernel's bits")
  func lengths() throws {
    var random = RandomNumbers(seed: 42)
    for inputs in [1, 2, 3, 31, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 1279, 1280, 2048, 2049, 3072, 5000] {
      for width in [1, 3, 8, 11, 16, 20, 24, 33, 64, 70, 130] {
        let model = try Example.model(inputs: inputs, layers: [(width, .linear), (1, .sigmoid)])
        let rows = random.bytes(18 * inputs)
        let reference = try Self.bits(PackedModel(model, instructionSet: .portable), rows)
        for set in Self.sets {
          let packed = try PackedModel(model, instructionSet: set)
          for count in [1, 2, 18] {
            let found = try Self.bits(packed, Array(rows.prefix(count * inputs)))
            #expect(found == Array(reference.prefix(count)), "\(inputs)-\(width), \(count) rows, \(set)")
          }
        }
      }
    }
  }

  @Test("Batches of 1 to 300 and every split of them give the same bits")
  func batches() throws {
    let model = try Example.model(inputs: 70, layers: [(20, .relu), (7, .relu), (5, .tanh), (3, .softmax)])
    var random = RandomNumbers(seed: 43)
    let rows = random.bytes(300 * 70)
    let reference = try Self.bits(PackedModel(model, instructionSet: .portable), rows)
    for set in Self.sets {
      let packed = try PackedModel(model, instructionSet: set)
      for count in 1...300 {
        let first = try Self.bits(packed, Array(rows.prefix(count * 70)))
        let second = try Self.bits(packed, Array(rows.dropFirst(count * 70)))
        #expect(first + second == reference, "split at \(count), \(set)")
      }
    }
  }

  @Test("Wide layers, of more outputs than are taken at a time too, give the portable kernel's bits")
  func wideLayers() throws {
    var random = RandomNumbers(seed: 44)
    for width in [512, 700, 1030, 1056, 2048, 2079, 2080, 2081, 2600] {
      let model = try Example.model(inputs: 300, layers: [(width, .relu), (2, .softmax)])
      let rows = random.bytes(40 * 300)
      let reference = try Self.bits(PackedModel(model, instructionSet: .portable), rows)
      for set in Self.sets {
        let packed = try PackedModel(model, instructionSet: set)
        for count in [1, 3, 4, 5, 8, 11, 23, 28, 40] {
          let found = try Self.bits(packed, Array(rows.prefix(count * 300)))
          #expect(found == Array(reference.prefix(count * 2)), "300-\(width), \(count) rows, \(set)")
        }
        // More rows than go through the layers together.
        let many = try Self.bits(packed, (0..<15).flatMap { _ in rows })
        #expect(many == (0..<15).flatMap { _ in reference }, "300-\(width), 600 rows, \(set)")
      }
    }
  }
}
