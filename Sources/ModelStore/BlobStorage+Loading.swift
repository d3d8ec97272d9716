import Foundation
import GRDB

extension BlobStorage {
  /// Reads and checks all bytes of a digest.
  ///
  /// The size of the elements is the blob's own affair: bytes may be those of numbers of another size as well (a black picture is
  /// a bias of zeros), and are kept as they came first.
  ///
  /// - Parameters:
  ///   - rawSize: how many bytes are expected, or nil to believe the store.
  ///   - kept: blobs that need not be decoded again, and where those go that others are differences from.
  /// - Throws: ``StoreError/Code/damaged`` with what was expected and found: sizes, a chunk that is missing or does not decode,
  ///   bytes of another digest, a base that is damaged or does not fit. Nothing is allocated before the stored bytes make the
  ///   size possible.
  static func load(
    _ sha256: String, rawSize: Int?, in database: Database, keeping kept: KeptBlobs? = nil
  ) throws -> [UInt8] {
    let chain = try chain(to: sha256, rawSize: rawSize, in: database)
    var bytes = [UInt8](repeating: 0, count: chain.last?.rawSize ?? 0)
    var output = bytes.mutableSpan
    try read(chain, into: &output, in: database, keeping: kept)
    return bytes
  }

  /// As ``load(_:rawSize:in:keeping:)``, for as many 32-bit floats, which are decoded where they stay.
  static func loadFloats(
    _ sha256: String, count: Int, in database: Database, keeping kept: KeptBlobs? = nil
  ) throws -> [Float] {
    let chain = try chain(to: sha256, rawSize: 4 * count, in: database)
    var floats = [Float](repeating: 0, count: count)
    try LittleEndian.withBytes(of: &floats) { output in
      try read(chain, into: &output, in: database, keeping: kept)
    }
    return floats
  }

  /// The chain to the blob of that digest, which must have that size where it is given.
  private static func chain(to sha256: String, rawSize: Int?, in database: Database) throws -> [Header] {
    guard let header = try header(sha256, in: database) else { throw damaged(sha256, "it is missing") }
    guard header.rawSize == rawSize ?? header.rawSize else {
      throw damaged(sha256, "expected \(rawSize ?? header.rawSize) bytes, the store says \(header.rawSize)")
    }
    let chain = try chain(to: header, in: database)
    try PhysicalMemory.require(header.rawSize, for: "the blob \(sha256)")
    return chain
  }

  /// Decodes a chain into bytes and checks their digest.
  private static func read(
    _ chain: [Header], into output: inout MutableSpan<UInt8>, in database: Database, keeping kept: KeptBlobs?
  ) throws {
    guard let header = chain.last else { return }
    for link in chain[(kept?.restore(chain, into: &output) ?? 0)...] {
      try naming(link.sha256, in: header) { try decode(link, into: &output, in: database) }
    }
    // One digest tells for the whole chain; which link is at fault is looked for only if it differs.
    let found = Digest.sha256(output.span)
    guard found == header.sha256 else {
      try findDamage(in: chain, database)
      throw damaged(header.sha256, "its bytes have the SHA-256 \(found)")
    }
    try kept?.keep(output.span, header.sha256, in: database)
  }

  /// The blobs that a blob is made of, the one that is kept as it is first and the blob itself last, their sizes checked.
  ///
  /// Each step back must have a depth one less, so that there is an end, and no blob comes twice.
  static func chain(to header: Header, in database: Database) throws -> [Header] {
    var chain = [header]
    var last = header
    while let base = last.base {
      let step = "it is a difference from the blob \(base), which"
      guard let next = try naming(base, in: header, { try Self.header(base, in: database) }) else {
        throw named(damaged(last.sha256, "\(step) is missing"), last.sha256, in: header)
      }
      guard next.rawSize == header.rawSize, next.elementSize == header.elementSize, next.depth == last.depth - 1 else {
        let problem = damaged(
          last.sha256,
          "\(step) does not fit: expected \(header.rawSize) bytes in elements of \(header.elementSize) at depth "
            + "\(last.depth - 1), found \(next.rawSize) in elements of \(next.elementSize) at depth \(next.depth)")
        throw named(problem, last.sha256, in: header)
      }
      chain.append(next)
      last = next
    }
    for link in chain {
      let stored = try storedSize(link.sha256, in: database)
      guard stored == link.storedSize, link.rawSize / Zlib.maximumRatio <= stored else {
        let problem = damaged(
          link.sha256, "its chunks have \(stored) bytes; the store says \(link.storedSize), which hold \(link.rawSize)")
        throw named(problem, link.sha256, in: header)
      }
    }
    return chain.reversed()
  }

  /// Decodes the chunks of one blob into the bytes of its base, or of nothing.
  static func decode(_ header: Header, into output: inout MutableSpan<UInt8>, in database: Database) throws {
    let statement = try database.cachedStatement(
      sql: "SELECT position, bytes FROM chunks WHERE sha256 = ? ORDER BY position")
    let rows = try Row.fetchCursor(statement, arguments: [header.sha256])
    var position = 0
    var start = 0
    while let row = try rows.next() {
      guard try row.integer(0) == position, start < header.rawSize else {
        throw damaged(header.sha256, "chunk \(position) is missing, or one too many is there")
      }
      let end = start + min(header.chunkSize, header.rawSize - start)
      do {
        try row.withBlob(1) { bytes in
          try PlaneCodec.decode(
            bytes, elementSize: header.elementSize, into: &output, at: start..<end,
            as: header.base == nil ? .replace : .difference)
        }
      } catch let damage as PlaneCodec.Damage {
        throw damaged(header.sha256, "chunk \(position): \(damage.problem)")
      }
      start = end
      position += 1
    }
    guard start == header.rawSize else {
      throw damaged(header.sha256, "expected \(header.rawSize) bytes, its chunks hold \(start)")
    }
  }

  /// Checks the digest of every blob that a difference stands upon, and throws at the first that is not what it should be.
  private static func findDamage(in chain: [Header], _ database: Database) throws {
    guard let header = chain.last, chain.count > 1 else { return }
    var bytes = [UInt8](repeating: 0, count: header.rawSize)
    var output = bytes.mutableSpan
    for link in chain.dropLast() {
      try decode(link, into: &output, in: database)
      let found = Digest.sha256(output.span)
      guard found == link.sha256 else {
        throw named(damaged(link.sha256, "its bytes have the SHA-256 \(found)"), link.sha256, in: header)
      }
    }
  }

  private static func storedSize(_ sha256: String, in database: Database) throws -> Int {
    let statement = try database.cachedStatement(sql: "SELECT sum(length(bytes)) FROM chunks WHERE sha256 = ?")
    return try Row.fetchOne(statement, arguments: [sha256])?.optionalInteger(0) ?? 0
  }

  /// Runs a body about a blob that another one is made of, so that damage names both.
  private static func naming<Result>(_ link: String, in blob: Header, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as StoreError { throw named(error, link, in: blob) }
  }

  private static func named(_ error: StoreError, _ link: String, in blob: Header) -> StoreError {
    guard error.code == .damaged, link != blob.sha256 else { return error }
    return damaged(blob.sha256, "it is a difference from what is damaged: \(error.message)")
  }
}
