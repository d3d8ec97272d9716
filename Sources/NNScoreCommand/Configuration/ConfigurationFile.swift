import Foundation
import ModelStore
import Yams

/// A value of a configuration file.
enum ConfigurationValue: Equatable {
  /// A value, and the line of its key from 1, where that is known.
  struct Member: Equatable {
    let key: String
    let value: ConfigurationValue
    let line: Int?
  }

  case null
  /// A number, a truth value or a text; a text in quotes is never anything else.
  case scalar(String, isQuoted: Bool)
  case list([ConfigurationValue])
  /// What has keys itself, in the order of the file where that is known.
  case mapping([Member])
}

/// A file of keys and values, in YAML or JSON.
struct ConfigurationFile {
  /// The file's path.
  let path: String
  /// The keys and values, in the order of the file where that is known.
  let members: [ConfigurationValue.Member]
  /// The same by key.
  let entries: [String: ConfigurationValue.Member]

  /// The most bytes of a file; what one needs is a page or two.
  private static let mostBytes = 1 << 20
  /// The most brackets, and the most marks of nesting at the beginning of a line: the parser calls itself once a level.
  private static let mostBrackets = 1024
  private static let longestIndent = 128
  fileprivate static let mostValues = 100_000

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
    if let line = Self.lineOfAlias(in: text) {
      throw refuse(
        "an alias (*name) is not read; write out what it stands for, or put a text that begins with * in quotes",
        line: line)
    }
    self.init(path, try Self.parse(text, path: path))
  }

  /// The line, from 1, of the first alias of YAML. With aliases of aliases a file of a few lines stands for any number of values, and the
  /// parser looks at all of them where such a one is a key.
  private static func lineOfAlias(in text: String) -> Int? {
    // What a text can begin behind: at once, and with a space between.
    let (opening, marks) = ("[{,".utf8, "-?:".utf8)
    var line = 1
    var before: UInt8?
    var isApart = true
    var quote: UInt8?
    var (isEscaped, isComment) = (false, false)
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n") {
        line += 1
        (isComment, isEscaped, isApart, before) = (false, false, true, nil)
      } else if isComment {
        continue
      } else if let open = quote {
        if !isEscaped && byte == open { (quote, before, isApart) = (nil, byte, false) }
        isEscaped = !isEscaped && open == UInt8(ascii: "\"") && byte == UInt8(ascii: "\\")
      } else if " \t\r".utf8.contains(byte) {
        isApart = true
      } else {
        let begins = before.map { opening.contains($0) || isApart && marks.contains($0) } ?? true
        switch byte {
        case UInt8(ascii: "#") where isApart: isComment = true
        case UInt8(ascii: "\""), UInt8(ascii: "'"): if begins { quote = byte }
        case UInt8(ascii: "*") where begins: return line
        default: break
        }
        (before, isApart) = (byte, false)
      }
    }
    return nil
  }

  private init(_ path: String, _ members: [ConfigurationValue.Member]) {
    (self.path, self.members) = (path, members)
    entries = Dictionary(members.map { ($0.key, $0) }) { $1 }
  }

  /// What a checkpoint of a training says.
  ///
  /// - Throws: ``Failure`` for one that says something else.
  init(_ checkpoint: Checkpoint) throws {
    self.init(
      "checkpoint \(checkpoint.name)", ConfigurationValue.members(try StoppedTraining(checkpoint).configuration))
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

  private static func parse(_ text: String, path: String) throws -> [ConfigurationValue.Member] {
    do {
      return try members(yaml: text, path: path)
    } catch let error as YamlError {
      if case .duplicatedKeysInMapping = error { throw failure(path, error) }
      // JSON knows escapes that this YAML does not: \/ and pairs of surrogates.
      if let values = try? JSONDecoder().decode([String: JSONValue].self, from: Data(text.utf8)) {
        return ConfigurationValue.members(values)
      }
      throw failure(path, error)
    }
  }

  private static func members(yaml: String, path: String) throws -> [ConfigurationValue.Member] {
    guard let root = try Yams.Parser(yaml: yaml, encoding: .utf8).singleRoot() else { return [] }
    var left = mostValues
    do {
      switch try ConfigurationValue(root, left: &left) {
      case .mapping(let members): return members
      case .null: return []
      default: throw Problem(line: root.mark?.line, text: "expected keys with values, such as \"epochs: 20\"")
      }
    } catch let problem as Problem {
      throw failure(path, problem.line, problem.text)
    }
  }

  /// What is wrong with a file whose parts the parser could make out.
  fileprivate struct Problem: Error {
    let line: Int?
    let text: String
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
  ///
  /// - Parameter left: how many values there may be still.
  fileprivate init(_ node: Node, left: inout Int) throws(ConfigurationFile.Problem) {
    left -= 1
    guard left > 0 else {
      throw ConfigurationFile.Problem(
        line: nil, text: "has more than \(ConfigurationFile.mostValues) values")
    }
    switch node {
    case .scalar(let scalar):
      let isQuoted = scalar.style != .plain
      let isNull = !isQuoted && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
      self = isNull ? .null : .scalar(scalar.string, isQuoted: isQuoted)
    case .sequence(let sequence):
      var values: [ConfigurationValue] = []
      for element in sequence { values.append(try ConfigurationValue(element, left: &left)) }
      self = .list(values)
    case .mapping(let mapping):
      var members: [Member] = []
      for (key, value) in mapping {
        guard case .scalar(let name) = key else {
          throw ConfigurationFile.Problem(line: key.mark?.line, text: "a key is no text; expected one such as epochs")
        }
        members.append(
          Member(key: name.string, value: try ConfigurationValue(value, left: &left), line: key.mark?.line))
      }
      self = .mapping(members)
    case .alias: throw ConfigurationFile.Problem(line: node.mark?.line, text: "an alias stands for nothing")
    }
  }

  /// What an object of JSON has, which knows no order.
  fileprivate static func members(_ values: [String: JSONValue]) -> [Member] {
    values.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: ConfigurationValue($0.value), line: nil) }
  }

  init(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .scalar("\(value)", isQuoted: false)
    case .integer(let value): self = .scalar("\(value)", isQuoted: false)
    case .unsigned(let value): self = .scalar("\(value)", isQuoted: false)
    case .number(let value): self = .scalar("\(value)", isQuoted: false)
    case .string(let value): self = .scalar(value, isQuoted: true)
    case .array(let values): self = .list(values.map { ConfigurationValue($0) })
    case .object(let values): self = .mapping(Self.members(values))
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
