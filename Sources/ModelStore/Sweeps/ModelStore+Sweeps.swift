import GRDB
public import Inference

extension ModelStore {
  /// Writes a search for hyperparameters with the trials that it has already, in one transaction.
  ///
  /// - Throws: ``StoreError/Code/sweepExists``, a part that does not fit, or why the store cannot be written; nothing is written then.
  public func createSweep(_ sweep: Sweep) throws(StoreError) {
    try Reference.validate(name: sweep.name, of: "sweep")
    try Reference.validate(modelName: sweep.model)
    try Self.validate(json: sweep.description, "the description of the sweep \(sweep.name)")
    var numbers: Set<Int> = []
    for trial in sweep.trials {
      try Self.validate(trial, of: sweep.name)
      guard numbers.insert(trial.number).inserted else {
        throw StoreError(.invalidDraft, "the sweep \(sweep.name) has two trials \(trial.number); number them from 1 on")
      }
    }
    try write { database in
      guard try !Self.hasSweep(sweep.name, in: database) else {
        throw StoreError(
          .sweepExists,
          "there is a sweep \(sweep.name) already; go on with it, remove it, or choose another name")
      }
      try database.execute(
        sql: "INSERT INTO sweeps (name, model, created_at, description) VALUES (?, ?, ?, ?)",
        arguments: [sweep.name, sweep.model, sweep.createdAt.description, sweep.description])
      for trial in sweep.trials { try trial.write(sweep: sweep.name, in: database) }
    }
  }

  /// The sweep of a name with all its trials, by their numbers.
  ///
  /// - Throws: ``StoreError/Code/noSuchSweep``, or ``StoreError/Code/damaged``.
  public func sweep(named name: String) throws(StoreError) -> Sweep {
    try Reference.validate(name: name, of: "sweep")
    return try read { database in
      guard let sweep = try Sweep.fetch(named: name, in: database).first else {
        throw try Self.noSuchSweep(name, in: database)
      }
      return sweep
    }
  }

  /// All sweeps by name, with all their trials.
  ///
  /// - Throws: ``StoreError`` if the store cannot be read.
  public func sweeps() throws(StoreError) -> [Sweep] { try read { try Sweep.fetch(in: $0) } }

  /// Writes a trial of a sweep: in the place of the one of the same number, if there is one.
  ///
  /// - Parameters:
  ///   - trial: the trial.
  ///   - name: the sweep's name.
  /// - Throws: ``StoreError/Code/noSuchSweep``, a part that does not fit, or why the store cannot be written.
  public func record(_ trial: Trial, in name: String) throws(StoreError) {
    try Reference.validate(name: name, of: "sweep")
    try Self.validate(trial, of: name)
    try write { database in
      guard try Self.hasSweep(name, in: database) else { throw try Self.noSuchSweep(name, in: database) }
      try trial.write(sweep: name, in: database)
    }
  }

  /// Removes the sweep of a name with its trials. Versions that they became stay.
  ///
  /// - Throws: ``StoreError/Code/noSuchSweep``, or why the store cannot be written.
  public func removeSweep(named name: String) throws(StoreError) {
    try Reference.validate(name: name, of: "sweep")
    try write { database in
      try database.execute(sql: "DELETE FROM sweeps WHERE name = ?", arguments: [name])
      guard database.changesCount > 0 else { throw try Self.noSuchSweep(name, in: database) }
      // Foreign keys have deleted them, but for those that a program without left behind.
      try database.execute(sql: "DELETE FROM trials WHERE sweep = ?", arguments: [name])
    }
  }

  /// The versions that say they came from a sweep, whether it is in the store or not, by the numbers of their trials: after a kill, what
  /// was registered before its trial said so.
  ///
  /// - Returns: a version for each trial that became one; of several the last. None that was deleted.
  /// - Throws: ``StoreError`` if the store cannot be read.
  public func versions(ofSweep name: String) throws(StoreError) -> [Int: Model.Identity] {
    try Reference.validate(name: name, of: "sweep")
    return try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT trial, models.name, number, digest FROM versions JOIN models ON models.id = versions.model
          WHERE sweep = ? AND NOT EXISTS (
            SELECT 1 FROM deletions WHERE deletions.model = models.name AND deletions.version = versions.number)
          ORDER BY versions.id
          """, arguments: [name])
      return Dictionary(
        try rows.map { row in
          let identity = Model.Identity(
            name: try row.text(1), number: try row.integer(2), digest: Digest.withPrefix(try row.text(3)))
          return (try row.integer(0), identity)
        }, uniquingKeysWith: { $1 })
    }
  }

  private static func hasSweep(_ name: String, in database: Database) throws -> Bool {
    try Row.fetchOne(
      try database.cachedStatement(sql: "SELECT 1 FROM sweeps WHERE name = ?"), arguments: [name]) != nil
  }

  private static func noSuchSweep(_ name: String, in database: Database) throws -> StoreError {
    let known = try Row.fetchAll(database, sql: "SELECT name FROM sweeps ORDER BY name").map { try $0.text(0) }
    return StoreError(.noSuchSweep, "the store has no sweep \"\(name)\"\(UnknownName.advice(for: name, among: known))")
  }

  private static func validate(_ trial: Trial, of sweep: String) throws(StoreError) {
    guard trial.number >= 1 else {
      throw StoreError(.invalidDraft, "the sweep \(sweep) has a trial \(trial.number); trials count from 1")
    }
    let subject = "trial \(trial.number) of the sweep \(sweep)"
    for (name, number, least) in [
      ("rung", trial.rung, 0), ("iterations", trial.iterations, 0), ("version", trial.version ?? 1, 1),
    ] {
      guard (least...Trial.mostOfAny).contains(number) else {
        throw StoreError(
          .invalidDraft, "\(subject): its \(name) is \(number); expected \(least) to \(Trial.mostOfAny)")
      }
    }
    if let score = trial.score, !score.isFinite {
      throw StoreError(.invalidDraft, "\(subject): its score is \(score), not a finite number; leave it out")
    }
    try validate(json: trial.hyperparameters, "the hyperparameters of \(subject)", isObject: true)
    try validate(json: trial.metrics, "the metrics of \(subject)", isObject: true)
    try validate(text: trial.message, "the message of \(subject)")
  }
}
