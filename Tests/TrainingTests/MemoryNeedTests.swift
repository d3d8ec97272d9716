import Inference
import Testing
import Training

@Suite("Memory is counted before it is allocated")
struct MemoryNeedTests {
  private func refused(_ hidden: [Int], iterations: Int = 1) throws -> TrainingError? {
    let data = try syntheticData(count: 10, features: 12, classes: 2, seed: 1)
    return trainingError {
      _ = try Trainer(
        Hyperparameters(hidden: hidden, iterations: iterations),
        inputFormat: InputFormat(height: 1, width: 12, channels: 1), data: data)
    }
  }

  @Test("A network that no machine holds is refused with what it would need")
  func tooLarge() throws {
    let error = try refused([16_777_216, 16_777_216])
    #expect(error?.code == .notEnoughMemory)
    // 2⁴⁸ weights: parameters, gradients, packed both ways, and the result three times, at 4 bytes: 7 PiB.
    #expect(error?.message.contains("needs 7.0 PiB") == true)
  }

  @Test("The deepest and widest network there can be is counted without overflow")
  func deepest() throws {
    #expect(try refused([Int](repeating: 16_777_216, count: 1023))?.code == .notEnoughMemory)
  }

  @Test("So is a cost history of more iterations than fit", arguments: [1 << 50, Int.max])
  func history(_ iterations: Int) throws {
    #expect(try refused([], iterations: iterations)?.code == .notEnoughMemory)
  }

  @Test("The refusal says what is needed and what there is")
  func message() throws {
    let architecture = try Architecture(inputs: 1000, hidden: [1000], activation: .relu, classCount: 2)
    let need = MemoryNeed(architecture, examples: 100, precision: .float32, iterations: 10, threads: 2)
    try need.require(available: need.bytes)
    try need.require(available: nil)
    let error = trainingError { try need.require(available: 3 << 20) }
    #expect(error?.code == .notEnoughMemory)
    #expect(error?.message.contains("; 3.0 MiB are available") == true)
  }

  @Test("Double needs more than Float, more examples more than few")
  func grows() throws {
    let architecture = try Architecture(inputs: 500, hidden: [50], activation: .relu, classCount: 3)
    func bytes(_ examples: Int, _ precision: Precision) -> Int {
      MemoryNeed(architecture, examples: examples, precision: precision, iterations: 10, threads: 1).bytes
    }
    #expect(bytes(100, .float64) > bytes(100, .float32))
    // Per example: activations and deltas of 53 units in 4 bytes, a label and a loss.
    #expect(bytes(1100, .float32) - bytes(100, .float32) == 1000 * (53 * 8 + 12))
  }

  @Test("What is available is known on Linux")
  func available() throws {
    let bytes = try #require(MemoryNeed.available())
    #expect(bytes > 1 << 20)
  }
}
