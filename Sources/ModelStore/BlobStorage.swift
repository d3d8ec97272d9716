import Foundation
import GRDB

/// Bytes in the store by their SHA-256, in the tables `blobs` and `chunks`.
enum BlobStorage {
  /// What the store says about a blob.
  struct Header {
    let sha256: String
    let elementSize: Int
    let rawSize: Int
    let chunkSize: Int
    let storedSize: Int
  }

  /// Bytes ready to be stored.
  struct Encoded {
    let sha256: String
    let elementSize: Int
    let rawSize: Int
    let chunks: [[UInt8]]
  }

  /// Encodes bytes whose digest is known.
  static func encode(_ bytes: Span<UInt8>, sha256: String, elementSize: Int) throws(PlaneCodec.Damage) -> Encoded {
    var chunks: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let end = min(start + PlaneCodec.maximumChunkSize, bytes.count)
      chunks.append(try PlaneCodec.encode(bytes.extracting(start..<end), elementSize: elementSize))
      start = end
    }
    return Encoded(sha256: sha256, elementSize: elementSize, rawSize: bytes.count, chunks: chunks)
  }

  /// Stores encoded bytes unless they are there already.
  static func insert(_ blob: Encoded, in database: Database) throws {
    if try header(blob.sha256, in: database) != nil { return }
    let insert = try database.cachedStatement(sql: "INSERT INTO chunks (sha256, position, bytes) VALUES (?, ?, ?)")
    for (position, chunk) in blob.chunks.enumerated() {
      try insert.execute(arguments: [blob.sha256, position, Data(chunk)])
    }
    try database.cachedStatement(
      sql: """
        INSERT INTO blobs (sha256, codec, element_size, raw_size, chunk_size, stored_size) VALUES (?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [
        blob.sha256, PlaneCodec.name, blob.elementSize, blob.rawSize, PlaneCodec.maximumChunkSize,
        blob.chunks.reduce(0) { $0 + $1.count },
      ])
  }

  /// What the store says about the bytes of that digest, or nil if it has none.
  static func header(_ sha256: String, in database: Database) throws -> Header? {
    let statement = try database.cachedStatement(
      sql: "SELECT codec, element_size, raw_size, chunk_size, stored_size FROM blobs WHERE sha256 = ?")
    guard let row = try Row.fetchOne(statement, arguments: [sha256]) else { return nil }
    let codec = try row.text(0)
    guard codec == PlaneCodec.name else {
      throw damaged(sha256, "its codec is \"\(codec)\"; expected \"\(PlaneCodec.name)\"")
    }
    let header = Header(
      sha256: sha256, elementSize: try row.integer(1), rawSize: try row.integer(2), chunkSize: try row.integer(3),
      storedSize: try row.integer(4))
    guard [1, 2, 4, 8].contains(header.elementSize), header.rawSize >= 0, header.rawSize % header.elementSize == 0,
      header.chunkSize > 0, header.chunkSize % header.elementSize == 0,
      header.chunkSize <= PlaneCodec.maximumChunkSize
    else {
      throw damaged(
        sha256,
        "its sizes are impossible: \(header.rawSize) bytes of \(header.elementSize), chunks of \(header.chunkSize)")
    }
    return header
  }

  /// Reads and checks all bytes of a digest.
  ///
  /// - Parameter rawSize: how many bytes are expected, or nil to believe the store.
  /// - Throws: ``StoreError/Code/damaged`` with what was expected and found: sizes, a chunk that is missing or does not decode, or
  ///   bytes of another digest. Nothing is allocated before the stored bytes make the size possible.
  static func load(_ sha256: String, elementSize: Int?, rawSize: Int?, in database: Database) throws -> [UInt8] {
    guard let header = try header(sha256, in: database) else { throw damaged(sha256, "it is missing") }
    guard header.rawSize == rawSize ?? header.rawSize, header.elementSize == elementSize ?? header.elementSize else {
      throw damaged(
        sha256,
        "expected \(rawSize ?? header.rawSize) bytes in elements of \(elementSize ?? header.elementSize), "
          + "the store says \(header.rawSize) in elements of \(header.elementSize)")
    }
    let stored = try storedSize(sha256, in: database)
    guard stored == header.storedSize, header.rawSize / Zlib.maximumRatio <= stored else {
      throw damaged(
        sha256,
        "its chunks have \(stored) bytes; the store says \(header.storedSize), which hold \(header.rawSize)")
    }

    var bytes = [UInt8](repeating: 0, count: header.rawSize)
    var output = bytes.mutableSpan
    let statement = try database.cachedStatement(
      sql: "SELECT position, bytes FROM chunks WHERE sha256 = ? ORDER BY position")
    let rows = try Row.fetchCursor(statement, arguments: [sha256])
    var position = 0
    var start = 0
    while let row = try rows.next() {
      guard try row.integer(0) == position, start < header.rawSize else {
        throw damaged(sha256, "chunk \(position) is missing, or one too many is there")
      }
      let end = start + min(header.chunkSize, header.rawSize - start)
      do {
        try PlaneCodec.decode(try row.blob(1).span, elementSize: header.elementSize, into: &output, at: start..<end)
      } catch let damage as PlaneCodec.Damage {
        throw damaged(sha256, "chunk \(position): \(damage.problem)")
      }
      start = end
      position += 1
    }
    guard start == header.rawSize else {
      throw damaged(sha256, "expected \(header.rawSize) bytes, its chunks hold \(start)")
    }
    let found = Digest.sha256(bytes.span)
    guard found == sha256 else { throw damaged(sha256, "its bytes have the SHA-256 \(found)") }
    return bytes
  }

  private static func storedSize(_ sha256: String, in database: Database) throws -> Int {
    let statement = try database.cachedStatement(sql: "SELECT sum(length(bytes)) FROM chunks WHERE sha256 = ?")
    return try Row.fetchOne(statement, arguments: [sha256])?.optionalInteger(0) ?? 0
  }

  private static func damaged(_ sha256: String, _ problem: String) -> StoreError {
    StoreError(.damaged, "the blob \(sha256): \(problem)")
  }
}
