import ModelStore

/// What `nnscore stats --json` prints: versions for a model, and their parts for a version.
struct StatisticsDocument: Encodable {
  struct Size: Encodable {
    let rawBytes: Int
    let storedBytes: Int

    init(_ size: StoreStatistics.Size) {
      rawBytes = size.raw
      storedBytes = size.stored
    }

    enum CodingKeys: String, CodingKey {
      case rawBytes = "raw_bytes"
      case storedBytes = "stored_bytes"
    }
  }

  struct Encodings: Encodable {
    let plain: Int
    let planes: Int
    let differences: Int
    let shared: Int
    let depth: Int

    init(_ encodings: StoreStatistics.Encodings) {
      plain = encodings.plain
      planes = encodings.planes
      differences = encodings.differences
      shared = encodings.shared
      depth = encodings.depth
    }
  }

  struct Place: Encodable {
    let model: String
    let version: Int
    let part: String

    init(_ place: StoreStatistics.Part.Place) {
      model = place.model
      version = place.version
      part = place.part
    }
  }

  struct Part: Encodable {
    let name: String
    let sha256: String
    let size: Size
    let storage: String
    let depth: Int
    /// The base of a difference, or the one that it equals.
    let from: Place?

    init(_ part: StoreStatistics.Part) {
      name = part.name
      sha256 = part.sha256
      size = Size(part.size)
      switch part.storage {
      case .plain: (storage, depth, from) = ("plain", 0, nil)
      case .planes: (storage, depth, from) = ("planes", 0, nil)
      case .difference(let depth, let base): (storage, self.depth, from) = ("difference", depth, base.map(Place.init))
      case .shared(let place): (storage, depth, from) = ("shared", 0, Place(place))
      }
    }
  }

  struct Version: Encodable {
    let version: Int
    let deleted: Bool
    let size: Size
    let encodings: Encodings
    let parts: [Part]?
  }

  struct Model: Encodable {
    let model: String
    let versionCount: Int
    let size: Size
    let encodings: Encodings
    let versions: [Version]?

    enum CodingKeys: String, CodingKey {
      case model, size, encodings, versions
      case versionCount = "version_count"
    }
  }

  struct File: Encodable {
    let bytes: Int
    let pageSize: Int
    let freePages: Int

    enum CodingKeys: String, CodingKey {
      case bytes
      case pageSize = "page_size"
      case freePages = "free_pages"
    }
  }

  struct Checkpoints: Encodable {
    let count: Int
    let bytes: Int
  }

  struct Sweeps: Encodable {
    let count: Int
    let trials: Int
    let bytes: Int
  }

  let models: [Model]
  let blobs: Int
  let differences: Int
  let size: Size
  let deleted: Size
  let bases: Size
  let unreferenced: Size
  let checkpoints: Checkpoints
  let sweeps: Sweeps
  let file: File

  init(_ statistics: StoreStatistics, _ subject: Subject?) {
    models = statistics.models.map { model in
      let versions = model.versions.map { version -> Version in
        var parts: [Part]?
        if case .version = subject { parts = version.parts.map(Part.init) }
        return Version(
          version: version.number, deleted: version.isDeleted, size: Size(version.size),
          encodings: Encodings(version.encodings), parts: parts)
      }
      return Model(
        model: model.name, versionCount: versions.count, size: Size(model.size),
        encodings: Encodings(model.encodings), versions: subject == nil ? nil : versions)
    }
    blobs = statistics.blobCount
    differences = statistics.differenceCount
    size = Size(statistics.blobs)
    deleted = Size(statistics.deleted)
    bases = Size(statistics.bases)
    unreferenced = Size(statistics.unreferenced)
    checkpoints = Checkpoints(count: statistics.checkpointCount, bytes: statistics.checkpointBytes)
    sweeps = Sweeps(count: statistics.sweepCount, trials: statistics.trialCount, bytes: statistics.sweepBytes)
    file = File(bytes: statistics.fileSize, pageSize: statistics.pageSize, freePages: statistics.freePages)
  }
}
