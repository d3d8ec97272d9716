/// The files of `Schemas/`, embedded in code: what a store is made of.
public enum Schemas {
  /// One step that takes a store from one schema version to the next. Shipped steps never change.
  public struct Migration: Sendable {
    /// The name of its file in `Schemas/sql`, without the ending.
    public let name: String
    /// The schema version that it leads to: the `user_version` of the store afterwards.
    public let version: Int
    /// The statements, to be run within one transaction.
    public let sql: String
  }

  /// All steps in order: the first creates a store in an empty database.
  public static let migrations: [Migration] = [
    Migration(name: "v0001_initial", version: 1, sql: text(PackageResources.v0001_initial_sql)),
    Migration(name: "v0002_registry", version: 2, sql: text(PackageResources.v0002_registry_sql)),
    Migration(name: "v0003_training", version: 3, sql: text(PackageResources.v0003_training_sql)),
  ]

  static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
