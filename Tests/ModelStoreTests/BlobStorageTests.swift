import GRDB
import Testing

@testable import ModelStore

/// Blobs of many chunks, which several threads decode and hash.
@Suite struct BlobStorageTests {
  /// Runs a body in a new store, and takes back what it did.
  static func withStore(_ body: (Database) throws -> Void) throws {
    let scratch = try Scratch()
    _ = try ModelStore(path: scratch.store, mode: .create)
    try DatabaseQueue(path: scratch.store).inDatabase { database in
      try database.inSavepoint {
        try body(database)
        return .rollback
      }
    }
  }

  /// Weights as they are drawn before training, so that some planes are codes and others stored.
  static func floats(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed)
    return (0..<count).map { _ in
      (0..<4).reduce(Float(0)) { sum, _ in sum + .random(in: -0.1...0.1, using: &generator) }
    }
  }

  static func source(_ floats: [Float]) -> BlobStorage.Source { BlobStorage.Source(.floats(floats), elementSize: 4) }

  @Test("Blobs of any number of chunks come back bit for bit, more of them at once than are decoded together")
  func roundTrip() throws {
    try Self.withStore { database in
      let chunk = PlaneCodec.chunkSize / 4
      let counts = [0, 1, chunk - 1, chunk, chunk + 1, 5 * chunk + 17] + Array(repeating: 1000, count: 20)
      let blobs = counts.enumerated().map { Self.floats($1, seed: UInt64($0)) }
      let sources = blobs.map(Self.source)
      for encoded in try BlobStorage.encode(sources) { try BlobStorage.insert(encoded, in: database) }
      let loaded = try BlobStorage.loadNumbers(
        Float.self, sources.map { ($0.sha256, $0.bytes.count / 4) }, in: database)
      #expect(loaded == blobs)
      for (source, floats) in zip(sources, blobs) {
        #expect(try BlobStorage.load(source.sha256, rawSize: nil, in: database) == LittleEndian.bytes(of: floats))
      }
      #expect(try BlobStorage.header(sources[5].sha256, in: database)?.chunkCount == 6)
    }
  }

  @Test(
    "A chain comes back bit for bit whatever the sizes of its links' chunks",
    arguments: [[4096, 4096, 4096], [4096, 1024, 4096], [8, 1 << 23, 20_000], [1 << 18, 1 << 18, 1 << 18]])
  func chains(chunkSizes: [Int]) throws {
    try Self.withStore { database in
      var floats = Self.floats(12_345, seed: 3)
      var base: BlobStorage.Base?
      for (depth, chunkSize) in chunkSizes.enumerated() {
        for index in stride(from: depth, to: floats.count, by: 7) { floats[index] *= 1.001 }
        let bytes = LittleEndian.bytes(of: floats)
        let source = BlobStorage.Source(.floats(floats), elementSize: 4, base: base)
        let encoded = try #require(try BlobStorage.encode([source], chunkSize: chunkSize).first)
        #expect((encoded.difference == nil) == (depth == 0 || chunkSize == 8))
        try BlobStorage.insert(encoded, in: database)
        #expect(try BlobStorage.load(source.sha256, rawSize: bytes.count, in: database) == bytes)
        #expect(try BlobStorage.loadNumbers(Float.self, [(source.sha256, floats.count)], in: database) == [floats])
        let stored = try #require(try BlobStorage.header(source.sha256, in: database)).depth
        base = BlobStorage.Base(sha256: source.sha256, elementSize: 4, depth: stored, bytes: bytes)
      }
    }
  }

  @Test("Of many blobs, the first that is damaged is named, with the chunk that is at fault")
  func damage() throws {
    try Self.withStore { database in
      let sources = (0..<20).map { Self.source(Self.floats(20_000, seed: UInt64($0))) }
      var encoded = try BlobStorage.encode(sources, chunkSize: 4096)
      encoded[17] = encoded[17].with { $0[9][$0[9].count - 1] ^= 1 }
      encoded[18] = encoded[18].with { $0[0] = [] }
      encoded[19] = encoded[19].with { $0.removeLast() }
      for blob in encoded { try BlobStorage.insert(blob, in: database) }
      func failure(_ indices: [Int]) throws -> BlobStorage.Failure? {
        do {
          _ = try BlobStorage.loadNumbers(Float.self, indices.map { (sources[$0].sha256, 20_000) }, in: database)
          return nil
        } catch let failure as BlobStorage.Failure {
          return failure
        }
      }
      #expect(try failure(Array(0..<17)) == nil)
      let first = try #require(try failure(Array(0..<19)))
      #expect(first.index == 17)
      #expect(first.error.message.contains(sources[17].sha256))
      #expect(first.error.message.contains("chunk 9: plane 3, expected 1024 bytes"))
      let second = try #require(try failure([3, 18]))
      #expect(second.index == 1)
      #expect(second.error.message.contains("chunk 0: expected at least 16 bytes, found 0"))
      let third = try #require(try failure([1, 2, 19, 17]))
      #expect(third.index == 2)
      #expect(third.error.message.contains("80000 bytes in chunks of 4096 are 20 of them; found 19"))
    }
  }

  @Test("Bytes of another digest are named, though every chunk decodes")
  func otherBytes() throws {
    try Self.withStore { database in
      let source = Self.source(Self.floats(200_000, seed: 1))
      let other = BlobStorage.Source(source.bytes, sha256: String(repeating: "ab", count: 32), elementSize: 4)
      try BlobStorage.insert(BlobStorage.encode(other), in: database)
      let error = #expect(throws: StoreError.self) {
        try BlobStorage.load(other.sha256, rawSize: nil, in: database)
      }
      #expect(error?.code == .damaged)
      #expect(error?.message.contains("its bytes have the SHA-256 \(source.sha256)") == true)
    }
  }
}

extension BlobStorage.Encoded {
  fileprivate func with(_ change: (inout [[UInt8]]) -> Void) -> BlobStorage.Encoded {
    var chunks = chunks
    change(&chunks)
    return BlobStorage.Encoded(
      sha256: sha256, elementSize: elementSize, rawSize: rawSize, chunkSize: chunkSize, chunks: chunks)
  }
}
