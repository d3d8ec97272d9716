import GRDB
import Inference

/// What one thread of ``ModelStore/verify(_:trustedKeys:threads:progress:)`` does, with a connection of its own.
struct Verification {
  let store: ModelStore
  var report = VerificationReport()
  /// What is known about blobs, by whatever thread.
  let checks: BlobChecks
  /// What need not be decoded again, by whatever thread.
  let kept: KeptBlobs
  /// The transaction that all reading is in, or nil for one each.
  private var transaction: Database?

  init(store: ModelStore, checks: BlobChecks, kept: KeptBlobs = KeptBlobs(capacity: 0)) {
    self.store = store
    self.checks = checks
    self.kept = kept
  }

  /// SQLite's own checks, and whether the schema is what it should be.
  mutating func checkDatabase() throws(StoreError) {
    let damage = try collecting("database") { database in
      try Row.fetchAll(database, sql: "PRAGMA integrity_check").map { try $0.text(0) }.filter { $0 != "ok" }
    }
    for problem in damage ?? [] { report.add("database", problem) }
    let strays = try collecting("database") { database in
      try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row in
        "a row of \(try row.text(0)) refers to a row of \(try row.text(2)) that is missing"
      }
    }
    for problem in strays ?? [] { report.add("database", problem) }
    let differences = try collecting("schema") { try StoreSchema.differences(in: $0) }
    for problem in differences ?? [] { report.add("schema", problem) }
  }

  /// The row ids of all versions, in their order.
  mutating func versionIDs() throws(StoreError) -> [Int] {
    try collecting("versions") { database in
      try Row.fetchAll(database, sql: "SELECT id FROM versions ORDER BY id").map { try $0.integer(0) }
    } ?? []
  }

  /// The digests of all blobs, in their order.
  mutating func blobs() throws(StoreError) -> [String] {
    try collecting("blobs") { database in
      try Row.fetchAll(database, sql: "SELECT sha256 FROM blobs ORDER BY sha256").map { try $0.text(0) }
    } ?? []
  }

  /// How many raw bytes all blobs have, as the store says.
  func totalBytes() throws(StoreError) -> Int {
    // What damage wrote may add up to more than SQLite's integers hold; total() is of floats, and never fails.
    let total = try store.read { try Row.fetchOne($0, sql: "SELECT total(raw_size) FROM blobs")?.real(0) ?? 0 }
    return Int(min(max(total, 0), 0x1p62))
  }

  /// A blob whoever refers to it, unless it was removed meanwhile.
  mutating func checkBlob(_ sha256: String) throws(StoreError) {
    try inTransaction { verification throws(StoreError) in
      let isThere = try verification.collecting("blob \(sha256)") { try BlobStorage.exists(sha256, in: $0) }
      if isThere == true { try verification.check(blob: sha256, rawSize: nil, subject: "blob \(sha256)") }
    }
  }

  /// The version with that row id, within one transaction.
  mutating func checkVersion(id: Int) throws(StoreError) {
    try inTransaction { verification throws(StoreError) in try verification.checkRows(ofVersion: id) }
  }

  /// The version with that row id: its digest, its record, and all that it refers to.
  private mutating func checkRows(ofVersion id: Int) throws(StoreError) {
    let found = try collecting("version with the row id \(id)") { try StoredVersion(id: id, in: $0) }
    guard let found, let version = found else { return }
    let subject = version.reference
    let findingsBefore = report.findings.count
    report.versions += 1
    if version.computedDigest != version.digest {
      report.add(
        subject,
        "expected the digest \(version.digest), but its architecture, input format, labels and tensors have "
          + version.computedDigest)
    }
    if version.computedRecord != version.record {
      report.add(
        subject,
        "expected the record \(version.record), but what is said about it (metrics, hyperparameters, lineage, …) has "
          + version.computedRecord)
    }
    let architecture = try collecting(subject) { _ in try version.decodedArchitecture() }
    let problems = try collecting(subject) { _ in
      try architecture.map { try Self.contradictions(in: version, architecture: $0) }
    }
    for problem in problems.flatMap({ $0 }) ?? [] { report.add(subject, problem) }
    if let error = try replay(version) {
      try checkTensors(of: version, architecture: architecture)
      if let architecture { try checkGolden(of: version, architecture: architecture) }
      // Such as scales that are no scales: all bytes are those that were written, but nnscore did not write them.
      if report.findings.count == findingsBefore { report.add(subject, error.message) }
    }
    try checkCosts(of: version)
    try checkEpochMetrics(of: version)
  }

  /// Whether every entry of the ledger follows from the one before, and the versions are still those that it names.
  mutating func checkLedger() throws(StoreError) {
    let entries = try collecting("ledger") { try LedgerEntry.fetch(in: $0) } ?? []
    var previous = Digest.none
    var serving: [String: Int] = [:]
    // The digest that each version was last said to have; a purged one has no row any more.
    var digests: [VersionKey: (digest: String, sequence: Int)] = [:]
    var registered: Set<VersionKey> = []
    let now = Timestamp.now
    for (index, entry) in entries.enumerated() {
      let subject = "ledger, entry \(entry.sequence)"
      report.ledgerEntries += 1
      if entry.isAhead(of: now) { report.futureEntries += 1 }
      guard entry.sequence == index + 1 else {
        report.add(subject, "expected the entry \(index + 1) here; entries are missing")
        return
      }
      let hash = entry.computedHash(following: previous)
      guard hash == entry.hash else {
        report.add(
          subject, "it was altered, or the one before is another: expected the hash \(entry.hash), found \(hash)")
        return
      }
      previous = entry.hash
      checkSignature(entry, subject)
      guard let model = entry.model else { continue }
      if entry.kind.isService {
        if serving[model] != entry.predecessor { report.add(subject, "its predecessor is not what was in service") }
        serving[model] = entry.version
      }
      guard let version = entry.version, let digest = entry.digest else { continue }
      let key = VersionKey(model: model, number: version)
      if entry.kind == .register { registered.insert(key) }
      if let before = digests[key], before.digest != digest {
        report.add(
          subject, "\(model)@\(version) has the digest \(digest) here, and \(before.digest) in entry \(before.sequence)"
        )
      }
      digests[key] = entry.kind == .purge ? nil : (digest, entry.sequence)
    }
    try checkDigests(digests)
    try checkRegistrations(registered)
  }

  /// Whether the ledger tells of the registration of each version that was registered since it does: those have golden examples.
  private mutating func checkRegistrations(_ registered: Set<VersionKey>) throws(StoreError) {
    let versions = try collecting("ledger") { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT models.name, number FROM goldens JOIN versions ON versions.id = goldens.version
          JOIN models ON models.id = versions.model ORDER BY versions.id
          """
      ).map { VersionKey(model: try $0.text(0), number: try $0.integer(1)) }
    }
    for version in versions ?? [] where !registered.contains(version) {
      report.add(
        "\(version.model)@\(version.number)",
        "the ledger has no entry of its registration: the last entries are missing, or nnscore did not write it")
    }
  }

  /// Whether the versions that the ledger names are there, with the digests that it gives them.
  private mutating func checkDigests(_ named: [VersionKey: (digest: String, sequence: Int)]) throws(StoreError) {
    for (key, (digest, sequence)) in named.sorted(by: { $0.value.sequence < $1.value.sequence }) {
      let subject = "ledger, entry \(sequence)"
      guard let found = try collecting(subject, { try Self.digest(of: key, in: $0) }), found != digest else { continue }
      report.add(
        subject, "it gives \(key.model)@\(key.number) the digest \(digest), found \(found ?? "no such version")")
    }
  }

  private struct VersionKey: Hashable {
    let model: String
    let number: Int
  }

  private mutating func checkTensors(of version: StoredVersion, architecture: Architecture?) throws(StoreError) {
    let expected = architecture.map { version.layerTensors(of: $0) }
    if let expected, expected.count != version.tensors.count {
      report.add(version.reference, "expected \(expected.count) tensors, found \(version.tensors.count)")
    }
    for (index, tensor) in version.tensors.enumerated() {
      var rawSize: Int?
      if let expected, index < expected.count {
        guard tensor.fits(expected[index]) else {
          report.add(version.reference, ModelStore.misfit(tensor, expected[index]))
          continue
        }
        rawSize = expected[index].byteCount
      }
      try check(blob: tensor.sha256, rawSize: rawSize, subject: "\(version.reference), \(tensor.name)")
    }
  }

  private mutating func checkCosts(of version: StoredVersion) throws(StoreError) {
    guard let costs = version.costs else { return }
    let subject = "\(version.reference), costs"
    guard let values = try collecting(subject, { try ModelStore.costs(of: version, in: $0) }) else {
      return checks.insert(damaged: costs.sha256)
    }
    checks.insert(costs.sha256, rawSize: 8 * values.count)
    let last = values.last.flatMap { $0.isNaN ? nil : $0 }
    if last != costs.final {
      func text(_ cost: Double?) -> String { cost.map { "\($0)" } ?? "NaN" }
      report.add(subject, "the history ends with \(text(last)), the final cost is given as \(text(costs.final))")
    }
  }

  private mutating func checkEpochMetrics(of version: StoredVersion) throws(StoreError) {
    guard let stored = version.epochMetrics else { return }
    let subject = "\(version.reference), epoch metrics"
    guard let metrics = try collecting(subject, { try ModelStore.epochMetrics(of: version, in: $0) }) ?? nil else {
      return checks.insert(damaged: stored.sha256)
    }
    checks.insert(stored.sha256, rawSize: 8 * (metrics.epochs.count + metrics.values.count))
  }

  private mutating func check(blob sha256: String, rawSize: Int?, subject: String) throws(StoreError) {
    if let known = checks.rawSize(of: sha256), known == rawSize ?? known { return }
    let kept = kept
    let size = try collecting(subject) { database in
      try BlobStorage.load(sha256, rawSize: rawSize, in: database, keeping: kept).count
    }
    // One that is damaged is named for every version that refers to it.
    if let size { checks.insert(sha256, rawSize: size) } else { checks.insert(damaged: sha256) }
  }

  /// What in a version's texts does not fit together.
  private static func contradictions(in version: StoredVersion, architecture: Architecture) throws -> [String] {
    var problems: [String] = []
    if architecture.parameterCount != version.parameterCount {
      problems.append("expected \(architecture.parameterCount) parameters, found \(version.parameterCount)")
    }
    let inputFormat = try version.decodedInputFormat()
    if inputFormat.features != architecture.inputs {
      problems.append(
        "the input format has \(inputFormat.features) elements, the architecture \(architecture.inputs) inputs")
    }
    try Model.validate(labels: try version.decodedLabels(), for: architecture)
    _ = try version.decodedLineage()
    return problems
  }

  private static func digest(of key: VersionKey, in database: Database) throws -> String? {
    try Row.fetchOne(
      try database.cachedStatement(
        sql: """
          SELECT digest FROM versions JOIN models ON models.id = versions.model WHERE models.name = ? AND number = ?
          """), arguments: [key.model, key.number]
    ).map { Digest.withPrefix(try $0.text(0)) }
  }

  /// Runs a body whose reading all sees one state of the store.
  mutating func inTransaction(_ body: (inout Verification) throws(StoreError) -> Void) throws(StoreError) {
    let store = store
    defer { transaction = nil }
    try store.read { database in
      transaction = database
      try body(&self)
    }
  }

  /// Runs a body that reads the store, within the transaction under way, or one of its own.
  func reading<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
    guard let transaction else { return try store.read(body) }
    return try ModelStore.mapped(store.path) { try body(transaction) }
  }

  /// Runs a check as ``reading(_:)`` does; damage becomes a finding and nil.
  mutating func collecting<Result>(
    _ subject: String, _ check: (Database) throws -> Result
  ) throws(StoreError) -> Result? {
    do {
      return try reading(check)
    } catch {
      guard [.damaged, .notAStore, .notEnoughMemory].contains(error.code) else { throw error }
      report.add(subject, error.message)
      return nil
    }
  }
}
