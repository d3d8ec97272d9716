extension Schemas {
  /// The JSON schema (draft 2020-12) of one kind of document that `nnscore --json` prints, or that a command reads (`train_config`).
  public struct Document: Sendable {
    /// The command whose document it is; `service` is that of `promote` and `rollback`, `score_line` one line of NDJSON.
    public let name: String
    /// The schema, as JSON.
    public let json: String
  }

  /// The schemas of all documents, by name.
  public static let documents: [Document] = [
    Document(name: "aliases", json: text(PackageResources.aliases_json)),
    Document(name: "backup", json: text(PackageResources.backup_json)),
    Document(name: "bench", json: text(PackageResources.bench_json)),
    Document(name: "checkpoint_remove", json: text(PackageResources.checkpoint_remove_json)),
    Document(name: "checkpoints", json: text(PackageResources.checkpoints_json)),
    Document(name: "copy", json: text(PackageResources.copy_json)),
    Document(name: "deleted", json: text(PackageResources.deleted_json)),
    Document(name: "diff", json: text(PackageResources.diff_json)),
    Document(name: "edit", json: text(PackageResources.edit_json)),
    Document(name: "edits", json: text(PackageResources.edits_json)),
    Document(name: "evaluate", json: text(PackageResources.evaluate_json)),
    Document(name: "export", json: text(PackageResources.export_json)),
    Document(name: "gc", json: text(PackageResources.gc_json)),
    Document(name: "history", json: text(PackageResources.history_json)),
    Document(name: "import", json: text(PackageResources.import_json)),
    Document(name: "key", json: text(PackageResources.key_json)),
    Document(name: "keys", json: text(PackageResources.keys_json)),
    Document(name: "ledger", json: text(PackageResources.ledger_json)),
    Document(name: "lineage", json: text(PackageResources.lineage_json)),
    Document(name: "merge", json: text(PackageResources.merge_json)),
    Document(name: "models", json: text(PackageResources.models_json)),
    Document(name: "note", json: text(PackageResources.note_json)),
    Document(name: "policy", json: text(PackageResources.policy_json)),
    Document(name: "prune", json: text(PackageResources.prune_json)),
    Document(name: "quantize", json: text(PackageResources.quantize_json)),
    Document(name: "reproduce", json: text(PackageResources.reproduce_json)),
    Document(name: "restore", json: text(PackageResources.restore_json)),
    Document(name: "score", json: text(PackageResources.score_json)),
    Document(name: "score_line", json: text(PackageResources.score_line_json)),
    Document(name: "service", json: text(PackageResources.service_json)),
    Document(name: "serving", json: text(PackageResources.serving_json)),
    Document(name: "show", json: text(PackageResources.show_json)),
    Document(name: "stats", json: text(PackageResources.stats_json)),
    Document(name: "sweep", json: text(PackageResources.sweep_json)),
    Document(name: "sweep_delete", json: text(PackageResources.sweep_delete_json)),
    Document(name: "sweeps", json: text(PackageResources.sweeps_json)),
    Document(name: "tags", json: text(PackageResources.tags_json)),
    Document(name: "train", json: text(PackageResources.train_json)),
    Document(name: "train_config", json: text(PackageResources.train_config_json)),
    Document(name: "verify", json: text(PackageResources.verify_json)),
    Document(name: "verify_model", json: text(PackageResources.verify_model_json)),
    Document(name: "versions", json: text(PackageResources.versions_json)),
    Document(name: "watch_line", json: text(PackageResources.watch_line_json)),
  ]
}
