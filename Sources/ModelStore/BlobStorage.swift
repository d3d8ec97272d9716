import Foundation
import GRDB
import Inference

/// Bytes in the store by their SHA-256, in the tables `blobs` and `chunks`.
///
/// A blob is kept as it is, or as its difference from another, its base: a chain of those is followed back to a blob that is
/// kept as it is.
enum BlobStorage {
  /// The longest chain that the schema allows. What is written is shorter: ``TensorBases/maximumDepth``.
  static let deepest = 8

  /// What the store says about a blob.
  struct Header {
    let sha256: String
    let elementSize: Int
    let rawSize: Int
    let chunkSize: Int
    let storedSize: Int
    /// The SHA-256 of the blob that this one is a difference from, or nil.
    let base: String?
    /// How many differences stand one upon the other here; 0 without a base.
    let depth: Int

    /// How many chunks the bytes take.
    var chunkCount: Int { rawSize / chunkSize + (rawSize % chunkSize == 0 ? 0 : 1) }
  }

  /// Bytes ready to be stored.
  struct Encoded {
    /// The shorter form, where there is one that is worth it.
    struct Difference {
      let base: String
      let depth: Int
      let chunks: [[UInt8]]
    }

    let sha256: String
    let elementSize: Int
    let rawSize: Int
    /// The bytes of a chunk before encoding, but for the last.
    let chunkSize: Int
    /// The bytes as they are, which can be stored whatever became of the base.
    let chunks: [[UInt8]]
    var difference: Difference?
  }

  /// Bytes whose digest is known, to be stored.
  struct Source {
    let sha256: String
    let elementSize: Int
    let bytes: LittleEndian.Bytes
    /// The tensor that they are.
    private(set) var tensor: StoredVersion.Tensor?
    /// What they may be kept as a difference from.
    var base: Base?

    init(_ bytes: LittleEndian.Bytes, sha256: String? = nil, elementSize: Int, base: Base? = nil) {
      self.bytes = bytes
      self.base = base
      self.sha256 = sha256 ?? bytes.withSpan { Digest.sha256($0) }
      self.elementSize = elementSize
    }

    /// The bytes of a tensor.
    init(_ bytes: LittleEndian.Bytes, of tensor: LayerTensor) {
      self.init(bytes, elementSize: tensor.elementSize)
      self.tensor = StoredVersion.Tensor(tensor, sha256: sha256)
    }
  }

  /// Encodes bytes chunk by chunk on all cores, and their differences from their bases where those are shorter by more than one
  /// part in 64: less is not worth decoding two blobs for one.
  static func encode(_ sources: [Source], chunkSize: Int = PlaneCodec.chunkSize) throws -> [Encoded] {
    struct Part: Sendable {
      let source: Int
      let range: Range<Int>
    }
    let parts = sources.enumerated().flatMap { source, blob in
      stride(from: 0, to: blob.bytes.count, by: chunkSize).map { start in
        Part(source: source, range: start..<min(start + chunkSize, blob.bytes.count))
      }
    }
    let chunks = try Parallel.map(parts) { part in
      let source = sources[part.source]
      return try source.bytes.withSpan { bytes in
        let bytes = bytes.extracting(part.range)
        let plain = try PlaneCodec.encode(bytes, elementSize: source.elementSize)
        return (plain, try source.difference(bytes, at: part.range))
      }
    }
    return sources.indices.map { index in
      let source = sources[index]
      let own = parts.indices.filter { parts[$0].source == index }.map { chunks[$0] }
      var encoded = Encoded(
        sha256: source.sha256, elementSize: source.elementSize, rawSize: source.bytes.count,
        chunkSize: chunkSize, chunks: own.map(\.0))
      let difference = own.compactMap(\.1)
      let plainSize = size(of: encoded.chunks)
      if let base = source.base, !own.isEmpty, difference.count == own.count,
        size(of: difference) + plainSize / 64 < plainSize
      {
        encoded.difference = Encoded.Difference(base: base.sha256, depth: base.depth + 1, chunks: difference)
      }
      return encoded
    }
  }

  static func encode(_ source: Source) throws -> Encoded { try encode([source])[0] }

  private static func size(of chunks: [[UInt8]]) -> Int { chunks.reduce(0) { $0 + $1.count } }

