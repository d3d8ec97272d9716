import Foundation
import GRDB
import Schemas
import Testing

@testable import ModelStore

/// Shipped migrations never change: stores out there were made by them.
@Suite struct SchemaTests {
  /// SHA-256 of each file of `Schemas/sql`. A line is added with a migration; a line is never changed once it has shipped.
  static let checksums = [
    "v0001_initial": "bd6883df95aea4813c356277f9fd8edc225c07ca6433079c991d4fbe234096e3",
    "v0002_registry": "bbb04a090d40bfb95c5970cb7c97bb2fe53b83d31079d01c036b55c16f280e46",
    "v0003_training": "3fc1953154c931a928a7c1eb979497a9bcf4a720178daaacbffe029b81597e2d",
  ]

  /// Everything that the migrations make.
  static let objects = [
    "index blobs_by_base",
    "index costs_by_blob",
    "index epoch_metrics_by_blob",
    "index goldens_by_inputs",
    "index goldens_by_outputs",
    "index ledger_aliases",
    "index ledger_by_model",
    "index ledger_deletions",
    "index ledger_notes",
    "index ledger_policies",
    "index ledger_service",
    "index ledger_signatures",
    "index ledger_tags",
    "index tensors_by_blob",
    "index versions_by_creation",
    "index versions_by_digest",
    "index versions_by_sweep",
    "table blobs",
    "table checkpoint_chunks",
    "table checkpoints",
    "table chunks",
    "table costs",
    "table datasets",
    "table epoch_metrics",
    "table goldens",
    "table ledger",
    "table metrics",
    "table models",
    "table sweeps",
    "table tensors",
    "table trials",
    "table versions",
    "trigger blobs_refuse_delete",
    "trigger blobs_refuse_replace",
    "trigger blobs_refuse_update",
    "trigger blobs_refuse_wrong_depth",
    "trigger checkpoint_chunks_refuse_delete",
    "trigger checkpoint_chunks_refuse_replace",
    "trigger checkpoint_chunks_refuse_update",
    "trigger checkpoints_refuse_replace",
    "trigger checkpoints_refuse_update",
    "trigger chunks_refuse_delete",
    "trigger chunks_refuse_replace",
    "trigger chunks_refuse_sealed",
    "trigger chunks_refuse_update",
    "trigger costs_refuse_delete",
    "trigger costs_refuse_replace",
    "trigger costs_refuse_sealed",
    "trigger costs_refuse_update",
    "trigger datasets_refuse_delete",
    "trigger datasets_refuse_replace",
    "trigger datasets_refuse_sealed",
    "trigger datasets_refuse_update",
    "trigger epoch_metrics_refuse_delete",
    "trigger epoch_metrics_refuse_replace",
    "trigger epoch_metrics_refuse_sealed",
    "trigger epoch_metrics_refuse_update",
    "trigger goldens_refuse_delete",
    "trigger goldens_refuse_replace",
    "trigger goldens_refuse_sealed",
    "trigger goldens_refuse_update",
    "trigger ledger_refuse_delete",
    "trigger ledger_refuse_delete_aliased",
    "trigger ledger_refuse_delete_serving",
    "trigger ledger_refuse_deleted_version",
    "trigger ledger_refuse_disorder",
    "trigger ledger_refuse_replace",
    "trigger ledger_refuse_undelete",
    "trigger ledger_refuse_unknown_model",
    "trigger ledger_refuse_unknown_version",
    "trigger ledger_refuse_update",
    "trigger ledger_refuse_wrong_predecessor",
    "trigger metrics_refuse_delete",
    "trigger metrics_refuse_replace",
    "trigger metrics_refuse_sealed",
    "trigger metrics_refuse_update",
    "trigger models_refuse_delete",
    "trigger models_refuse_replace",
    "trigger models_refuse_update",
    "trigger sweeps_refuse_replace",
    "trigger sweeps_refuse_update",
    "trigger tensors_refuse_delete",
    "trigger tensors_refuse_replace",
    "trigger tensors_refuse_sealed",
    "trigger tensors_refuse_update",
    "trigger versions_refuse_delete",
    "trigger versions_refuse_purged_number",
    "trigger versions_refuse_replace",
    "trigger versions_refuse_update",
    "view aliases",
    "view deletions",
    "view notes",
    "view policies",
    "view service",
    "view signatures",
    "view tags",
    "view trusted_keys",
  ]

  @Test("Every migration is the one whose checksum was recorded")
  func migrations() throws {
    #expect(Schemas.migrations.map(\.version) == Array(1...Schemas.migrations.count))
    #expect(Schemas.migrations.map(\.name).sorted() == Self.checksums.keys.sorted())
    for migration in Schemas.migrations {
      #expect(Digest.sha256(Array(migration.sql.utf8).span) == Self.checksums[migration.name])
      #expect(migration.name.hasPrefix("v000\(migration.version)_"))
    }
  }

