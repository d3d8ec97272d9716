import Foundation
import GRDB
import Synchronization

/// The work of one ``ModelStore/verify(_:trustedKeys:threads:progress:)`` of a whole store, on several threads with a connection each.
///
/// Reports are put together in the order of the jobs, so that neither the number of threads nor their pace shows.
struct VerificationJobs {
  /// What one thread does at a time.
  enum Job {
    case database
    /// Versions by their row ids.
    case versions([Int])
    /// Blobs by their digests.
    case blobs([String])
    case ledger
    /// Checkpoints and sweeps.
    case training
  }

  let store: ModelStore
  let threads: Int
  let checks: BlobChecks
  /// Whether the store's own connection stays free: who is told of the progress may ask the store something.
  let sparesStore: Bool

  /// Raw bytes of blobs that are kept for what is a difference from them.
  private let kept = KeptBlobs(capacity: 1 << 28)

  /// Does all jobs, and gives what they found, in their order.
  func run(_ jobs: [Job]) throws(StoreError) -> [VerificationReport] {
    struct State {
      var next = 0
      var reports: [Int: VerificationReport] = [:]
      var error: StoreError?
    }
    let state = Mutex(State())
    let workers = max(1, min(threads, jobs.count))
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      func take() -> Int? {
        state.withLock { state in
          guard state.next < jobs.count, state.error == nil else { return nil }
          defer { state.next += 1 }
          return state.next
        }
      }
      // Where there are fewer cores than threads, all may be done before the last ones begin: these need no connection.
      guard var next = take() else { return }
      do throws(StoreError) {
        var verification = Verification(
          store: worker == 0 && !sparesStore ? store : try store.anotherReader(), checks: checks, kept: kept)
        while true {
          verification.report = VerificationReport()
          try verification.perform(jobs[next])
          let report = verification.report
          state.withLock { $0.reports[next] = report }
          guard let following = take() else { return }
          next = following
        }
      } catch {
        state.withLock { $0.error = $0.error ?? error }
      }
    }
    let end = state.withLock { $0 }
    if let error = end.error { throw error }
    return jobs.indices.compactMap { end.reports[$0] }
  }

  /// Parts of a list for the threads to take one after the other: small enough that they end together, large enough that what follows
  /// one from the other is mostly in one hand.
  func parts<Element>(of list: [Element]) -> [[Element]] {
    let size = max(1, min(32, list.count / (4 * threads)))
    return stride(from: 0, to: list.count, by: size).map { Array(list[$0..<min($0 + size, list.count)]) }
  }
}

extension Verification {
  mutating func perform(_ job: VerificationJobs.Job) throws(StoreError) {
    switch job {
    case .database: try checkDatabase()
    case .versions(let ids): for id in ids { try checkVersion(id: id) }
    case .blobs(let digests): for digest in digests { try checkBlob(digest) }
    case .training:
      try checkCheckpoints()
      try checkSweeps()
    case .ledger: try inTransaction { verification throws(StoreError) in try verification.checkLedger() }
    }
  }
}
