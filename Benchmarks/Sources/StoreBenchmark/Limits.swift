import BenchmarkSide
import CInflate
import Crypto
import Foundation
import GRDB
import Synchronization

/// How fast the two things that `verify` cannot do without go by themselves on all cores: inflating the store's own streams, and
/// SHA-256 of as many bytes.
struct Limits {
  /// One zlib stream and how many bytes are in it.
  private struct Stream: Sendable {
    let bytes: Data
    let size: Int
  }

  /// The streams of each chunk.
  private let chunks: [[Stream]]
  private let rawSize: Int

  init(store: String) throws {
    let queue = try DatabaseQueue(path: store)
    let rows = try queue.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT bytes, element_size, min(chunk_size, raw_size - chunk_size * position)
          FROM chunks JOIN blobs USING (sha256)
          """)
    }
    var rawSize = 0
    chunks = rows.map { row in
      let bytes: Data = row[0]
      let elementSize: Int = row[1]
      let size: Int = row[2]
      rawSize += size
      var start = 4 * elementSize
      return (0..<elementSize).map { plane in
        let length = (0..<4).reduce(0) { $0 | Int(bytes[4 * plane + $1]) << (8 * $1) }
        defer { start += length }
        return Stream(bytes: Data(bytes[start..<start + length]), size: size / elementSize)
      }
    }
    self.rawSize = rawSize
  }

  func measure() throws -> [String: Double] {
    let chunks = self.chunks
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let isWrong = Atomic(false)
    // Memory that was used before, as a verification would have; each thread its own.
    let largest = chunks.map { $0.reduce(0) { $0 + $1.size } }.max() ?? 0
    func onAllCores(_ body: @Sendable (_ chunk: [Stream], _ memory: inout [UInt8]) -> Bool) -> Double {
      let next = Atomic(0)
      return ContinuousClock().measure {
        DispatchQueue.concurrentPerform(iterations: cores) { _ in
          var memory = [UInt8](repeating: 1, count: largest)
          while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < chunks.count else { return }
            if !body(chunks[index], &memory) { isWrong.store(true, ordering: .relaxed) }
          }
        }
      } / .seconds(1)
    }
    let inflate = onAllCores { chunk, memory in
      guard let decompressor = unsafe libdeflate_alloc_decompressor() else { return false }
      defer { unsafe libdeflate_free_decompressor(decompressor) }
      return chunk.allSatisfy { unsafe Self.inflate($0, into: &memory, with: decompressor) }
    }
    let hash = onAllCores { chunk, memory in
      let size = chunk.reduce(0) { $0 + $1.size }
      var hash = SHA256()
      unsafe memory.withUnsafeBytes { unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<size])) }
      return !hash.finalize().elementsEqual([0])
    }
    guard !isWrong.load(ordering: .relaxed) else { throw Misuse(command: "limits: a stream cannot be inflated") }
    return ["inflate": inflate, "hash": hash, "bytes": Double(rawSize), "cores": Double(cores)]
  }

  private static func inflate(
    _ stream: Stream, into memory: inout [UInt8], with decompressor: OpaquePointer
  ) -> Bool {
    unsafe memory.withUnsafeMutableBufferPointer { output in
      unsafe stream.bytes.withUnsafeBytes { input in
        unsafe libdeflate_zlib_decompress(
          decompressor, input.baseAddress, input.count, output.baseAddress, stream.size, nil) == LIBDEFLATE_SUCCESS
      }
    }
  }
}
