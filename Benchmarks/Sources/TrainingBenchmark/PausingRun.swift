import Foundation
import Synchronization
import Training

/// A run that stands still until somebody wants some more of its steps.
///
/// What is timed is the run as a user has it, from one call of its progress to the same of a later step: all that a step does, the
/// record of its cost, the order of a new epoch and the measurements after one.
final class PausingRun: Sendable {
  private struct State {
    var left = 0
    var began = ContinuousClock.now
    var seconds = 0.0
    var error: (any Error)?
  }

  private let state = Mutex(State())
  private let wanted = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)

  init(_ trainer: Trainer) {
    Thread.detachNewThread { [self] in
      do {
        _ = try trainer.run { _ in stepBegan() }
        state.withLock { $0.error = Ended() }
      } catch {
        state.withLock { $0.error = error }
      }
      done.signal()
    }
  }

  /// The seconds that some more steps take.
  func seconds(ofSteps count: Int) throws -> Double {
    state.withLock { $0.left = count }
    wanted.signal()
    done.wait()
    return try state.withLock { state in
      if let error = state.error { throw error }
      return state.seconds
    }
  }

  private func stepBegan() {
    let left = state.withLock { state in
      if state.left > 0 {
        state.left -= 1
        if state.left == 0 {
          state.seconds = (ContinuousClock.now - state.began) / .seconds(1)
          done.signal()
        }
      }
      return state.left
    }
    guard left == 0 else { return }
    wanted.wait()
    state.withLock { $0.began = .now }
  }

  /// A run that has no more steps.
  private struct Ended: Error {}
}
