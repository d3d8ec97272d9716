import GRDB

extension VersionTransfer {
  /// A version of the source that was checked in full, and its bytes as they will be stored.
  struct Preparation {
    /// The version's record: a row that has another one is another version.
    let record: String
    /// The blobs that the target lacks; encoded, so that storing them is all that is left to do.
    let blobs: [BlobStorage.Encoded]

    /// Checks and encodes a version; nil if it is not there any more.
    ///
    /// - Parameters:
    ///   - encodes: whether its bytes are to be stored, or it is only checked.
    ///   - known: blobs that need not be encoded.
    ///   - database: the source's.
    init?(
      of version: StoredVersion, id: Int, encodes: Bool, without known: Set<String> = [], in database: Database
    ) throws {
      guard try StoredVersion(id: id, in: database) != nil else { return nil }
      try version.requireSound(in: database)
      record = version.record
      blobs =
        encodes
        ? try version.blobDigests.filter { !known.contains($0) }.map { try BlobStorage.encoded($0, in: database) } : []
    }

    var bytes: Int { blobs.reduce(0) { $0 + $1.chunks.reduce(0) { $0 + $1.count } } }
  }

  /// How many encoded bytes are made ready before the transaction. Of what comes after, each version is made ready when it is its turn,
  /// so that no source is too large.
  static let mostBytesPrepared = 1 << 28

  /// Makes versions ready, outside any transaction of the target: other processes can write meanwhile.
  ///
  /// What they write is seen to by ``copy(id:as:in:)``, which looks at everything again that is not the version's own.
  ///
  /// - Parameters:
  ///   - ids: their row ids in the source.
  ///   - model: the model's name in the target; nil for the one that each has.
  mutating func prepare(_ ids: [Int], as model: String? = nil) throws {
    var bytes = 0
    var encoded: Set<String> = []
    for id in ids {
      guard bytes < Self.mostBytesPrepared else { return }
      guard let version = try source.read({ try StoredVersion(id: id, in: $0) }) else { continue }
      let known = try target.read { database -> Set<String>? in
        if try counterpart(of: version, model: model ?? version.model, in: database) != nil { return nil }
        return Set(
          try version.blobDigests.filter { sha256 in
            guard try BlobStorage.exists(sha256, in: database) else { return encoded.contains(sha256) }
            try requireSound(sha256, of: version, in: database)
            return true
          })
      }
      guard let known else { continue }
      let made = try source.read {
        try Preparation(of: version, id: id, encodes: !isDryRun, without: known, in: $0)
      }
      guard let made else { continue }
      encoded.formUnion(made.blobs.map(\.sha256))
      bytes += made.bytes
      prepared[id] = made
    }
  }
}
