import GRDB

extension Sweep {
  /// Reads the sweep of a name, or without one all of them by name, with their trials.
  static func fetch(named name: String? = nil, in database: Database) throws -> [Sweep] {
    let condition = name == nil ? "" : "WHERE name = ?"
    let arguments: StatementArguments = name.map { [$0] } ?? []
    let rows = try Row.fetchAll(
      database, sql: "SELECT name, model, created_at, description FROM sweeps \(condition) ORDER BY name",
      arguments: arguments)
    return try rows.map { row in
      let name = try row.text(0)
      return Sweep(
        name: name, model: try row.text(1), createdAt: try row.timestamp(2), description: try row.text(3),
        trials: try Trial.fetch(sweep: name, in: database))
    }
  }
}

extension Trial {
  private static let columns =
    "number, hyperparameters, status, rung, iterations, score, metrics, version, message"

  /// Reads the trials of a sweep by their numbers.
  static func fetch(sweep: String, in database: Database) throws -> [Trial] {
    let statement = try database.cachedStatement(
      sql: "SELECT \(columns) FROM trials WHERE sweep = ? ORDER BY number")
    return try Row.fetchAll(statement, arguments: [sweep]).map { row in
      let (number, statusText) = (try row.integer(0), try row.text(2))
      guard let status = Status(rawValue: statusText) else {
        throw StoreError(
          .damaged,
          "trial \(number) of the sweep \(sweep) is \"\(statusText)\"; expected "
            + Status.allCases.map(\.rawValue).joined(separator: ", ") + "; restore a backup")
      }
      let (rung, iterations) = (try row.integer(3), try row.integer(4))
      guard (0...Trial.mostOfAny).contains(rung), (0...Trial.mostOfAny).contains(iterations) else {
        throw StoreError(
          .damaged,
          "trial \(number) of the sweep \(sweep) has the rung \(rung) and \(iterations) iterations, which cannot be; "
            + "restore a backup")
      }
      return Trial(
        number: number, hyperparameters: try row.text(1), status: status, rung: rung, iterations: iterations,
        score: try row.optionalReal(5), metrics: try row.text(6),
        version: try row.optionalInteger(7), message: try row.text(8))
    }
  }

  /// Writes the row of a sweep's trial, in the place of the one of the same number.
  func write(sweep: String, in database: Database) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO trials (sweep, \(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (sweep, number) DO UPDATE SET hyperparameters = excluded.hyperparameters, status = excluded.status,
          rung = excluded.rung, iterations = excluded.iterations, score = excluded.score, metrics = excluded.metrics,
          version = excluded.version, message = excluded.message
        """
    ).execute(
      arguments: [
        sweep, number, hyperparameters, status.rawValue, rung, iterations, score, metrics, version, message,
      ])
  }
}
