import GRDB

/// What statements see of the fields: `versions` and `costs` are the tables of the outer query.
extension FilterField.Fixed {
  /// The value of a field that is one column away; nil for one that needs the model or has several values.
  var column: String? {
    switch self {
    case .number: "versions.number"
    case .created: "versions.created_at"
    case .digest: "'sha256:' || versions.digest"
    case .finalCost: "costs.final"
    case .iterations: "costs.count"
    case .inputHeight: "json_extract(versions.input_format, '$.height')"
    case .inputWidth: "json_extract(versions.input_format, '$.width')"
    case .inputChannels: "json_extract(versions.input_format, '$.channels')"
    case .inputType: "json_extract(versions.input_format, '$.type')"
    case .inputFit: "json_extract(versions.input_format, '$.fit')"
    case .inputFilter: "json_extract(versions.input_format, '$.filter')"
    case .inputJPEG: "coalesce(json_extract(versions.input_format, '$.jpeg'), 'full')"
    case .layers: "json_array_length(versions.architecture, '$.layers')"
    case .inputs: "json_extract(versions.architecture, '$.inputs')"
    case .outputs: "json_extract(versions.architecture, '$.layers[#-1].outputs')"
    case .parameters: "versions.parameter_count"
    case .precision:
      """
      (SELECT iif(dtype = 'I8', 'int8', 'float32') FROM tensors WHERE tensors.version = versions.id AND position = 0)
      """
    case .parent: "versions.parent_model || '@' || versions.parent_number"
    case .sweep: "versions.sweep"
    case .trial: "versions.trial"
    // Padded, so that it sorts as text as the number does, which may be larger than SQLite's.
    case .seed: "substr('00000000000000000000' || versions.seed, -20)"
    case .training: Self.dataset("fingerprint", "training")
    case .trainingCount: Self.dataset("count", "training")
    case .trainingPath: Self.dataset("path", "training")
    case .trainingKind: Self.dataset("kind", "training")
    case .validation: Self.dataset("fingerprint", "validation")
    case .validationCount: Self.dataset("count", "validation")
    case .validationPath: Self.dataset("path", "validation")
    case .validationKind: Self.dataset("kind", "validation")
    case .machine: "versions.machine"
    case .codeVersion: "versions.code_version"
    case .duration: "versions.duration_ms / 1000.0"
    case .note, .serving, .alias, .activation, .label: nil
    }
  }

  private static func dataset(_ column: String, _ role: String) -> String {
    "(SELECT \(column) FROM datasets WHERE datasets.version = versions.id AND role = '\(role)')"
  }
}

extension FilterValue {
  /// The value as statements compare it.
  var bound: DatabaseValue {
    switch self {
    case .integer(let number): number.databaseValue
    case .real(let number): number.databaseValue
    case .seed(let number):
      (String(repeating: "0", count: 20 - String(number).utf8.count) + String(number)).databaseValue
    case .text(let text): text.databaseValue
    case .date(let date): date.description.databaseValue
    case .boolean(let value): (value ? 1 : 0).databaseValue
    }
  }
}
