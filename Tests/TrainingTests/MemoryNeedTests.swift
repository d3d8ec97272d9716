import Inference
import Testing

@testable import Training

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

  @Test("Rows are arranged where a narrow first layer has them for many steps, and the memory is there and little")
  func arrangedRows() throws {
    func arranges(
      _ examples: Int = 100, hidden: Int = 48, iterations: Int = 8, available: Int? = nil
    ) throws -> Bool {
      try plan(hidden: [hidden], examples: examples, iterations: iterations).arrangesRows(available: available)
    }
    #expect(try arranges())
    #expect(try !arranges(hidden: 49))
    #expect(try !arranges(iterations: 7))
    // Columns of 112 rows (in sixteens), 1,000 of them, and lines of 960 bytes.
    let memory = 112 * 1000 + 100 * 960
    #expect(try arranges(available: 8 * memory))
    #expect(try !arranges(available: 8 * memory - 1))
    #expect(try arranges(17_104))
    #expect(try !arranges(17_136))
    #expect(ArrangedRows.memory(rows: 1 << 40, features: 1 << 22) == .max)
  }

  @Test("What is available is known on Linux")
  func available() throws {
    let bytes = try #require(MemoryNeed.available())
    #expect(bytes > 1 << 20)
  }
}
