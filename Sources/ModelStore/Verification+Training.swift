import GRDB

/// What tells of training that goes on.
extension Verification {
  /// Whether every checkpoint is what was saved. Each is read in a transaction of its own: one may be replaced meanwhile.
  mutating func checkCheckpoints() throws(StoreError) {
    let names = try collecting("checkpoints") { database in
      try Row.fetchAll(database, sql: "SELECT name FROM checkpoints ORDER BY name").map { try $0.text(0) }
    }
    for name in names ?? [] {
      let isThere = try collecting("checkpoint \(name)") { database in
        let checkpoint = try StoredCheckpoint(named: name, in: database)
        try checkpoint?.check(in: database)
        return checkpoint != nil
      }
      if isThere != false { report.checkpoints += 1 }
    }
  }

  /// Whether every sweep and trial can be read.
  mutating func checkSweeps() throws(StoreError) {
    _ = try collecting("sweeps") { try Sweep.fetch(in: $0) }
  }
}
