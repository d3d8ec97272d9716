import Inference
import Testing
import Training

@Suite("Training in the background")
struct TrainingTaskTests {
  private static func trainer(iterations: Int) throws -> Trainer {
    let data = try syntheticData(count: 20, features: 12, classes: 2, seed: 1)
    return try Trainer(
      Hyperparameters(hidden: [5], iterations: iterations, seed: 1),
      inputFormat: InputFormat(height: 1, width: 12, channels: 1), data: data, threads: 1)
  }

  @Test("The sequence ends with the run, whose result is that of a run on this thread")
  func progress() async throws {
    let trainer = try Self.trainer(iterations: 300)
    let task = trainer.start()
    var last = -1
    for try await progress in task {
      #expect(progress.iteration > last)
      last = progress.iteration
    }
    #expect(last == 299)
    let result = try await task.result
    #expect(result.parameters == (try trainer.run().parameters))
  }

  @Test("It gives checkpoints, from one of which another goes on to the same parameters")
  func resumed() async throws {
    let trainer = try Self.trainer(iterations: 300)
    let (checkpoints, continuation) = AsyncStream<TrainingCheckpoint>.makeStream()
    let task = trainer.start(checkpointEvery: .zero) { if $0.iteration == 7 { continuation.yield($0) } }
    let whole = try await task.result
    continuation.finish()
    let first = await checkpoints.first { _ in true }
    let kept = try #require(first)
    let result = try await trainer.start(resuming: kept).result
    #expect(result.parameters == whole.parameters && result.costs == whole.costs)
  }

  @Test("It can be cancelled from outside, and by cancelling its reader", arguments: [true, false])
  func cancelled(_ outside: Bool) async throws {
    let task = try Self.trainer(iterations: 1_000_000_000 / 2).start()
    if outside {
      for try await progress in task where progress.iteration > 10 {
        task.cancel()
        break
      }
    } else {
      let reader = Task { for try await progress in task where progress.iteration > 10 { return } }
      try await reader.value
      let second = Task { for try await _ in task {} }
      second.cancel()
      _ = try? await second.value
    }
    let error = await #expect(throws: TrainingError.self) { try await task.result }
    #expect(error?.code == .cancelled)
  }
}
