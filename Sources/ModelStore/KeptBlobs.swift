import GRDB
import Synchronization

/// The bytes of blobs that others are differences from, for who reads many blobs: each is decoded once, where a chain would be decoded
/// anew for each blob that stands upon it. Threads may share it.
///
/// What is kept was checked against its digest, so that it takes the place of what the store says.
final class KeptBlobs: Sendable {
  private struct State {
    var bytes: [String: [UInt8]] = [:]
    /// What is kept, the oldest first.
    var order: [String] = []
    var size = 0
  }

  /// Raw bytes that are kept, at most.
  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) { self.capacity = capacity }

  /// Writes the last blob of a chain that is kept, all of the same size, into an output of that size.
  ///
  /// - Returns: the index of the first blob of the chain that is still to be decoded.
  func restore(_ chain: [BlobStorage.Header], into output: UnsafeMutableRawBufferPointer) -> Int {
    let found = state.withLock { state -> (bytes: [UInt8], index: Int)? in
      for index in chain.indices.reversed() {
        if let bytes = state.bytes[chain[index].sha256] { return (bytes, index) }
      }
      return nil
    }
    // Copied by each thread for itself, while others go on.
    guard let found, found.bytes.count == output.count else { return 0 }
    unsafe output.copyBytes(from: found.bytes)
    return found.index + 1
  }

  /// Keeps the bytes of a blob whose digest was checked, if another blob is a difference from it. The oldest make room.
  func keep(_ raw: UnsafeMutableRawBufferPointer, _ sha256: String, in database: Database) throws {
    guard raw.count <= capacity, !state.withLock({ $0.bytes.keys.contains(sha256) }),
      try BlobStorage.isBase(sha256, in: database)
    else { return }
    let bytes = unsafe Array(raw)
    state.withLock { state in
      guard state.bytes.updateValue(bytes, forKey: sha256) == nil else { return }
      state.order.append(sha256)
      state.size += bytes.count
      while state.size > capacity {
        state.size -= state.bytes.removeValue(forKey: state.order.removeFirst())?.count ?? 0
      }
    }
  }
}
