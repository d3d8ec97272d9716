import GRDB
import Inference

/// Copies versions of one store into another, within one transaction of the target.
///
/// What takes long, decoding and checking and encoding, is done before by ``prepare(_:as:)``, so that other writers need not wait for
/// it.
///
/// Each version is read in a transaction of its own: rows of a version never change, and a source that others write must not wait
/// until the last one is copied. One that is purged meanwhile is left out, as if it had been purged before.
struct VersionTransfer {
  let source: ModelStore
  let target: ModelStore
  /// Whether a version keeps its number where that is free, or always gets the next one.
  let keepsNumbers: Bool
  let isDryRun: Bool
  let reason: String
  let actor: String

  /// How many signatures were, or would be, copied.
  private(set) var signatures = 0
  private var marks: [String: VersionMarks] = [:]
  private var numbers: [String: Numbers] = [:]
  /// Where versions of the source are in the target.
  private var places: [Place: Model.Identity] = [:]
  /// The versions that were, or would be, copied, by model and content.
  private var copied: [[String]: Model.Identity] = [:]
  private let isOneFile: Bool
  /// What was made ready before the transaction, by the version's row id.
  var prepared: [Int: Preparation] = [:]
  /// Blobs of the target that were decoded, or that this puts there.
  var sound: Set<String> = []

  init(
    from source: ModelStore, to target: ModelStore, keepsNumbers: Bool, isDryRun: Bool, reason: String, actor: String
  ) {
    self.source = source
    self.target = target
    self.keepsNumbers = keepsNumbers
    self.isDryRun = isDryRun
    self.reason = reason
    self.actor = actor
    isOneFile = DurableFile.areSame(source.path, target.path)
  }

  /// A version's place in the source.
  private struct Place: Hashable {
    let model: String
    let number: Int
  }

  /// The numbers of a model in the target that are not free.
  private struct Numbers {
    var taken: Set<Int>
    var highest: Int