  @Test("The schema of a new store is the recorded one, object by object")
  func snapshot() throws {
    let scratch = try Scratch()
    _ = try ModelStore(path: scratch.store, mode: .create)
    let (objects, version, application, pageSize) = try DatabaseQueue(path: scratch.store).read { database in
      (
        try String.fetchAll(
          database,
          sql: "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"),
        try Int.fetchOne(database, sql: "PRAGMA user_version"),
        try Int.fetchOne(database, sql: "PRAGMA application_id"),
        try Int.fetchOne(database, sql: "PRAGMA page_size")
      )
    }
    #expect(objects == Self.objects)
    #expect(version == 3 && application == 0x6e6e_7363 && pageSize == 16384)
  }

  @Test("The recorded digest is that of the objects that the migrations make, and of no others")
  func recordedDigest() throws {
    let scratch = try Scratch()
    _ = try ModelStore(path: scratch.store, mode: .create)
    try DatabaseQueue(path: scratch.store).write { database in
      let objects = try StoreSchema.objects(in: database)
      #expect(StoreSchema.digest(of: objects) == StoreSchema.recordedDigest)
      for object in objects {
        #expect(StoreSchema.digest(of: objects.subtracting([object])) != StoreSchema.recordedDigest)
        let altered = StoreSchema.Object(type: object.type, name: object.name, sql: (object.sql ?? "") + " ")
        #expect(
          StoreSchema.digest(of: objects.subtracting([object]).union([altered])) != StoreSchema.recordedDigest)
      }
      #expect(try StoreSchema.differences(in: database).isEmpty)
      try database.execute(sql: "CREATE INDEX planted ON versions (note)")
      #expect(try StoreSchema.differences(in: database) == ["index planted does not belong there"])
    }
  }

  /// What triggers need not refuse: checkpoints and sweeps come and go, and trials change as well.
  static let allowed: [String: Set<String>] = [
    "checkpoints": ["delete"], "sweeps": ["delete"], "trials": ["update", "delete", "replace"],
  ]

  @Test("Every table is STRICT, and has a trigger for each of update, deletion and replacement that is not allowed")
  func tables() throws {
    let scratch = try Scratch()
    _ = try ModelStore(path: scratch.store, mode: .create)
    try DatabaseQueue(path: scratch.store).read { database in
      let tables = try Row.fetchAll(
        database, sql: "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      #expect(tables.count == 15)
      for table in tables {
        let name: String = table["name"]
        #expect((table["strict"] as Int) == 1, "\(name)")
        for event in ["update", "delete", "replace"] where Self.allowed[name]?.contains(event) != true {
          let count = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name = ?",
            arguments: ["\(name)_refuse_\(event)"])
          #expect(count == 1, "\(name), \(event)")
        }
      }
    }
  }

  @Test("No query of a listing scans a table that grows with the versions of other models")
  func indices() throws {
    let scratch = try Scratch()
    _ = try ModelStore(path: scratch.store, mode: .create)
    let queries = [
      "SELECT version FROM ledger WHERE model = 'cats' AND \(LedgerEntry.isService) ORDER BY sequence DESC LIMIT 1",
      "SELECT hash FROM ledger WHERE model = 'cats' ORDER BY sequence",
      "SELECT kind FROM ledger WHERE model = 'cats' AND version = 1 AND \(Deletion.isDeletion)",
      "SELECT value FROM ledger WHERE model = 'cats' AND name = 'x' AND kind IN ('alias', 'unalias') ORDER BY sequence DESC",
      "SELECT value FROM ledger WHERE model = 'cats' AND version IS 1 AND kind = 'note' ORDER BY sequence DESC LIMIT 1",
      "SELECT value FROM ledger WHERE digest = 'x' AND kind = 'sign'",
      "SELECT sha256 FROM blobs WHERE base = 'x'",
      "SELECT max(number) FROM versions WHERE model = 1",
      "SELECT id FROM versions WHERE digest >= '1f' AND digest < '1fg'",
      "SELECT value FROM metrics WHERE version = 1",
      "SELECT bytes FROM chunks WHERE sha256 = 'x' ORDER BY position",
      "SELECT version FROM tensors WHERE sha256 = 'x'", "SELECT version FROM costs WHERE sha256 = 'x'",
      "SELECT version FROM epoch_metrics WHERE sha256 = 'x'",
      "SELECT number FROM versions WHERE sweep = 'x' ORDER BY trial",
    ]
    try DatabaseQueue(path: scratch.store).read { database in
      for query in queries {
        let plan = try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + query).map { $0["detail"] as String }
        #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(query): \(plan)")
      }
    }
  }
}
