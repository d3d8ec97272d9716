import GRDB

/// Makes SQL of a filter or an order. Whatever their text says is bound as a parameter; the statement is made of this file's words.
struct FilterStatement {
  private let modelID = "?1"
  private let model = "?2"
  private let serving: Int?
  private(set) var arguments: [DatabaseValue]

  /// For the versions of a model.
  init(modelID: Int, model: String, serving: Int?) {
    arguments = [modelID.databaseValue, model.databaseValue]
    self.serving = serving
  }

  private mutating func bind(_ value: DatabaseValue) -> String {
    arguments.append(value)
    return "?\(arguments.count)"
  }

  /// The condition, order and limit of a SELECT from `versions LEFT JOIN costs` that takes the versions that were not deleted.
  mutating func clauses(filter: VersionFilter?, sort: VersionSort?, limit: Int?) -> String {
    var result = """
      WHERE versions.model = \(modelID)
        AND versions.number NOT IN (SELECT version FROM deletions WHERE model = \(model))
      """
    if let filter { result += " AND " + condition(filter.expression) }
    result += " ORDER BY "
    for key in sort?.keys ?? [] {
      result += value(of: key.field, as: .any) + (key.isDescending ? " DESC NULLS LAST, " : " ASC NULLS LAST, ")
    }
    result += "versions.number"
    if let limit { result += " LIMIT " + bind(limit.databaseValue) }
    return result
  }

  private mutating func condition(_ expression: FilterExpression) -> String {
    switch expression {
    case .all(let terms): "(" + terms.map { condition($0) }.joined(separator: " AND ") + ")"
    case .any(let terms): "(" + terms.map { condition($0) }.joined(separator: " OR ") + ")"
    case .not(let term): "NOT " + condition(term)
    case .test(let field, let condition): test(field, condition)
    }
  }

  /// A condition that is 0 or 1, never NULL.
  private mutating func test(_ field: FilterField, _ condition: FilterCondition) -> String {
    switch condition {
    case .exists: "(\(existence(of: field)))"
    case .missing: "(NOT \(existence(of: field)))"
    case .compare(let comparison, let value):
      holds(field, as: value.type, "\(comparison.rawValue) \(bind(value.bound))")
    case .among(let values, let negated):
      holds(
        field, as: values.first?.type ?? .any,
        (negated ? "NOT IN (" : "IN (") + values.map { bind($0.bound) }.joined(separator: ", ") + ")")
    case .like(let pattern, let negated):
      holds(
        field, as: .text,
        (negated ? "NOT LIKE " : "LIKE ") + bind(pattern.databaseValue) + " ESCAPE '\\'")
    }
  }

  /// That the value of a field, or any of its values, is as `comparison` says.
  private mutating func holds(
    _ field: FilterField, as type: FilterField.ValueType, _ comparison: String
  ) -> String {
    switch field {
    case .fixed(.alias):
      "(versions.number IN (SELECT version FROM aliases WHERE model = \(model) AND name \(comparison)))"
    case .fixed(.activation):
      """
      EXISTS (SELECT 1 FROM json_each(versions.architecture, '$.layers') AS layer
        WHERE json_extract(layer.value, '$.activation') \(comparison))
      """
    case .fixed(.label): "EXISTS (SELECT 1 FROM json_each(versions.labels) AS label WHERE label.value \(comparison))"
    default: "(((\(value(of: field, as: type))) \(comparison)) IS TRUE)"
    }
  }

  private mutating func existence(of field: FilterField) -> String {
    switch field {
    case .hyperparameter(let path): hyperparameter(path, "CASE WHEN {}.type <> 'null' THEN 1 END") + " IS NOT NULL"
    case .fixed(.alias), .fixed(.activation), .fixed(.label): holds(field, as: .text, "IS NOT NULL")
    default: "(\(value(of: field, as: field.type))) IS NOT NULL"
    }
  }

  /// The one value of a field, NULL where there is none. Of a hyperparameter: if it has that type.
  private mutating func value(of field: FilterField, as type: FilterField.ValueType) -> String {
    switch field {
    case .metric(let name):
      return
        "(SELECT value FROM metrics WHERE metrics.version = versions.id AND metrics.name = \(bind(name.databaseValue)))"
    case .tag(let name):
      // The view `tags` would be gone through once for each version; the ledger's index has the last entry at hand.
      return """
        (SELECT CASE kind WHEN 'tag' THEN value END FROM ledger
          WHERE model = \(model) AND version = versions.number AND name = \(bind(name.databaseValue))
            AND kind IN ('tag', 'untag') ORDER BY sequence DESC LIMIT 1)
        """
    case .hyperparameter(let path):
      let types =
        switch type {
        case .number: "'integer', 'real'"
        case .text: "'text'"
        case .boolean: "'true', 'false'"
        case .any, .date, .seed: "'integer', 'real', 'text', 'true', 'false'"
        }
      return hyperparameter(path, "CASE WHEN {}.type IN (\(types)) THEN {}.value END")
    case .fixed(.note):
      return """
        coalesce((SELECT value FROM ledger WHERE model = \(model) AND version = versions.number AND kind = 'note'
          ORDER BY sequence DESC LIMIT 1), versions.note)
        """
    case .fixed(.serving): return "versions.number IS \(bind(serving?.databaseValue ?? .null))"
    case .fixed(let fixed): return fixed.column ?? "NULL"
    }
  }

  /// What `expression` makes of the member of the hyperparameters at the end of a path, which it calls `{}`.
  private mutating func hyperparameter(_ path: [String], _ expression: String) -> String {
    var tables = "json_each(versions.hyperparameters) AS h0"
    var conditions = "h0.key = " + bind((path.first ?? "").databaseValue)
    for (level, key) in path.dropFirst().enumerated() {
      tables += ", json_each(CASE h\(level).type WHEN 'object' THEN h\(level).value END) AS h\(level + 1)"
      conditions += " AND h\(level + 1).key = " + bind(key.databaseValue)
    }
    return
      "(SELECT \(expression.replacing("{}", with: "h\(path.count - 1)")) FROM \(tables) WHERE \(conditions) LIMIT 1)"
  }
}