  /// Reads and checks the bytes of a digest, to be stored elsewhere: as they are stored here where every store has them so.
  static func encoded(_ sha256: String, in database: Database) throws -> Encoded {
    let bytes = try load(sha256, rawSize: nil, in: database)
    guard let header = try header(sha256, in: database) else { throw damaged(sha256, "it is missing") }
    guard header.depth == 0 else {
      return try encode(Source(.bytes(bytes), sha256: sha256, elementSize: header.elementSize))
    }
    let statement = try database.cachedStatement(sql: "SELECT bytes FROM chunks WHERE sha256 = ? ORDER BY position")
    let chunks = try Row.fetchAll(statement, arguments: [sha256]).map { [UInt8](try $0.blob(0)) }
    return Encoded(
      sha256: sha256, elementSize: header.elementSize, rawSize: header.rawSize, chunkSize: header.chunkSize,
      chunks: chunks)
  }

  /// Stores encoded bytes unless they are there already: as a difference if there is one and its base is still what it was.
  static func insert(_ blob: Encoded, in database: Database) throws {
    if try header(blob.sha256, in: database) != nil { return }
    var difference = blob.difference
    if let wanted = difference, try header(wanted.base, in: database)?.depth != wanted.depth - 1 { difference = nil }
    let chunks = difference?.chunks ?? blob.chunks
    let insert = try database.cachedStatement(sql: "INSERT INTO chunks (sha256, position, bytes) VALUES (?, ?, ?)")
    for (position, chunk) in chunks.enumerated() {
      try insert.execute(arguments: [blob.sha256, position, Data(chunk)])
    }
    try database.cachedStatement(
      sql: """
        INSERT INTO blobs (sha256, codec, element_size, raw_size, chunk_size, stored_size, base, depth)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [
        blob.sha256, difference == nil ? PlaneCodec.name : PlaneCodec.differenceName, blob.elementSize, blob.rawSize,
        blob.chunkSize, size(of: chunks), difference?.base, difference?.depth ?? 0,
      ])
  }

  /// What the store says about the bytes of that digest, or nil if it has none.
  static func header(_ sha256: String, in database: Database) throws -> Header? {
    let statement = try database.cachedStatement(sql: "SELECT \(headerColumns) FROM blobs WHERE sha256 = ?")
    return try Row.fetchOne(statement, arguments: [sha256]).map { try header(sha256, $0) }
  }

  /// What the store says about all bytes that it has.
  static func headers(in database: Database) throws -> [Header] {
    let rows = try Row.fetchCursor(database, sql: "SELECT \(headerColumns), sha256 FROM blobs")
    var headers: [Header] = []
    while let row = try rows.next() { headers.append(try header(row.text(7), row)) }
    return headers
  }

  private static let headerColumns = "codec, element_size, raw_size, chunk_size, stored_size, base, depth"

  private static func header(_ sha256: String, _ row: Row) throws -> Header {
    let codec = try row.text(0)
    let header = Header(
      sha256: sha256, elementSize: try row.integer(1), rawSize: try row.integer(2), chunkSize: try row.integer(3),
      storedSize: try row.integer(4), base: try row.optionalText(5), depth: try row.integer(6))
    let expected = header.base == nil ? PlaneCodec.name : PlaneCodec.differenceName
    guard codec == expected else { throw damaged(sha256, "its codec is \"\(codec)\"; expected \"\(expected)\"") }
    guard [1, 2, 4, 8].contains(header.elementSize), header.rawSize >= 0, header.rawSize % header.elementSize == 0,
      header.storedSize >= 0, header.chunkSize > 0, header.chunkSize % header.elementSize == 0,
      header.chunkSize <= PlaneCodec.maximumChunkSize
    else {
      throw damaged(
        sha256,
        "its sizes are impossible: \(header.rawSize) bytes of \(header.elementSize), chunks of \(header.chunkSize)")
    }
    guard header.base == nil ? header.depth == 0 : (1...deepest).contains(header.depth) else {
      throw damaged(
        sha256, "its depth is \(header.depth); expected \(header.base == nil ? "0" : "1 to \(deepest)")")
    }
    return header
  }

  /// Whether the store says anything about the bytes of that digest.
  static func exists(_ sha256: String, in database: Database) throws -> Bool {
    try Row.fetchOne(
      try database.cachedStatement(sql: "SELECT 1 FROM blobs WHERE sha256 = ?"), arguments: [sha256]) != nil
  }

  /// Whether another blob is a difference from the one of that digest.
  static func isBase(_ sha256: String, in database: Database) throws -> Bool {
    try Row.fetchOne(
      try database.cachedStatement(sql: "SELECT 1 FROM blobs WHERE base = ? LIMIT 1"), arguments: [sha256]) != nil
  }

  static func damaged(_ sha256: String, _ problem: String) -> StoreError {
    StoreError(.damaged, "the blob \(sha256): \(problem)")
  }
}
