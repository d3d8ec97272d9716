import GRDB
import Inference

/// Reads the tree that a version belongs to.
///
/// Rows of a sound store have their parents before them. Those of a damaged one may name each other in a circle, so what was met
/// is kept, and met twice is an error.
struct LineageReader {
  /// A version by what a parent is named by.
  private struct Place: Hashable {
    let model: String
    let number: Int
  }

  private struct Child {
    let id: Int
    let parentDigest: String
  }

  /// What was put on the versions of one model.
  private struct Marks {
    let serving: Int?
    let aliases: [Int: [String]]
    let deletions: [Int: Deletion]
    /// What the ledger says of where versions came from. Versions of schema version 1 have no such entry; all were trained.
    private(set) var origins: [Int: String] = [:]

    init(of model: String, in database: Database) throws {
      serving = try ModelStore.serving(model, in: database)
      aliases = Dictionary(grouping: try Alias.fetch(model: model, in: database), by: \.version)
        .mapValues { $0.map(\.name) }
      deletions = try ModelStore.deletedVersions(of: model, in: database)
      let row = try StatementRow(
        try database.cachedStatement(
          sql: "SELECT version, value FROM ledger WHERE model = ? AND kind = 'register' AND value IS NOT NULL"),
        arguments: [model])
      while try row.next() { origins[try row.integer(0)] = try row.text(1) }
    }
  }

  private var marks: [String: Marks] = [:]
  private var members: [LineageTree.Member] = []
  private var parents: [Int?] = []
  /// The members that were met, with their indices.
  private var met: [Place: Int] = [:]

  mutating func tree(of id: Int, in database: Database) throws -> LineageTree {
    let line = try ancestors(of: id, in: database)
    for (index, (version, parentState)) in line.enumerated() {
      try add(
        version, index == line.count - 1 ? .asked : .ancestor, parentState: parentState,
        parent: index == 0 ? nil : index - 1, in: database)
    }
    try addDescendants(in: database)
    return LineageTree(members: members, parents: parents)
  }

  /// The version and what it descends from, the oldest first.
  private func ancestors(
    of id: Int, in database: Database
  ) throws -> [(version: StoredVersion, parentState: LineageTree.ParentState?)] {
    guard var version = try StoredVersion(id: id, in: database) else { throw ModelStore.vanished(id) }
    var line: [(version: StoredVersion, parentState: LineageTree.ParentState?)] = []
    var met: Set = [Place(model: version.model, number: version.number)]
    while let parent = version.parent {
      let state: LineageTree.ParentState
      var next: StoredVersion?
      if let found = try Self.version(parent.name, parent.number, in: database) {
        next = found.digest == parent.digest ? found : nil
        state = next == nil ? .different(digest: Digest.withPrefix(found.digest)) : .present
      } else if let deletion = try ModelStore.deletion(of: parent.name, number: parent.number, in: database) {
        state = deletion.isPurged ? .purged(at: deletion.at, actor: deletion.actor) : .missing
      } else {
        state = .missing
      }
      line.append((version, state))
      guard let next else { return line.reversed() }
      guard met.insert(Place(model: next.model, number: next.number)).inserted else {
        throw Self.circle(next, by: version)
      }
      version = next
    }
    line.append((version, nil))
    return line.reversed()
  }

  /// Adds all versions that descend from the last member, generation by generation, each in the order of registration.
  private mutating func addDescendants(in database: Database) throws {
    let children = try Self.children(in: database)
    var parent = members.count - 1
    while parent < members.count {
      let identity = members[parent].identity
      let place = Place(model: identity.name, number: identity.number)
      for child in children[place] ?? [] where child.parentDigest == Digest.withoutPrefix(identity.digest) {
        guard let version = try StoredVersion(id: child.id, in: database) else { throw ModelStore.vanished(child.id) }
        try add(version, .descendant, parentState: .present, parent: parent, in: database)
      }
      parent += 1
    }
  }

  private mutating func add(
    _ version: StoredVersion, _ relation: LineageTree.Relation, parentState: LineageTree.ParentState?, parent: Int?,
    in database: Database
  ) throws {
    guard met.updateValue(members.count, forKey: Place(model: version.model, number: version.number)) == nil else {
      throw Self.circle(version, by: version)
    }
    guard let createdAt = Timestamp(version.createdAt) else {
      throw StoreError(
        .damaged, "\(version.reference): \"\(version.createdAt)\" is no time; run nnscore verify, and restore a backup")
    }
    let marks = try marks(of: version.model, in: database)
    members.append(
      LineageTree.Member(
        identity: Model.Identity(
          name: version.model, number: version.number, digest: Digest.withPrefix(version.digest)),
        relation: relation, createdAt: createdAt,
        provenance: Provenance(origin: marks.origins[version.number]), precision: version.precision,
        lineage: try version.decodedLineage(), parentState: parentState, isServing: marks.serving == version.number,
        aliases: marks.aliases[version.number] ?? [],
        deletion: marks.deletions[version.number].map {
          LineageTree.Deletion(at: $0.at, actor: $0.actor, reason: $0.reason)
        }))
    parents.append(parent)
  }

  private mutating func marks(of model: String, in database: Database) throws -> Marks {
    if let known = marks[model] { return known }
    let read = try Marks(of: model, in: database)
    marks[model] = read
    return read
  }

  /// The version of that name and number, deleted or not.
  private static func version(_ model: String, _ number: Int, in database: Database) throws -> StoredVersion? {
    let statement = try database.cachedStatement(
      sql: "SELECT versions.id FROM versions JOIN models ON models.id = versions.model WHERE name = ? AND number = ?")
    guard let row = try Row.fetchOne(statement, arguments: [model, number]) else { return nil }
    return try StoredVersion(id: try row.integer(0), in: database)
  }

  /// All versions that have a parent, by that; in the order of their registration.
  private static func children(in database: Database) throws -> [Place: [Child]] {
    let statement = try database.cachedStatement(
      sql: """
        SELECT id, parent_model, parent_number, parent_digest FROM versions WHERE parent_model IS NOT NULL ORDER BY id
        """)
    let row = try StatementRow(statement, arguments: [])
    var result: [Place: [Child]] = [:]
    while try row.next() {
      result[Place(model: try row.text(1), number: try row.integer(2)), default: []].append(
        Child(id: try row.integer(0), parentDigest: try row.text(3)))
    }
    return result
  }

  private static func circle(_ version: StoredVersion, by child: StoredVersion) -> StoreError {
    StoreError(
      .damaged,
      "\(version.reference) descends from itself"
        + (child.number == version.number && child.model == version.model ? "" : ", by \(child.reference)")
        + ", which cannot be: the store is damaged; run nnscore verify, and restore a backup")
  }
}
