import GRDB
import Inference

extension ModelStore {
  /// How many bytes the store keeps, for what, and why so many: of the whole store, or of a model or version in it.
  ///
  /// - Parameter subject: the model or version that is told about; nil for all. What is said about the file and all blobs is the
  ///   same whatever the subject.
  /// - Throws: ``StoreError``: the subject names nothing, or the store cannot be read.
  public func statistics(of subject: Subject? = nil) throws(StoreError) -> StoreStatistics {
    try read { database in
      let target = try subject?.resolve(in: database)
      var statistics = try StatisticsReader(database).statistics()
      guard let target else { return statistics }
      statistics.models = statistics.models.filter { $0.name == target.model }.map { model in
        guard let version = target.version else { return model }
        let versions = model.versions.filter { $0.number == version.number }
        return StoreStatistics.Model(name: model.name, versions: versions, size: .sum(versions.map(\.size)))
      }
      return statistics
    }
  }
}

/// One pass over the rows that tell what is stored for what.
private struct StatisticsReader {
  private struct Mention {
    let place: StoreStatistics.Part.Place
    let sha256: String
    let isDeleted: Bool
  }

  private let database: Database
  private let blobs: [String: BlobStorage.Header]
  /// Every part of every version, model by model and version by version.
  private let mentions: [Mention]
  /// Whom the bytes of each blob are counted to.
  private let owners: [String: Mention]

  init(_ database: Database) throws {
    self.database = database
    blobs = Dictionary(try BlobStorage.headers(in: database).map { ($0.sha256, $0) }, uniquingKeysWith: { $1 })
    mentions = try Self.mentions(in: database)
    var owners: [String: Mention] = [:]
    // Those that stay first: what a deleted version shares with one of them is not what deleting frees.
    for isDeleted in [false, true] {
      for mention in mentions where mention.isDeleted == isDeleted && owners[mention.sha256] == nil {
        owners[mention.sha256] = mention
      }
    }
    self.owners = owners
  }

  private static func mentions(in database: Database) throws -> [Mention] {
    let deleted = try Row.fetchAll(database, sql: "SELECT model, version FROM deletions WHERE purged = 0")
    let isDeleted = try Dictionary(
      grouping: deleted.map { (model: try $0.text(0), version: try $0.integer(1)) }, by: \.model
    ).mapValues { Set($0.map(\.version)) }
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT models.name, number, parts.name, parts.sha256 FROM (
          SELECT version, position AS place, name, sha256 FROM tensors
          UNION ALL SELECT version, 1 << 32, 'costs', sha256 FROM costs
          UNION ALL SELECT version, (1 << 32) + 1, 'epoch metrics', sha256 FROM epoch_metrics
          UNION ALL SELECT version, (1 << 32) + 2, 'golden inputs', inputs FROM goldens
          UNION ALL SELECT version, (1 << 32) + 3, 'golden outputs', outputs FROM goldens
        ) AS parts JOIN versions ON versions.id = parts.version JOIN models ON models.id = versions.model
        ORDER BY models.name, number, place
        """)
    var result: [Mention] = []
    while let row = try rows.next() {
      let (model, version) = (try row.text(0), try row.integer(1))
      result.append(
        Mention(
          place: StoreStatistics.Part.Place(model: model, version: version, part: try row.text(2)),
          sha256: try row.text(3), isDeleted: isDeleted[model]?.contains(version) ?? false))
    }
    return result
  }

  func statistics() throws -> StoreStatistics {
    var result = StoreStatistics()
    let bases = Set(blobs.values.compactMap(\.base))
    for (sha256, blob) in blobs {
      result.blobCount += 1
      result.differenceCount += blob.base == nil ? 0 : 1
      result.blobs.add(Self.size(of: blob))
      if let owner = owners[sha256] {
        if owner.isDeleted { result.deleted.add(Self.size(of: blob)) }
      } else if bases.contains(sha256) {
        result.bases.add(Self.size(of: blob))
      } else {
        result.unreferenced.add(Self.size(of: blob))
      }
    }
    result.models = try models()
    result.checkpointCount = try number("SELECT count(*) FROM checkpoints")
    // Sums of what a damaged store says: total() is of floats, and never fails.
    result.checkpointBytes = try total("SELECT total(max(size, 0)) FROM checkpoints")
    result.sweepCount = try number("SELECT count(*) FROM sweeps")
    result.trialCount = try number("SELECT count(*) FROM trials")
    result.sweepBytes = try total(
      """
      SELECT (SELECT total(length(CAST(description AS BLOB))) FROM sweeps) + (
        SELECT total(length(CAST(hyperparameters || metrics || message AS BLOB))) FROM trials)
      """)
    result.pageSize = try number("PRAGMA page_size")
    result.fileSize = try number("PRAGMA page_count") * result.pageSize
    result.freePages = try number("PRAGMA freelist_count")
    return result
  }

  private func models() throws -> [StoreStatistics.Model] {
    var models: [StoreStatistics.Model] = []
    var versions: [StoreStatistics.Version] = []
    var start = 0
    while start < mentions.count {
      let place = mentions[start].place
      let end =
        mentions[start...].firstIndex { $0.place.model != place.model || $0.place.version != place.version }
        ?? mentions.count
      let parts = try mentions[start..<end].map(part)
      versions.append(
        StoreStatistics.Version(
          number: place.version, isDeleted: mentions[start].isDeleted, parts: parts, size: .sum(parts.map(\.size))))
      if end == mentions.count || mentions[end].place.model != place.model {
        models.append(
          StoreStatistics.Model(name: place.model, versions: versions, size: .sum(versions.map(\.size))))
        versions = []
      }
      start = end
    }
    return models
  }

  private func part(_ mention: Mention) throws -> StoreStatistics.Part {
    guard let blob = blobs[mention.sha256], let owner = owners[mention.sha256] else {
      let place = mention.place
      throw StoreError(
        .damaged,
        "\(place.model)@\(place.version), \(place.part): the blob \(mention.sha256) is missing; run nnscore verify")
    }
    var size = Self.size(of: blob)
    let storage: StoreStatistics.Part.Storage
    if owner.place != mention.place {
      size.stored = 0
      storage = .shared(with: owner.place)
    } else if let base = blob.base {
      storage = .difference(depth: blob.depth, base: owners[base]?.place)
    } else {
      // What has no plane that shrinks takes more than its own bytes: those of its planes' frames.
      storage = blob.storedSize < blob.rawSize ? .planes : .plain
    }
    return StoreStatistics.Part(name: mention.place.part, sha256: mention.sha256, size: size, storage: storage)
  }

  private static func size(of blob: BlobStorage.Header) -> StoreStatistics.Size {
    StoreStatistics.Size(raw: blob.rawSize, stored: blob.storedSize)
  }

  private func total(_ sql: String) throws -> Int {
    Int(min(try Row.fetchOne(database, sql: sql)?.real(0) ?? 0, 0x1p62))
  }

  private func number(_ sql: String) throws -> Int { try Row.fetchOne(database, sql: sql)?.integer(0) ?? 0 }
}
