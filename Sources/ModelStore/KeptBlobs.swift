import GRDB

/// The bytes of blobs that others are differences from, for who reads many blobs: each is decoded once, where a chain would be decoded
/// anew for each blob that stands upon it.
///
/// What is kept was checked against its digest, so that it takes the place of what the store says.
final class KeptBlobs {
  /// Raw bytes that are kept, at most.
  private let capacity: Int
  private var bytes: [String: [UInt8]] = [:]
  /// What is kept, the oldest first.
  private var order: [String] = []
  private var size = 0

  init(capacity: Int) { self.capacity = capacity }

  /// Writes the last blob of a chain that is kept, all of the same size, into an output of that size.
  ///
  /// - Returns: the index of the first blob of the chain that is still to be decoded.
  func restore(_ chain: [BlobStorage.Header], into output: UnsafeMutableRawBufferPointer) -> Int {
    for (index, link) in chain.enumerated().reversed() {
      guard let kept = bytes[link.sha256], kept.count == output.count else { continue }
      unsafe output.copyBytes(from: kept)
      return index + 1
    }
    return 0
  }

  /// Keeps the bytes of a blob whose digest was checked, if another blob is a difference from it. The oldest make room.
  func keep(_ raw: UnsafeMutableRawBufferPointer, _ sha256: String, in database: Database) throws {
    guard raw.count <= capacity, bytes[sha256] == nil, try BlobStorage.isBase(sha256, in: database) else { return }
    bytes[sha256] = unsafe Array(raw)
    order.append(sha256)
    size += raw.count
    while size > capacity {
      size -= bytes.removeValue(forKey: order.removeFirst())?.count ?? 0
    }
  }
}
