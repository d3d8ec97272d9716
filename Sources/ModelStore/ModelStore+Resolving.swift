import GRDB
import Inference

extension ModelStore {
  /// The row id of the model of that name.
  static func modelID(named name: String, in database: Database) throws -> Int {
    try Reference.validate(modelName: name)
    let statement = try database.cachedStatement(sql: "SELECT id FROM models WHERE name = ?")
    if let row = try Row.fetchOne(statement, arguments: [name]) { return try row.integer(0) }
    let names = try Row.fetchAll(database, sql: "SELECT name FROM models ORDER BY name LIMIT 11").map { try $0.text(0) }
    let known =
      names.isEmpty
      ? "the store is empty" : "it has " + names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
    throw StoreError(.noSuchModel, "the store has no model \"\(name)\"; \(known)")
  }

  /// The number of the version in service, or nil.
  static func serving(_ model: String, in database: Database) throws -> Int? {
    let statement = try database.cachedStatement(
      sql: "SELECT version FROM ledger WHERE model = ? AND \(LedgerEntry.isService) ORDER BY sequence DESC LIMIT 1")
    return try Row.fetchOne(statement, arguments: [model])?.optionalInteger(0)
  }

  /// The row id of the version that a reference names.
  static func resolve(_ reference: Reference, in database: Database) throws -> Int {
    let name = reference.model
    let modelID = try modelID(named: name, in: database)
    switch reference.selector {
    case .serving:
      guard let number = try LedgerEntry.fetchCheckedServing(name, in: database)?.version else {
        throw StoreError(
          .nothingInService,
          "no version of \(name) is in service; promote one (nnscore promote \(name)@N), or use \(name)@latest")
      }
      return try versionID(name, modelID: modelID, number: number, in: database)
    case .number(let number):
      return try versionID(name, modelID: modelID, number: number, in: database)
    case .latest:
      guard let number = try latest(name, modelID: modelID, in: database) else {
        throw StoreError(.noSuchVersion, "\(name) has no version; registering one makes it (nnscore train \(name))")
      }
      try requireLatest(number, of: name, in: database)
      return try versionID(name, modelID: modelID, number: number, in: database)
    case .alias(let alias):
      guard let entry = try Alias.fetchEntry(alias, model: name, in: database), let number = entry.version else {
        let known = try Alias.fetch(model: name, in: database).map(\.name)
        throw StoreError(
          .noSuchAlias,
          "\(name) has no alias \"\(alias)\"; "
            + (alias.lowercased() == "latest"
              ? "write \(name)@latest for the version registered last"
              : known.isEmpty
                ? "it has none. Set one by nnscore alias set \(name)@N \(alias)"
                : "it has \(known.joined(separator: ", "))"))
      }
      try entry.requireHash(in: database)
      try LedgerEntry.requireNone(
        after: entry, where: "name = ? AND kind IN ('alias', 'unalias')", [alias], of: name, in: database)
      return try versionID(name, modelID: modelID, number: number, in: database)
    case .digestPrefix(let prefix):
      return try versionID(name, modelID: modelID, digestPrefix: prefix, in: database)
    }
  }

  /// The row id of a version that was not deleted.
  static func versionID(_ model: String, modelID: Int, number: Int, in database: Database) throws -> Int {
    let deletion = try deletion(of: model, number: number, in: database)
    if let deletion, deletion.isPurged {
      throw StoreError(
        .versionDeleted,
        "\(model)@\(number) was deleted on \(deletion.at) by \(deletion.actor) and purged: it cannot be brought back")
    }
    if let deletion {
      throw StoreError(
        .versionDeleted,
        "\(model)@\(number) was deleted on \(deletion.at) by \(deletion.actor); `nnscore undelete \(model)@\(number)` "
          + "brings it back until the next gc")
    }
    if let id = try rowID(modelID: modelID, number: number, in: database) {
      // An index said so; what the row itself says is what counts.
      let found = try identity(of: id, in: database)
      guard found.name == model, found.number == number else {
        throw StoreError(
          .damaged,
          "an index is damaged: it gives \(model)@\(number) the row of \(found.name)@\(found.number); run nnscore verify, and "
            + "restore a backup")
      }
      return id
    }
    let last = try latest(model, modelID: modelID, in: database) ?? 0
    throw StoreError(
      .noSuchVersion,
      "\(model) has no version \(number); "
        + (last == 0 ? "it has none" : last == 1 ? "it has version 1 only" : "it has versions 1 to \(last)"))
  }

