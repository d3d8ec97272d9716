import GRDB

/// What was put on the versions of one model after they were registered, read from its ledger and ready to be put on copies.
struct VersionMarks {
  /// The entry of the note as last edited, by version; nil for the model's.
  private(set) var notes: [Int?: LedgerEntry] = [:]
  /// The entries of the tags by version and name; nil for the model's.
  private(set) var tags: [Int?: [String: LedgerEntry]] = [:]
  /// The entries of the aliases by name.
  private(set) var aliases: [String: LedgerEntry] = [:]
  /// What the ledger says about where a version came from, by version.
  private(set) var origins: [Int: String] = [:]

  /// Reads the marks; each entry that counts must fit its hash.
  init(of model: String, in database: Database) throws {
    for entry in try LedgerEntry.fetch(where: "model = ?", [model], in: database) {
      let name = entry.name ?? ""
      switch entry.kind {
      case .note: notes[entry.version] = entry
      case .tag: tags[entry.version, default: [:]][name] = entry
      case .untag: tags[entry.version]?[name] = nil
      case .alias: aliases[name] = entry
      case .unalias: aliases[name] = nil
      case .register:
        if let version = entry.version { origins[version] = entry.value }
      default: continue
      }
    }
    for entry in notes.values { try entry.requireHash(in: database) }
    for entry in tags.values.flatMap(\.values) { try entry.requireHash(in: database) }
    for entry in aliases.values { try entry.requireHash(in: database) }
  }

  /// The note and the tags of a version, or with nil of the model, in the order in which copies get them.
  func entries(of version: Int?) -> [LedgerEntry] {
    (notes[version].map { [$0] } ?? []) + (tags[version] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
  }

  /// The entries of signatures over a digest, each signature once.
  static func signatures(of digest: String, in database: Database) throws -> [LedgerEntry] {
    var seen: Set<[String?]> = []
    let entries = try LedgerEntry.fetch(where: "kind = 'sign' AND digest = ?", [digest], in: database)
    return try entries.filter { entry in
      try entry.requireHash(in: database)
      return seen.insert([entry.name, entry.value]).inserted
    }
  }
}
