internal import Dispatch

/// A run in the background: an asynchronous sequence of its progress, and its result.
///
///     let task = trainer.start()
///     for try await progress in task { print(progress.iteration, progress.cost) }
///     let result = try await task.result
///
/// The sequence ends with the run. Whoever reads it more slowly than iterations are made gets the newest progress and misses what was
/// before: the run never waits. Cancelling the task that reads it, or ``cancel()``, ends the run after the iteration it is in.
public struct TrainingTask: AsyncSequence, Sendable {
  /// What a reader gets.
  public typealias Element = TrainingProgress
  /// How a reader gets it.
  public typealias AsyncIterator = AsyncThrowingStream<TrainingProgress, any Error>.Iterator

  private let stream: AsyncThrowingStream<TrainingProgress, any Error>
  private let task: Task<TrainingResult, any Error>
  private let cancellation: Cancellation

  init(
    _ trainer: Trainer, resuming checkpoint: TrainingCheckpoint?, interval: Duration?,
    save: (@Sendable (TrainingCheckpoint) -> Void)?
  ) {
    let cancellation = Cancellation()
    let (stream, continuation) = AsyncThrowingStream<TrainingProgress, any Error>.makeStream(
      bufferingPolicy: .bufferingNewest(1))
    continuation.onTermination = { reason in
      if case .cancelled = reason { cancellation.cancel() }
    }
    self.cancellation = cancellation
    self.stream = stream
    task = Task {
      try await withCheckedThrowingContinuation { done in
        // A queue of its own has a thread of its own: the global ones share theirs, one a processor, with the concurrency runtime, whose
        // tasks would have to wait for the end of the run.
        DispatchQueue(label: "training").async {
          do throws(TrainingError) {
            let result = try trainer.run(
              resuming: checkpoint, cancellation: cancellation,
              checkpoints: save.map { CheckpointPolicy(every: interval, save: $0) }
            ) { continuation.yield($0) }
            continuation.finish()
            done.resume(returning: result)
          } catch {
            continuation.finish(throwing: error)
            done.resume(throwing: error)
          }
        }
      }
    }
  }

  /// Reads the progress; there is one reader.
  public func makeAsyncIterator() -> AsyncIterator { stream.makeAsyncIterator() }

  /// What the run ends with; waits for it.
  ///
  /// - Throws: what ``Trainer/run(resuming:cancellation:checkpoints:progress:)`` throws.
  public var result: TrainingResult {
    get async throws { try await task.value }
  }

  /// Ends the run after the iteration it is in.
  public func cancel() { cancellation.cancel() }
}

extension Trainer {
  /// Begins a run in the background.
  ///
  /// - Parameters:
  ///   - checkpoint: where to go on from; nil to begin.
  ///   - interval: the time from one checkpoint to the next; nil for none but when the run is cancelled.
  ///   - save: keeps a checkpoint; called on the thread that trains. Nil for no checkpoints.
  public func start(
    resuming checkpoint: TrainingCheckpoint? = nil, checkpointEvery interval: Duration? = nil,
    save: (@Sendable (TrainingCheckpoint) -> Void)? = nil
  ) -> TrainingTask {
    TrainingTask(self, resuming: checkpoint, interval: interval, save: save)
  }
}
