import Testing

@testable import Inference

@Suite("Instruction sets")
struct InstructionSetTests {
  @Test("the portable kernels and the best ones are there on every machine")
  func portableAndBest() {
    #expect(InstructionSet.portable.isSupported)
    #expect(InstructionSet.best.isSupported)
  }

  @Test("one that this processor lacks is a typed error that names what it has")
  func unsupported() throws {
    let lacking = try #require(InstructionSet.allCases.first { !$0.isSupported })
    do {
      _ = try PackedModel(Example.model(), instructionSet: lacking)
      Issue.record("accepted")
    } catch let error as InferenceError {
      #expect(error.code == .unsupportedInstructionSet)
      #expect(error.message.contains("\(lacking.name)") && error.message.contains("portable"))
    }
  }

  // Setting a variable while other tests read theirs is a race, so Scripts/embedded-proof tests NNSCORE_ISA by processes.
  @Test("each name gives its set")
  func names() throws {
    for set in InstructionSet.allCases where set.isSupported {
      #expect(try InstructionSet.named(set.name.bytes) == set)
      #expect(try PackedModel(Example.model(), instructionSet: set).instructionSet == set)
    }
  }

  @Test("names are read as bytes: an unknown one is refused with the list of those that are known")
  func unknownName() {
    for name in ["avx", "AVX2", " avx2", "sse"] {
      do {
        _ = try InstructionSet.named([UInt8](name.utf8))
        Issue.record("accepted \(name)")
      } catch {
        #expect(error.code == .unsupportedInstructionSet)
        #expect(error.message.contains("\"\(name)\"") && error.message.contains("portable, avx2, avx512 or neon"))
      }
    }
  }
}
