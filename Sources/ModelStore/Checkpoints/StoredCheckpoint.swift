import Foundation
import GRDB

/// A checkpoint as the tables hold it, without its state.
struct StoredCheckpoint {
  /// Bytes of every chunk but the last.
  static let chunkSize = 1 << 22

  let name: String
  let createdAt: String
  let iteration: Int
  let iterations: Int
  let description: String
  let size: Int
  let chunkSize: Int
  /// The SHA-256 of the state.
  let sha256: String
  /// The SHA-256 of what is said about it; see ``computedRecord``.
  private(set) var record = ""

  init(_ checkpoint: Checkpoint) {
    name = checkpoint.name
    createdAt = checkpoint.createdAt.description
    iteration = checkpoint.iteration
    iterations = checkpoint.iterations
    description = checkpoint.description
    size = checkpoint.state.count
    chunkSize = Self.chunkSize
    sha256 = Digest.sha256(checkpoint.state.span)
    record = computedRecord
  }

  private static let columns =
    "name, created_at, iteration, iterations, description, size, chunk_size, sha256, record"

  private init(_ row: Row) throws {
    name = try row.text(0)
    createdAt = try row.text(1)
    iteration = try row.integer(2)
    iterations = try row.integer(3)
    description = try row.text(4)
    size = try row.integer(5)
    chunkSize = try row.integer(6)
    sha256 = try row.text(7)
    record = try row.text(8)
  }

  /// Reads the row of the checkpoint of that name; nil if there is none.
  init?(named name: String, in database: Database) throws {
    let statement = try database.cachedStatement(sql: "SELECT \(Self.columns) FROM checkpoints WHERE name = ?")
    guard let row = try Row.fetchOne(statement, arguments: [name]) else { return nil }
    try self.init(row)
  }

  /// The rows of all checkpoints, by name.
  static func fetchAll(in database: Database) throws -> [StoredCheckpoint] {
    try Row.fetchAll(database, sql: "SELECT \(columns) FROM checkpoints ORDER BY name").map { try Self($0) }
  }

  /// What is said about the state, and its digest. `Schemas/store.md` specifies the form.
  var computedRecord: String {
    var form = CanonicalForm("nnscore checkpoint 1")
    form.append(name)
    form.append(createdAt)
    form.append(iteration)
    form.append(iterations)
    form.append(description)
    form.append(size)
    form.append(sha256)
    return form.sha256
  }

  /// Writes the rows in the place of those of the same name.
  func insert(state: [UInt8], in database: Database) throws {
    // First, so that the new bytes take the pages of the old ones and the file does not grow.
    try Self.delete(name, in: database)
    try database.cachedStatement(
      sql: "INSERT INTO checkpoints (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(
      arguments: [name, createdAt, iteration, iterations, description, size, chunkSize, sha256, record])
    let insert = try database.cachedStatement(
      sql: "INSERT INTO checkpoint_chunks (checkpoint, position, bytes) VALUES (?, ?, ?)")
    for (position, start) in stride(from: 0, to: state.count, by: chunkSize).enumerated() {
      let chunk = Data(state[start..<min(start + chunkSize, state.count)])
      try insert.execute(arguments: [name, position, chunk])
    }
  }

  /// Deletes the rows of that name; false if there are none.
  @discardableResult
  static func delete(_ name: String, in database: Database) throws -> Bool {
    try database.cachedStatement(sql: "DELETE FROM checkpoints WHERE name = ?").execute(arguments: [name])
    let isDeleted = database.changesCount > 0
    // Foreign keys have deleted them, but for those that a program without left behind.
    try database.cachedStatement(sql: "DELETE FROM checkpoint_chunks WHERE checkpoint = ?").execute(arguments: [name])
    return isDeleted
  }

  /// What a list shows.
  func summary() throws(StoreError) -> CheckpointSummary {
    guard computedRecord == record, let createdAt = Timestamp(createdAt), size >= 0 else {
      throw damaged("expected the record \(record), what is said about it has \(computedRecord)")
    }
    guard iterations >= 0, (0...iterations).contains(iteration) else {
      throw damaged("it has done \(iteration) of \(iterations) iterations")
    }
    return CheckpointSummary(
      name: name, createdAt: createdAt, iteration: iteration, iterations: iterations, description: description,
      size: size)
  }

  /// Reads and checks the state.
  ///
  /// - Throws: ``StoreError/Code/damaged``. Nothing is allocated before the stored bytes make the size possible.
  func load(in database: Database) throws -> Checkpoint {
    let summary = try summary()
    try requireChunks(in: database)
    try PhysicalMemory.require(size, for: "the checkpoint \(name)")
    var state: [UInt8] = []
    state.reserveCapacity(size)
    try readChunks(in: database) { chunk in
      unsafe chunk.withUnsafeBufferPointer { unsafe state.append(contentsOf: $0) }
    }
    return Checkpoint(
      name: name, createdAt: summary.createdAt, iteration: iteration, iterations: iterations, description: description,
      state: state)
  }

  /// Checks everything about it, without holding more than one chunk in memory.
  func check(in database: Database) throws {
    _ = try summary()
    try requireChunks(in: database)
    try readChunks(in: database) { _ in }
  }

  /// Whether the chunks are as many, and have as many bytes, as they must have.
  private func requireChunks(in database: Database) throws {
    guard chunkSize > 0 else { throw damaged("its chunks are said to have \(chunkSize) bytes each") }
    let row = try Row.fetchOne(
      try database.cachedStatement(
        sql: "SELECT count(*), sum(length(bytes)) FROM checkpoint_chunks WHERE checkpoint = ?"), arguments: [name])
    let (count, bytes) = (try row?.integer(0) ?? 0, try row?.optionalInteger(1) ?? 0)
    let expected = size / chunkSize + (size % chunkSize == 0 ? 0 : 1)
    guard count == expected, bytes == size else {
      throw damaged("expected \(size) bytes in \(expected) chunks, found \(bytes) in \(count)")
    }
  }

  /// Hands over the chunks one after the other, and checks the digest of all of them at the end.
  private func readChunks(in database: Database, _ body: (Span<UInt8>) -> Void) throws {
    let statement = try database.cachedStatement(
      sql: "SELECT position, bytes FROM checkpoint_chunks WHERE checkpoint = ? ORDER BY position")
    let rows = try Row.fetchCursor(statement, arguments: [name])
    var digest = Digest.Running()
    var (position, left) = (0, size)
    while let row = try rows.next() {
      guard try row.integer(0) == position else { throw damaged("chunk \(position) is missing") }
      let expected = min(chunkSize, left)
      try row.withBlob(1) { bytes in
        guard bytes.count == expected else {
          throw damaged("chunk \(position) has \(bytes.count) bytes, expected \(expected)")
        }
        digest.update(bytes)
        body(bytes)
      }
      position += 1
      left -= expected
    }
    let found = digest.sha256
    guard found == sha256 else { throw damaged("expected the SHA-256 \(sha256), its bytes have \(found)") }
  }

  private func damaged(_ problem: String) -> StoreError {
    StoreError(
      .damaged, "the checkpoint \(name): \(problem); remove it and train from the beginning, or restore a backup")
  }
}
