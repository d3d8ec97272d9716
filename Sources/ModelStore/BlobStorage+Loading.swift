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
  ///   - kept: blobs that need not be decoded again, and where those go that others are differences from. Who has them has threads of
  ///     its own.
  /// - Throws: ``StoreError/Code/damaged`` with what was expected and found: sizes, a chunk that is missing or does not decode,
  ///   bytes of another digest, a base that is damaged or does not fit. Nothing is allocated before the stored bytes make the
  ///   size possible.
  static func load(
    _ sha256: String, rawSize: Int?, in database: Database, keeping kept: KeptBlobs? = nil
  ) throws -> [UInt8] {
    let chain = try chain(to: sha256, rawSize: rawSize, in: database)
    let size = chain.last?.rawSize ?? 0
    return unsafe try [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
      let target = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[..<size])
      if let failure = unsafe try decode([chain], into: [target], in: database, keeping: kept) { throw failure.error }
      count = size
    }
  }

  /// As ``load(_:rawSize:in:keeping:)``, for several blobs of so many numbers each, which are decoded where they stay.
  ///
  /// - Throws: ``Failure`` for the first of them that is damaged.
  static func loadNumbers<Number: StoredNumber>(
    _ type: Number.Type, _ blobs: [(sha256: String, count: Int)], in database: Database, keeping kept: KeptBlobs? = nil
  ) throws -> [[Number]] {
    let size = MemoryLayout<Number>.size
    var result: [[Number]] = []
    result.reserveCapacity(blobs.count)
    while result.count < blobs.count {
      let first = result.count
      let batch = blobs[first..<min(first + maximumBatch, blobs.count)]
      let chains = try batch.indices.map { index in
        do {
          return try chain(to: blobs[index].sha256, rawSize: size * blobs[index].count, in: database)
        } catch let error as StoreError {
          throw Failure(index: index, error: error)
        }
      }
      var targets = unsafe [UnsafeMutableRawBufferPointer]()
      result += unsafe try arrays(of: batch.map(\.count)[...], &targets) { targets in
        if let failure = unsafe try decode(chains, into: targets, in: database, keeping: kept) {
          throw Failure(index: first + failure.index, error: failure.error)
        }
      }
    }
    Number.swapIfNeeded(&result)
    return result
  }

  /// Which of several blobs is damaged, and how.
  struct Failure: Error {
    let index: Int
    let error: StoreError
  }

  /// How many blobs are decoded together.
  private static let maximumBatch = 16

  /// Arrays of so many numbers each, whose memory a body fills: one array opens within the other, since each hands out its memory
  /// only while it is made.
  private static func arrays<Number: StoredNumber>(
    of counts: ArraySlice<Int>, _ targets: inout [UnsafeMutableRawBufferPointer],
    _ body: ([UnsafeMutableRawBufferPointer]) throws -> Void
  ) throws -> [[Number]] {
    guard let count = counts.first else {
      unsafe try body(targets)
      return []
    }
    var rest: [[Number]] = []
    let array = unsafe try [Number](unsafeUninitializedCapacity: count) { numbers, initializedCount in
      let target = UnsafeMutableRawBufferPointer(numbers)
      unsafe targets.append(UnsafeMutableRawBufferPointer(rebasing: target[..<(MemoryLayout<Number>.size * count)]))
      rest = unsafe try arrays(of: counts.dropFirst(), &targets, body)
      initializedCount = count
    }
    return [array] + rest
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

  /// Decodes chains into memory and checks their digests.
  ///
  /// - Returns: the first that is damaged.
  private static func decode(
    _ chains: [[Header]], into targets: [UnsafeMutableRawBufferPointer], in database: Database,
    keeping kept: KeptBlobs? = nil
  ) throws -> Failure? {
    let decoder = unsafe BlobDecoder(targets: targets, hasHelpers: kept == nil)
    var unreadable: Failure?
    do {
      for (index, chain) in chains.enumerated() where unreadable == nil {
        do {
          let known = unsafe kept?.restore(chain, into: targets[index]) ?? 0
          try read(chain, from: known, as: index, into: decoder, in: database)
        } catch let error as StoreError {
          unreadable = Failure(index: index, error: error)
        }
      }
    } catch {
      decoder.cancel()
      throw error
    }
    for (index, result) in decoder.finish().enumerated() {
      if let unreadable, unreadable.index == index { return unreadable }
      let chain = chains[index]
      guard let header = chain.last else { continue }
      switch result {
      case .success(header.sha256): unsafe try kept?.keep(targets[index], header.sha256, in: database)
      case .success(let found):
        let error =
          try damage(below: header, in: chain, database)
          ?? damaged(header.sha256, "its bytes have the SHA-256 \(found)")
        return Failure(index: index, error: error)
      case .failure(let damage) where damage.isOutOfMemory:
        let error = StoreError.outOfMemory("the blob \(damage.sha256), chunk \(damage.position): \(damage.problem)")
        return Failure(index: index, error: error)
      case .failure(let damage):
        let error = damaged(damage.sha256, "chunk \(damage.position): \(damage.problem)")
        return Failure(index: index, error: named(error, damage.sha256, in: header))
      }
    }
    return nil
  }

  /// Which of the blobs that a damaged one stands upon is at fault: one digest tells for the whole chain, and only if it differs
  /// the others are looked at.
  private static func damage(below header: Header, in chain: [Header], _ database: Database) throws -> StoreError? {
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: header.rawSize, alignment: 16)
    defer { unsafe scratch.deallocate() }
    for length in 1..<max(chain.count, 1) {
      let links = Array(chain.prefix(length))
      if let failure = unsafe try decode([links], into: [scratch], in: database), let link = links.last {
        return named(failure.error, link.sha256, in: header)
      }
    }
    return nil
  }

  /// Hands over the stored bytes of a chain, without as many of its links as are known: chunk by chunk where the chunks of all links
  /// have one size, else all at once.
  private static func read(
    _ chain: [Header], from known: Int, as blob: Int, into decoder: BlobDecoder, in database: Database
  ) throws {
    guard let header = chain.last else { return }
    func steps(_ link: Header, _ position: Int) throws -> BlobDecoder.Step {
      let start = position * link.chunkSize
      return BlobDecoder.Step(
        bytes: try naming(link.sha256, in: header) { try chunk(position, of: link, in: database) },
        elementSize: link.elementSize, range: start..<min(start + link.chunkSize, link.rawSize),
        combination: link.base == nil ? .replace : .difference, sha256: link.sha256, position: position)
    }
    if chain.allSatisfy({ $0.chunkSize == header.chunkSize }) {
      for position in 0..<header.chunkCount {
        let steps = try chain[known...].map { try steps($0, position) }
        decoder.add(steps, upTo: min((position + 1) * header.chunkSize, header.rawSize), of: blob)
      }
    } else {
      let steps = try chain[known...].flatMap { link in try (0..<link.chunkCount).map { try steps(link, $0) } }
      decoder.add(steps, upTo: header.rawSize, of: blob)
    }
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
      if let problem = try sizeProblem(of: link, in: database) {
        throw named(damaged(link.sha256, problem), link.sha256, in: header)
      }
    }
    return chain.reversed()
  }

  /// What is wrong with the number of a blob's chunks or their size; nil if they make its size possible.
  private static func sizeProblem(of header: Header, in database: Database) throws -> String? {
    let statement = try database.cachedStatement(
      sql: "SELECT count(*), sum(length(bytes)) FROM chunks WHERE sha256 = ?")
    let row = try Row.fetchOne(statement, arguments: [header.sha256])
    let (count, stored) = (try row?.integer(0) ?? 0, try row?.optionalInteger(1) ?? 0)
    guard stored == header.storedSize, header.rawSize / Zlib.maximumRatio <= stored else {
      return "its chunks have \(stored) bytes; the store says \(header.storedSize), which hold \(header.rawSize)"
    }
    guard count == header.chunkCount else {
      return "\(header.rawSize) bytes in chunks of \(header.chunkSize) are \(header.chunkCount) of them; found \(count)"
    }
    return nil
  }

  private static func chunk(_ position: Int, of header: Header, in database: Database) throws -> Data {
    let statement = try database.cachedStatement(sql: "SELECT bytes FROM chunks WHERE sha256 = ? AND position = ?")
    // A row that GRDB fetches is copied once more than its bytes are here. It lasts as long as its cursor.
    let rows = try Row.fetchCursor(statement, arguments: [header.sha256, position])
    return try withExtendedLifetime(rows) {
      guard let row = try rows.next() else { throw damaged(header.sha256, "chunk \(position) is missing") }
      return try row.withBlob(0) { bytes in unsafe bytes.withUnsafeBytes { unsafe Data($0) } }
    }
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
