internal import Synchronization

/// Ends a training run from another thread or task: the run then throws ``TrainingError/Code/cancelled`` after the step it is in.
///
/// A run that is called within a `Task` also ends when that task is cancelled.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  /// A token that is not cancelled.
  public init() {}

  /// Asks the run to end. It may be called any number of times, from any thread.
  public func cancel() {
    flag.store(true, ordering: .relaxed)
  }

  /// Whether ``cancel()`` was called.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}
