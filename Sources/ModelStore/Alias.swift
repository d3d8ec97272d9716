import GRDB

/// A name for a version that can be moved to another, such as `champion`: `cats@champion`.
public struct Alias: Sendable, Equatable {
  /// The alias.
  public let name: String
  /// The number of the version that it names.
  public let version: Int
  /// Whether moving and removing it must be forced.
  public let isProtected: Bool
  /// Since when.
  public let at: Timestamp
  /// Who set it.
  public let actor: String

  /// The value of an `alias` entry whose alias is protected.
  static let protectedValue = "protected"

  /// The last entry about an alias; its version is nil once the alias was removed. Nil if it never was.
  static func fetchEntry(_ name: String, model: String, in database: Database) throws -> LedgerEntry? {
    try LedgerEntry.fetchLast(
      where: "model = ? AND name = ? AND kind IN ('alias', 'unalias')", [model, name], in: database)
  }

  /// The aliases of a model by name.
  static func fetch(model: String, in database: Database) throws -> [Alias] {
    let statement = try database.cachedStatement(
      sql: "SELECT name, version, protected, at, actor FROM aliases WHERE model = ? ORDER BY name")
    return try Row.fetchAll(statement, arguments: [model]).map { row in
      Alias(
        name: try row.text(0), version: try row.integer(1), isProtected: try row.integer(2) == 1,
        at: try row.timestamp(3), actor: try row.text(4))
    }
  }

  /// Checks that a text can be a new alias: what neither references nor readers take for something else. Stores may have aliases of
  /// an earlier nnscore that are not, and these name their versions as before.
  static func validate(_ name: String) throws(StoreError) {
    guard Reference.isName(name), let first = name.utf8.first, !(0x30...0x39).contains(first) else {
      throw StoreError(
        .invalidName,
        "\"\(name)\" cannot be an alias; one begins with a letter and goes on with letters, digits, '.', '_' and '-', at most "
          + "\(Reference.maximumNameLength) (A-Z, a-z, 0-9)")
    }
    // Whatever the case of their letters: cats@Latest and cats@latest would be two versions.
    let letters = name.lowercased()
    guard !["latest", "serving"].contains(letters), !letters.hasPrefix("sha256") else {
      throw StoreError(
        .invalidName,
        "\"\(name)\" cannot be an alias, as readers would take it for a reference of another kind (NAME@latest, "
          + "NAME@sha256:DIGITS) or for what is in service; choose another name")
    }
  }
}
