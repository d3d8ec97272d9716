import GRDB

/// A model all of whose versions were deleted.
public struct DeletedModel: Sendable, Equatable {
  /// The model's name.
  public let name: String
  /// How many of its versions can be brought back, as they were not removed for good.
  public let restorableCount: Int
}

extension ModelStore {
  /// The models all of whose versions were deleted, by name.
  ///
  /// - Throws: ``StoreError`` if the store cannot be read.
  public func deletedModels() throws(StoreError) -> [DeletedModel] {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT name, count(versions.id) FROM models LEFT JOIN versions ON versions.model = models.id
          WHERE NOT EXISTS (
            SELECT 1 FROM versions AS live WHERE live.model = models.id AND NOT EXISTS (
              SELECT 1 FROM deletions WHERE deletions.model = models.name AND deletions.version = live.number))
          GROUP BY models.id ORDER BY name
          """)
      return try rows.map { DeletedModel(name: try $0.text(0), restorableCount: try $0.integer(1)) }
    }
  }
}