  /// The row id of a version, deleted or not.
  static func rowID(modelID: Int, number: Int, in database: Database) throws -> Int? {
    let statement = try database.cachedStatement(sql: "SELECT id FROM versions WHERE model = ? AND number = ?")
    return try Row.fetchOne(statement, arguments: [modelID, number])?.integer(0)
  }

  /// The highest number of a version that was not deleted.
  static func latest(_ model: String, modelID: Int, in database: Database) throws -> Int? {
    let deleted = try deletedVersions(of: model, in: database)
    let statement = try database.cachedStatement(
      sql: "SELECT number FROM versions WHERE model = ? ORDER BY number DESC")
    let rows = try Row.fetchCursor(statement, arguments: [modelID])
    while let row = try rows.next() {
      let number = try row.integer(0)
      if deleted[number] == nil { return number }
    }
    return nil
  }

  /// Checks by the ledger that a version is the latest: a damaged index can hide the one after it, or that it was deleted.
  private static func requireLatest(_ number: Int, of model: String, in database: Database) throws {
    // From the end of the ledger back to when the latest version was registered.
    func rows(_ columns: String, _ condition: String, _ arguments: StatementArguments) throws -> RowCursor {
      let statement = try database.cachedStatement(
        sql: """
          SELECT \(columns) FROM ledger INDEXED BY ledger_by_model WHERE model = ? AND \(condition) ORDER BY sequence DESC
          """)
      return try Row.fetchCursor(statement, arguments: arguments)
    }
    let registered = try rows("version", "kind = 'register'", [model])
    var newest: Int?
    while newest == nil, let row = try registered.next() {
      newest = try row.optionalInteger(0)
      if let candidate = newest, candidate > number, try deletion(of: model, number: candidate, in: database) != nil {
        newest = nil
      }
    }
    let fates = try rows(
      "kind", "version = ? AND kind IN ('register', 'delete', 'undelete', 'purge')", [model, number])
    let fate = try fates.next()?.text(0)
    guard newest ?? number <= number, fate != LedgerEntry.Kind.delete.rawValue, fate != LedgerEntry.Kind.purge.rawValue
    else {
      throw StoreError(
        .damaged,
        "an index is damaged: it shows \(model)@\(number) as the latest version, the ledger does not; run nnscore verify, "
          + "and restore a backup")
    }
  }

  private static func versionID(
    _ model: String, modelID: Int, digestPrefix prefix: String, in database: Database
  ) throws -> Int {
    // All digests with the prefix lie between it and it followed by what is more than any digit.
    let statement = try database.cachedStatement(
      sql: "SELECT id, number, digest FROM versions WHERE digest >= ? AND digest < ? AND model = ? ORDER BY number")
    let deleted = try deletedVersions(of: model, in: database)
    let rows = try Row.fetchAll(statement, arguments: [prefix, prefix + "g", modelID])
    let candidates = try rows.map { (id: try $0.integer(0), number: try $0.integer(1), digest: try $0.text(2)) }
      .filter { deleted[$0.number] == nil }
    guard let first = candidates.first, let last = candidates.last else {
      throw StoreError(.noSuchVersion, "\(model) has no version whose digest begins with sha256:\(prefix)")
    }
    // Versions registered twice with equal contents answer alike; the later one is meant.
    guard candidates.allSatisfy({ $0.digest == first.digest }) else {
      let list = candidates.map { "\(model)@\($0.number) (sha256:\($0.digest.prefix(prefix.utf8.count + 8)))" }
      throw StoreError(
        .ambiguousReference,
        "\(model)@sha256:\(prefix) is ambiguous: \(list.joined(separator: ", ")); write more digits, or the number")
    }
    let found = try identity(of: last.id, in: database)
    guard found.name == model, Digest.withoutPrefix(found.digest).hasPrefix(prefix) else {
      throw StoreError(
        .damaged,
        "an index is damaged: it gives sha256:\(prefix) to \(found.name)@\(found.number), which has \(found.digest); run "
          + "nnscore verify, and restore a backup")
    }
    return last.id
  }
}
