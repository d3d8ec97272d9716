import Inference
import Testing

@Suite("Instruction sets")
struct InstructionSetTests {
  @Test("the portable kernels and the best ones are there on every machine")
  func portableAndBest() {
    #expect(InstructionSet.portable.isSupported)
    #expect(InstructionSet.best.isSupported)
  }
}
