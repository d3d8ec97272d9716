import Foundation
import ModelStore
import Yams

/// A value of a configuration file.
enum ConfigurationValue: Equatable {
  case null
  /// A number, a truth value or a text; a text in quotes is never anything else.
  case scalar(String, isQuoted: Bool)
  case list([ConfigurationValue])
  /// What has keys itself.
  case mapping
}

/// A file of keys and values, in YAML or JSON.
struct ConfigurationFile {
  /// A value, and the line of its key from 1, where that is known.
  struct Entry {
    let value: ConfigurationValue
    let line: Int?
  }

  /// The file's path.
  let path: String
  /// The values by key.
  let entries: [String: Entry]

  /// The most bytes of a file; what one needs is a page or two.
  private static let mostBytes = 1 << 20
  /// The most brackets, and the most marks of nesting at the beginning of a line: the parser calls itself once a level.
  private static let mostBrackets = 1024
  private static let longestIndent = 128

  /// Reads a file.
  ///
  /// - Throws: ``Failure`` for one that cannot be read, is too large, or is neither YAML nor JSON with keys and values.
  init(path: String) throws {
    let bytes: Data
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      bytes = try file.read(upToCount: Self.mostBytes + 1) ?? Data()
    } catch {
      throw Failure(.noInput, code: "notFound", "\(path): cannot be read: \(Failure.systemReason(error))")
    }
    func refuse(_ problem: String, line: Int? = nil) -> Failure { Self.failure(path, line, problem) }
    guard bytes.count <= Self.mostBytes else { throw refuse("is larger than \(Format.bytes(Self.mostBytes))") }
    guard let text = String(data: bytes, encoding: .utf8) else { throw refuse("is not UTF-8") }
    guard text.utf8.count(where: { [UInt8(ascii: "["), UInt8(ascii: "{")].contains($0) }) <= Self.mostBrackets else {
      throw refuse("has more than \(Self.mostBrackets) brackets; expected keys with values")
    }
    for (index, line) in text.split(whereSeparator: \.isNewline).enumerated()
    where line.utf8.prefix(while: { " -?:\t!&*".utf8.contains($0) }).count > Self.longestIndent {
      throw refuse("begins with more than \(Self.longestIndent) spaces and marks", line: index + 1)
    }
    self.path = path
    entries = try Self.parse(text, path: path)
  }

  /// What a checkpoint of a training says.
  ///
  /// - Throws: ``Failure`` for one that says something else.
  init(_ checkpoint: Checkpoint) throws {
    path = "checkpoint \(checkpoint.name)"
    entries = try StoppedTraining(checkpoint).configuration.mapValues {
      Entry(value: ConfigurationValue($0), line: nil)
    }
  }

  /// What is wrong in a file, with its line where there is one.
  static func failure(_ path: String, _ line: Int?, _ problem: String) -> Failure {
    Failure(.badData, code: "invalidConfiguration", "\(path):\(line.map { "\($0):" } ?? "") \(problem)")
  }

  /// What is wrong with the value of a key.
  func failure(_ key: String, _ problem: String) -> Failure {
    Self.failure(path, entries[key]?.line, "\(key): \(problem)")
  }

  /// Refuses keys that mean nothing.
  func requireKeys(in known: [String]) throws {
    let unknown = entries.keys.filter { !known.contains($0) }
    guard let key = unknown.min(by: { (entries[$0]?.line ?? 0, $0) < (entries[$1]?.line ?? 0, $1) }) else { return }
    throw failure(key, "there is no such key\(UnknownName.advice(for: key, among: known))")
  }

  // MARK: - Parsing

  private static func parse(_ text: String, path: String) throws -> [String: Entry] {
    do {
      return try entries(yaml: text, path: path)
    } catch let error as YamlError {
      // JSON knows escapes that this YAML does not: \/ and pairs of surrogates.
      if let values = try? JSONDecoder().decode([String: JSONValue].self, from: Data(text.utf8)) {
        return values.mapValues { Entry(value: ConfigurationValue($0), line: nil) }
      }
      throw failure(path, error)
    }
  }

  private static func entries(yaml: String, path: String) throws -> [String: Entry] {
    guard let root = try Yams.Parser(yaml: yaml, encoding: .utf8).singleRoot() else { return [:] }
    guard case .mapping(let mapping) = root else {
      if ConfigurationValue(root) == .null { return [:] }
      throw failure(path, root.mark?.line, "expected keys with values, such as \"epochs: 20\"")
    }
    var entries: [String: Entry] = [:]
    for (key, value) in mapping {
      guard case .scalar(let name) = key else {
        throw failure(path, key.mark?.line, "a key is no text; expected one such as epochs")
      }
      entries[name.string] = Entry(value: ConfigurationValue(value), line: key.mark?.line)
    }
    return entries
  }

  /// What the parser says, in one line.
  private static func failure(_ path: String, _ error: YamlError) -> Failure {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let place = context.map { ", \($0.text)" } ?? ""
      return failure(path, mark.line, "neither YAML nor JSON: \(problem)\(place)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.sorted()
      return failure(
        path, context.mark.line, "\(keys.joined(separator: ", ")): stands there twice; leave out one of them")
    case .reader(let problem, _, _, _): return failure(path, nil, "neither YAML nor JSON: \(problem)")
    default: return failure(path, nil, "neither YAML nor JSON: \(error)")
    }
  }
}

extension ConfigurationValue {
  /// A node of YAML, by the rules of its version 1.2 for what is null.
  fileprivate init(_ node: Node) {
    switch node {
    case .scalar(let scalar):
      let isQuoted = scalar.style != .plain
      let isNull = !isQuoted && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
      self = isNull ? .null : .scalar(scalar.string, isQuoted: isQuoted)
    case .sequence(let sequence): self = .list(sequence.map { ConfigurationValue(flat: $0) })
    default: self = .mapping
    }
  }

  /// An element of a list, of which lists are not looked into.
  private init(flat node: Node) {
    if case .scalar = node { self.init(node) } else { self = .mapping }
  }

  fileprivate init(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .scalar("\(value)", isQuoted: false)
    case .integer(let value): self = .scalar("\(value)", isQuoted: false)
    case .unsigned(let value): self = .scalar("\(value)", isQuoted: false)
    case .number(let value): self = .scalar("\(value)", isQuoted: false)
    case .string(let value): self = .scalar(value, isQuoted: true)
    case .array(let values): self = .list(values.map { ConfigurationValue($0) })
    case .object: self = .mapping
    }
  }

  /// The value as messages show it.
  var text: String {
    switch self {
    case .null: "null"
    case .scalar(let text, let isQuoted): isQuoted ? "\"\(text)\"" : text
    case .list(let values): "[\(values.map(\.text).joined(separator: ", "))]"
    case .mapping: "{…}"
    }
  }
}
