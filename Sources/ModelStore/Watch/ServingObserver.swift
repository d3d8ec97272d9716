import Dispatch
import Foundation
import GRDB
import Inference

/// Looks at a store for what of a model is in service, and remembers what it last reported.
final class ServingObserver: Sendable {
  private let path: String
  private let model: String
  /// SQLite may wait for a lock; no thread of the concurrency pool waits with it. It also guards the state.
  private let queue = DispatchQueue(label: "nnscore.watch")
  private let state = State()

  private final class State: @unchecked Sendable {
    var store: ModelStore?
    /// Which file the store is open on: a store may be replaced by another file of its name.
    var file: FileIdentity?
    /// What `PRAGMA data_version` last said; another number means that somebody committed.
    var dataVersion: Int?
    /// The entry of the ledger that was last reported, by its hash: a store that was restored has other entries of the same numbers.
    var reported: (hash: String, isRetired: Bool)?
    var failure: String?
  }

  private struct FileIdentity: Equatable {
    let device: Int
    let number: Int
  }

  init(path: String, model: String) {
    self.path = path
    self.model = model
  }

  /// What is new since the last look, or nil.
  func look() async -> ServingUpdate? {
    await withCheckedContinuation { continuation in
      queue.async { [self] in continuation.resume(returning: lookNow()) }
    }
  }

  private func lookNow() -> ServingUpdate? {
    do {
      let update = try newUpdate()
      if update != nil { state.failure = nil }
      return update
    } catch {
      // What fails its checks will do so until somebody commits; what the system refuses may go well at the next look.
      if ![.damaged, .goldenMismatch, .notTrusted].contains(error.code) { state.dataVersion = nil }
      // Reported once, not at every look.
      guard state.failure != error.message else { return nil }
      state.failure = error.message
      return .failed(error)
    }
  }

  private func newUpdate() throws(StoreError) -> ServingUpdate? {
    let store = try openStore()
    let dataVersion = try store.dataVersion()
    guard dataVersion != state.dataVersion else { return nil }
    state.dataVersion = dataVersion
    guard let entry = try store.servingEntry(of: model), entry.hash != state.reported?.hash else { return nil }
    guard let version = entry.version else {
      let wasServing = state.reported.map { !$0.isRetired } ?? false
      state.reported = (entry.hash, true)
      return wasServing ? .retired : nil
    }
    let loaded = try store.verifiedModel(Reference(model: model, .number(version)))
    state.reported = (entry.hash, false)
    return .serving(loaded)
  }

  private func openStore() throws(StoreError) -> ModelStore {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let file = attributes.flatMap { attributes -> FileIdentity? in
      guard let device = attributes[.systemNumber] as? Int, let number = attributes[.systemFileNumber] as? Int else {
        return nil
      }
      return FileIdentity(device: device, number: number)
    }
    if let store = state.store, let file, file == state.file { return store }
    state.store = nil
    state.dataVersion = nil
    let store = try ModelStore(path: path)
    state.store = store
    state.file = file
    return store
  }
}

extension ModelStore {
  /// A number that changes when another connection commits.
  fileprivate func dataVersion() throws(StoreError) -> Int {
    try read { try Row.fetchOne($0, sql: "PRAGMA data_version")?.integer(0) ?? 0 }
  }

  /// The entry that says what is in service, checked against its hash; nil where nothing ever was, or there is no such model.
  fileprivate func servingEntry(of model: String) throws(StoreError) -> LedgerEntry? {
    try read { try LedgerEntry.fetchCheckedServing(model, in: $0) }
  }

  /// A version with every check that a promote makes.
  fileprivate func verifiedModel(_ reference: Reference) throws(StoreError) -> Model {
    try read { try Self.serviceable(id: Self.resolve(reference, in: $0), in: $0) }
  }
}
