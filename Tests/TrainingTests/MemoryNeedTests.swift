import Inference
import Testing
import Training

@Suite("Memory is counted before it is allocated")
struct MemoryNeedTests {
  private func plan(
    hidden: [Int] = [50], examples: Int, iterations: Int = 10, precision: Precision = .float32
  ) throws -> TrainingPlan {
    let architecture = try Architecture(inputs: 1000, hidden: hidden, activation: .relu, classCount: 3)
    return try TrainingPlan(
      architecture, Hyperparameters(hidden: hidden, iterations: iterations, precision: precision), count: examples)
  }

  private func need(_ plan: TrainingPlan) -> MemoryNeed {
    MemoryNeed(plan, hasValidation: false, isInMemory: true, threads: 2)
  }

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
    // 2⁴⁸ weights: parameters, gradients, and the result three times, at 4 bytes: 5 PiB.
    #expect(error?.message.contains("needs 5.0 PiB") == true)
  }

  @Test("The deepest and widest network there can be is counted without overflow")
  func deepest() throws {
    #expect(try refused([Int](repeating: 16_777_216, count: 1023))?.code == .notEnoughMemory)
  }

  @Test("So is a cost history of more iterations than fit", arguments: [Int(UInt32.max)])
  func history(_ iterations: Int) throws {
    let plan = try plan(examples: 10, iterations: iterations)
    #expect(need(plan).bytes > iterations * 8)
    #expect(trainingError { try need(plan).require(available: 1 << 30) }?.message.contains("fewer iterations") == true)
  }

  @Test("The refusal says what is needed and what there is")
  func message() throws {
    let need = need(try plan(hidden: [1000], examples: 100))
    try need.require(available: need.bytes)
    try need.require(available: nil)
    let error = trainingError { try need.require(available: 3 << 20) }
    #expect(error?.code == .notEnoughMemory)
    #expect(error?.message.contains("; 3.0 MiB are available") == true)
  }

  @Test("Double needs more than Float, more examples more than few")
  func grows() throws {
    func bytes(_ examples: Int, _ precision: Precision = .float32) throws -> Int {
      need(try plan(examples: examples, precision: precision)).bytes
    }
    #expect(try bytes(100, .float64) > bytes(100))
    // Activations are kept of a chunk only; per example there are the targets of 3 outputs and a factor in 4 bytes, 16 bytes of what
    // came out, and as many of the epoch's order and results.
    #expect(try bytes(2000) - bytes(1000) == 1000 * (3 * 4 + 4 + 16 + 16))
  }

  @Test("Rows that a narrow first layer arranges for many steps are counted, and left as they are where they are many")
  func arrangedRows() throws {
    /// What eight steps need more than seven.
    func more(_ examples: Int, hidden: Int) throws -> Int {
      func bytes(_ iterations: Int) throws -> Int {
        need(try plan(hidden: [hidden], examples: examples, iterations: iterations)).bytes
      }
      return try bytes(8) - bytes(7)
    }
    let usual = try more(100, hidden: 49)
    // Columns of 112 rows (in sixteens), 1,000 of them, and lines of 1,024 bytes.
    #expect(try more(100, hidden: 48) - usual == 112 * 1000 + 100 * 1024)
    #expect(try more(33_554, hidden: 48) > 1 << 25)
    #expect(try more(33_555, hidden: 48) == usual)
  }

  @Test("What is available is known on Linux")
  func available() throws {
    let bytes = try #require(MemoryNeed.available())
    #expect(bytes > 1 << 20)
  }
}
