import GRDB
import Inference

extension StoredVersion {
  /// Writes the rows of a version, its own last: that one seals the others. Its blobs must be there already.
  func insert(modelID: Int, in database: Database) throws {
    let insertTensor = try database.cachedStatement(
      sql: "INSERT INTO tensors (version, position, name, dtype, shape, sha256) VALUES (?, ?, ?, ?, ?, ?)")
    for (position, tensor) in tensors.enumerated() {
      try insertTensor.execute(arguments: [id, position, tensor.name, tensor.dtype, tensor.shape, tensor.sha256])
    }
    if let costs {
      try database.cachedStatement(sql: "INSERT INTO costs (version, count, final, sha256) VALUES (?, ?, ?, ?)")
        .execute(arguments: [id, costs.count, costs.final, costs.sha256])
    }
    if let epochMetrics {
      try database.cachedStatement(sql: "INSERT INTO epoch_metrics (version, count, names, sha256) VALUES (?, ?, ?, ?)")
        .execute(arguments: [id, epochMetrics.count, epochMetrics.names, epochMetrics.sha256])
    }
    if let golden {
      try database.cachedStatement(sql: "INSERT INTO goldens (version, count, inputs, outputs) VALUES (?, ?, ?, ?)")
        .execute(arguments: [id, golden.count, golden.inputs, golden.outputs])
    }
    let insertMetric = try database.cachedStatement(sql: "INSERT INTO metrics (version, name, value) VALUES (?, ?, ?)")
    for metric in metrics {
      try insertMetric.execute(arguments: [id, metric.name, metric.value])
    }
    let insertDataset = try database.cachedStatement(
      sql: "INSERT INTO datasets (version, role, fingerprint, count, path, kind) VALUES (?, ?, ?, ?, ?, ?)")
    for dataset in datasets {
      try insertDataset.execute(
        arguments: [id, dataset.role, dataset.fingerprint, dataset.count, dataset.path, dataset.kind])
    }
    try database.cachedStatement(
      sql: """
        INSERT INTO versions (
          id, model, number, digest, record, created_at, parameter_count, architecture, note, input_format, labels,
          hyperparameters, parent_model, parent_number, parent_digest, seed, code_version, machine, duration_ms,
          sweep, trial)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [
        id, modelID, number, digest, record, createdAt, parameterCount, architecture, note, inputFormat, labels,
        hyperparameters, parent?.name, parent?.number, parent?.digest, seed, codeVersion, machine,
        durationMilliseconds, sweep?.name, sweep?.trial,
      ])
  }

  /// Reads all rows of the version with that row id; nil if there is none.
  init?(id: Int, in database: Database) throws {
    let statement = try database.cachedStatement(
      sql: """
        SELECT models.name, number, digest, record, versions.created_at, parameter_count, architecture, note, input_format,
          labels, hyperparameters, parent_model, parent_number, parent_digest, seed, code_version, machine, duration_ms,
          sweep, trial
        FROM versions JOIN models ON models.id = versions.model WHERE versions.id = ?
        """)
    guard let row = try Row.fetchOne(statement, arguments: [id]) else { return nil }
    self.id = id
    model = try row.text(0)
    number = try row.integer(1)
    digest = try row.text(2)
    record = try row.text(3)
    createdAt = try row.text(4)
    parameterCount = try row.integer(5)
    architecture = try row.text(6)
    note = try row.text(7)
    inputFormat = try row.text(8)
    labels = try row.text(9)
    hyperparameters = try row.text(10)
    if let parentName = try row.optionalText(11) {
      parent = Model.Identity(name: parentName, number: try row.integer(12), digest: try row.text(13))
    }
    seed = try row.optionalText(14)
    codeVersion = try row.optionalText(15)
    machine = try row.optionalText(16)
    durationMilliseconds = try row.optionalInteger(17)
    if let sweepName = try row.optionalText(18) {
      sweep = Lineage.Sweep(name: sweepName, trial: try row.integer(19))
    }

    tensors = try Row.fetchAll(
      try database.cachedStatement(
        sql: "SELECT name, dtype, shape, sha256 FROM tensors WHERE version = ? ORDER BY position"),
      arguments: [id]
    ).map { row in
      Tensor(name: try row.text(0), dtype: try row.text(1), shape: try row.text(2), sha256: try row.text(3))
    }
    costs = try Row.fetchOne(
      try database.cachedStatement(sql: "SELECT count, final, sha256 FROM costs WHERE version = ?"), arguments: [id]
    ).map { row in
      Costs(count: try row.integer(0), final: try row.optionalReal(1), sha256: try row.text(2))
    }
    epochMetrics = try Row.fetchOne(
      try database.cachedStatement(sql: "SELECT count, names, sha256 FROM epoch_metrics WHERE version = ?"),
      arguments: [id]
    ).map { row in
      StoredEpochMetrics(count: try row.integer(0), names: try row.text(1), sha256: try row.text(2))
    }
    golden = try Row.fetchOne(
      try database.cachedStatement(sql: "SELECT count, inputs, outputs FROM goldens WHERE version = ?"), arguments: [id]
    ).map { row in
      Golden(count: try row.integer(0), inputs: try row.text(1), outputs: try row.text(2))
    }
    metrics = try Row.fetchAll(
      try database.cachedStatement(sql: "SELECT name, value FROM metrics WHERE version = ? ORDER BY name"),
      arguments: [id]
    ).map { row in (name: try row.text(0), value: try row.real(1)) }
    datasets = try Row.fetchAll(
      try database.cachedStatement(
        sql: "SELECT role, fingerprint, count, path, kind FROM datasets WHERE version = ? ORDER BY role"),
      arguments: [id]
    ).map { row in
      Dataset(
        role: try row.text(0), fingerprint: try row.text(1), count: try row.integer(2), path: try row.text(3),
        kind: try row.text(4))
    }
  }
}
