import Foundation
import GRDB

extension ModelStore {
  /// The tags, metrics and hyperparameters that a filter compares, or an order sorts by, and that no version of the model has.
  ///
  /// Such a comparison is false of every version, which is right of a name that will come to be used, and silent about a mistyped one.
  /// What `exists` and `missing` ask about may be unknown.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - filter: the filter, if there is one.
  ///   - sort: the order, if there is one.
  /// - Throws: ``StoreError/Code/noSuchModel``, or why the store cannot be read.
  public func unknownNames(
    of model: String, in filter: VersionFilter?, _ sort: VersionSort? = nil
  ) throws(StoreError) -> [UnknownName] {
    var named = try filter?.comparedNames() ?? []
    if let sort { named += try sort.names() }
    guard !named.isEmpty else { return [] }
    return try read { database in
      let modelID = try Self.modelID(named: model, in: database)
      var result: [UnknownName] = []
      for (place, name) in named where try !Self.isKnown(name.field, modelID: modelID, model: model, in: database) {
        guard let kind = name.field.kind else { continue }
        let known = try Self.names(of: kind, modelID: modelID, model: model, in: database)
        let text = name.field.writtenName
        result.append(
          UnknownName(
            name: text, place: place, column: name.column, model: model,
            known: known.map { ($0, UnknownName.distance(text, $0)) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0),
            kind: kind.rawValue))
      }
      return result
    }
  }

  /// Whether some version that was not deleted has a value of a field.
  private static func isKnown(_ field: FilterField, modelID: Int, model: String, in database: Database) throws -> Bool {
    var statement = FilterStatement(modelID: modelID, model: model, serving: nil)
    let clauses = statement.clauses(filter: VersionFilter(thatExists: field), sort: nil, limit: 1)
    return try Row.fetchOne(
      database, sql: "SELECT 1 FROM versions LEFT JOIN costs ON costs.version = versions.id \(clauses)",
      arguments: StatementArguments(statement.arguments)) != nil
  }

  /// All names of one kind that versions have which were not deleted, as filters write them.
  private static func names(
    of kind: FilterField.Kind, modelID: Int, model: String, in database: Database
  ) throws -> [String] {
    let live = "number NOT IN (SELECT version FROM deletions WHERE model = ?2)"
    func texts(_ sql: String) throws -> [String] {
      try Row.fetchAll(database, sql: sql, arguments: [modelID, model]).map { try $0.text(0) }
    }
    let fields: [FilterField] =
      switch kind {
      case .metric:
        try texts(
          """
          SELECT DISTINCT name FROM metrics WHERE version IN (SELECT id FROM versions WHERE model = ?1 AND \(live))
          """
        ).map { .metric($0) }
      case .tag:
        try texts(
          """
          SELECT DISTINCT name FROM tags
          WHERE model = ?2 AND version IN (SELECT number FROM versions WHERE model = ?1 AND \(live))
          """
        ).map { .tag($0) }
      case .hyperparameter:
        try texts("SELECT DISTINCT hyperparameters FROM versions WHERE model = ?1 AND \(live)")
          .flatMap { hyperparameterPaths($0) }.map { .hyperparameter($0) }
      }
    // A key with a dot in the middle of a path cannot be written.
    return Array(Set(fields.filter { $0.reads(as: $0.writtenName) }.map(\.writtenName)))
  }

  /// The keys from the outermost object to each value of a JSON text that is neither null nor an object.
  private static func hyperparameterPaths(_ json: String) -> [[String]] {
    func paths(_ value: Any, _ path: [String]) -> [[String]] {
      if let object = value as? [String: Any] {
        guard path.count < FilterField.maximumPath else { return [] }
        return object.flatMap { paths($0.value, path + [$0.key]) }
      }
      return value is NSNull || path.isEmpty ? [] : [path]
    }
    return (try? JSONSerialization.jsonObject(with: Data(json.utf8))).map { paths($0, []) } ?? []
  }
}

extension VersionFilter {
  /// The filter that takes the versions with a value of a field.
  fileprivate init(thatExists field: FilterField) {
    description = field.writtenName + " exists"
    expression = .test(field, .exists)
  }

  /// The names of fields that it compares, where they first stand.
  fileprivate func comparedNames() throws(StoreError) -> [(place: String, name: FilterField.Name)] {
    func fields(_ expression: FilterExpression) -> [FilterField] {
      switch expression {
      case .all(let terms), .any(let terms): terms.flatMap { fields($0) }
      case .not(let term): fields(term)
      case .test(_, .exists), .test(_, .missing): []
      case .test(let field, _): [field]
      }
    }
    return try FilterField.names(fields(expression), in: FilterSource(description, what: "filter"))
  }
}

extension VersionSort {
  /// The names of its fields.
  fileprivate func names() throws(StoreError) -> [(place: String, name: FilterField.Name)] {
    try FilterField.names(keys.map(\.field), in: FilterSource(description, what: "sort order"))
  }
}