    init(of model: String, in database: Database) throws {
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT number FROM versions JOIN models ON models.id = versions.model WHERE models.name = ?1
          UNION SELECT version FROM ledger WHERE model = ?1 AND \(Deletion.isDeletion)
          """, arguments: [model])
      taken = Set(try rows.map { try $0.integer(0) })
      highest = taken.max() ?? 0
    }

    mutating func take(preferring number: Int?) throws -> Int {
      var (result, overflow) = highest.addingReportingOverflow(1)
      if let number, number > 0, !taken.contains(number) { (result, overflow) = (number, false) }
      guard !overflow, result < Int.max else { throw StoreError(.damaged, "the numbers of the store are used up") }
      taken.insert(result)
      highest = max(highest, result)
      return result
    }
  }

  /// Runs a body on the source. A store that is copied from into itself is read by the connection that writes it: another one
  /// would wait for that.
  func reading<Result>(_ database: Database, _ body: (Database) throws -> Result) throws -> Result {
    isOneFile ? try body(database) : try source.read(body)
  }

  /// Where a version of the source is in the target, once it was looked at.
  func place(ofModel model: String, number: Int) -> Model.Identity? { places[Place(model: model, number: number)] }

  /// The marks of a model of the source.
  mutating func marks(of model: String, _ database: Database) throws -> VersionMarks {
    if let known = marks[model] { return known }
    let read = try reading(database) { try VersionMarks(of: model, in: $0) }
    marks[model] = read
    return read
  }

  /// Copies one version unless it is there; nil if it is not in the source any more.
  ///
  /// - Parameters:
  ///   - id: its row id in the source.
  ///   - model: the model's name in the target; nil for the one that it has.
  ///   - database: the target's.
  mutating func copy(id: Int, as model: String? = nil, in database: Database) throws -> TransferredVersion? {
    guard let version = try reading(database, { try StoredVersion(id: id, in: $0) }) else { return nil }
    let marks = try marks(of: version.model, database)
    let model = model ?? version.model
    let place = Place(model: version.model, number: version.number)
    let source = Self.identity(version)
    if let (counterpart, isDeleted) = try counterpart(of: version, model: model, in: database) {
      if !isDeleted { places[place] = counterpart }
      return TransferredVersion(
        source: source, target: counterpart, outcome: isDeleted ? .deleted : .present, missingParent: nil)
    }

    // Everything is checked before it counts, in a dry run too.
    let preparation = prepared.removeValue(forKey: id)
    let found =
      preparation?.record == version.record
      ? preparation : try reading(database) { try Preparation(of: version, id: id, encodes: !isDryRun, in: $0) }
    guard let preparation = found else { return nil }
    if numbers[model] == nil { numbers[model] = try Numbers(of: model, in: database) }
    guard let number = try numbers[model]?.take(preferring: keepsNumbers ? version.number : nil) else { return nil }
    var copy = version
    copy.model = model
    copy.number = number
    copy.parent = try version.parent.flatMap { try parent($0, in: database) }
    copy.record = copy.computedRecord
    let missingParent = copy.parent == nil ? version.parent : nil

    if !isDryRun {
      try insert(
        &copy, preparation, origin: Self.origin(of: version, missingParent, marks.origins[version.number]),
        in: database)
      for entry in marks.entries(of: version.number) {
        try append(entry, model: model, version: copy.number, digest: copy.digest, in: database)
      }
    }
    let identity = Self.identity(copy)
    places[place] = identity
    copied[[model, version.contentDigest]] = identity
    return TransferredVersion(
      source: source, target: identity, outcome: .copied,
      missingParent: missingParent.map {
        Model.Identity(name: $0.name, number: $0.number, digest: Digest.withPrefix($0.digest))
      })
  }

  /// Copies the signatures over a version's digest that the target does not have.
  mutating func copySignatures(to version: Model.Identity, in database: Database) throws {
    let digest = Digest.withoutPrefix(version.digest)
    let known = Set(try VersionMarks.signatures(of: digest, in: database).map { [$0.name, $0.value] })
    for entry in try reading(database, { try VersionMarks.signatures(of: digest, in: $0) })
    where !known.contains([entry.name, entry.value]) {
      signatures += 1
      if !isDryRun {
        try append(entry, model: version.name, version: version.number, digest: digest, in: database)
      }
    }
  }

  /// Writes what an entry of the source says about a version or model of the target.
  func append(
    _ entry: LedgerEntry, model: String, version: Int?, digest: String?, in database: Database
  ) throws {
    try LedgerEntry.append(
      LedgerEntry.Draft(
        kind: entry.kind, model: model, version: version, digest: digest, name: entry.name, value: entry.value,
        reason: reason, actor: actor), in: database)
  }

  /// The version of the target's model that has the same contents, one that was not deleted if there is one.
  func counterpart(
    of version: StoredVersion, model: String, in database: Database
  ) throws -> (identity: Model.Identity, isDeleted: Bool)? {
    let content = version.contentDigest
    if let identity = copied[[model, content]] { return (identity, false) }
    let statement = try database.cachedStatement(
      sql: """
        SELECT versions.id FROM versions JOIN models ON models.id = versions.model
        WHERE digest = ? AND models.name = ? ORDER BY number
        """)
    var deleted: Model.Identity?
    for row in try Row.fetchAll(statement, arguments: [version.digest, model]) {
      guard let other = try StoredVersion(id: try row.integer(0), in: database), other.contentDigest == content else {
        continue
      }
      guard try ModelStore.deletion(of: model, number: other.number, in: database) != nil else {
        return (Self.identity(other), false)
      }
      deleted = deleted ?? Self.identity(other)
    }
    return deleted.map { ($0, true) }
  }

  /// The parent of a version as the target knows it: where it was copied to, or else a version of the same digest, that of the
  /// same name and number if there are several. A number alone says nothing in another store.
  private func parent(_ parent: Model.Identity, in database: Database) throws -> Model.Identity? {
    let known = places[Place(model: parent.name, number: parent.number)]
    if let known, Digest.withoutPrefix(known.digest) == parent.digest {
      return Model.Identity(name: known.name, number: known.number, digest: parent.digest)
    }
    let statement = try database.cachedStatement(
      sql: """
        SELECT models.name, number FROM versions JOIN models ON models.id = versions.model WHERE digest = ?1
        ORDER BY models.name = ?2 AND number = ?3 DESC, models.name = ?2 DESC, number DESC, models.name
        """)
    for row in try Row.fetchAll(statement, arguments: [parent.digest, parent.name, parent.number]) {
      let (name, number) = (try row.text(0), try row.integer(1))
      guard try ModelStore.deletion(of: name, number: number, in: database) == nil else { continue }
      return Model.Identity(name: name, number: number, digest: parent.digest)
    }
    return nil
  }

  /// Writes a version, and checks what was written.
  private mutating func insert(
    _ version: inout StoredVersion, _ preparation: Preparation, origin: String, in database: Database
  ) throws {
    let modelID = try ModelStore.modelID(named: version.model, createdAt: version.createdAt, in: database)
    version.id = try ModelStore.next("SELECT max(id) FROM versions", [], in: database)
    let made = Dictionary(preparation.blobs.map { ($0.sha256, $0) }, uniquingKeysWith: { first, _ in first })
    for sha256 in version.blobDigests {
      if try BlobStorage.exists(sha256, in: database) {
        try requireSound(sha256, of: version, in: database)
      } else {
        // One that was there, or was to come with another version, may have been collected as garbage meanwhile.
        let blob = try made[sha256] ?? reading(database) { try BlobStorage.encoded(sha256, in: $0) }
        try BlobStorage.insert(blob, in: database)
        sound.insert(sha256)
      }
    }
    try version.insert(modelID: modelID, in: database)
    guard let written = try StoredVersion(id: version.id, in: database) else { throw ModelStore.vanished(version.id) }
    guard written.digest == version.digest, written.contentDigest == version.contentDigest else {
      throw StoreError(
        .damaged, "\(version.reference): the copy has the digest \(written.digest), expected \(version.digest)")
    }
    try LedgerEntry.append(
      LedgerEntry.Draft(
        kind: .register, model: version.model, version: version.number, digest: version.digest, value: origin,
        reason: reason, actor: actor), in: database)
  }

  /// Decodes a blob that the target has, once: a copy that shares what is damaged would not be worth acknowledging.
  mutating func requireSound(_ sha256: String, of version: StoredVersion, in database: Database) throws {
    guard !sound.contains(sha256) else { return }
    do {
      _ = try BlobStorage.load(sha256, rawSize: nil, in: database)
    } catch let error as StoreError where error.code == .damaged {
      throw StoreError(
        .damaged,
        "\(target.path) is damaged: \(error.message), which \(version.reference) would share; restore a backup of it")
    }
    sound.insert(sha256)
  }

  /// Where a copy came from: `cats@3 sha256:…`, then the parent if the target does not have it, then what the source said.
  private static func origin(of version: StoredVersion, _ missingParent: Model.Identity?, _ earlier: String?) -> String
  {
    var text = "\(version.reference) \(Digest.withPrefix(version.digest))"
    if let missingParent {
      text += "; parent \(missingParent.name)@\(missingParent.number) \(Digest.withPrefix(missingParent.digest))"
    }
    if let earlier, text.utf8.count + earlier.utf8.count <= ModelStore.maximumTagBytes { text += "; from \(earlier)" }
    return text
  }

  private static func identity(_ version: StoredVersion) -> Model.Identity {
    Model.Identity(name: version.model, number: version.number, digest: Digest.withPrefix(version.digest))
  }
}
