import Foundation
import Testing

@testable import Inference

/// Drawn networks against Fixtures/bits.txt, which the debug and the release build, the C program of Tests/SameBits on each
/// instruction set and processor, and the Embedded Swift build give as well: see Scripts/same-bits and Scripts/embedded-proof.
@Suite("The same bits everywhere")
struct SameBitsTests {
  private static let sets = InstructionSet.allCases.filter(\.isSupported)

  private static func digest(_ scores: [Float]) -> String {
    let bytes = scores.littleEndianBytes
    return String(decoding: ModelFile.hexadecimal(bytes.span.withRegion { $0.checksum(masking: 0..<0) }), as: UTF8.self)
  }

  @Test("Networks drawn from 96 seeds, of floats and in 8 bits, have the digests on file", arguments: sets)
  func digests(_ set: InstructionSet) throws {
    let lines = try Fixture.lines("bits.txt").filter { $0.hasPrefix("network") }.map { $0.split(separator: " ") }
    #expect(lines.count == 192)
    for words in lines {
      let drawn = try DrawnNetwork(seed: try #require(UInt64(words[1])), rows: 40)
      let model = words[0] == "network" ? drawn.model : drawn.quantized
      let widths = [model.architecture.inputs] + model.architecture.layers.map(\.outputs)
      #expect(widths.map(String.init).joined(separator: "-") == words[2], "seed \(words[1])")
      var scorer = Scorer(try PackedModel(model, instructionSet: set))
      let found = try Self.digest(scorer.scores(of: drawn.bytes) + scorer.scores(of: drawn.floats))
      #expect(found == words[3], "\(words[0]) \(words[1]) on \(set)")
    }
  }

  @Test("Drawn networks give the same bits for batches of 1 to 300, each split of them, on 1 to 16 threads")
  func batches() throws {
    var random = RandomNumbers(seed: 45)
    // Networks with work enough for a batch to be shared among threads, and a narrow one that is not shared.
    for seed: UInt64 in [25, 39, 62] {
      let drawn = try DrawnNetwork(seed: seed, rows: 300)
      for model in [drawn.model, drawn.quantized] {
        let (inputs, outputs) = (model.architecture.inputs, model.architecture.outputs)
        let packed = try PackedModel(model)
        var single = Scorer(packed)
        let reference = try single.scores(of: drawn.floats).map(\.bitPattern)
        for threads in Array(1...8) + [10, 16] {
          var scorer = try Scorer(packed, threads: threads)
          // What a debug build has time for; the C program of Tests/SameBits does them all.
          for split in (1...300).shuffled(using: &random).prefix(3) + [300] {
            let first = try scorer.scores(of: Array(drawn.floats.prefix(split * inputs)))
            let second = try scorer.scores(of: Array(drawn.floats.dropFirst(split * inputs)))
            #expect(
              (first + second).map(\.bitPattern) == reference, "network \(seed) split at \(split), \(threads) threads")
            #expect(first.count == split * outputs)
          }
        }
      }
    }
  }
}
