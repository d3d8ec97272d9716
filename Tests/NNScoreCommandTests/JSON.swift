import Foundation

/// Any JSON value, for tests to look into.
enum JSON: Decodable, Hashable, Sendable {
  case null
  case bool(Bool)
  case number(Decimal)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Decimal.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  init(_ text: String) throws { self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8)) }

  /// A member; null where there is none.
  subscript(_ key: String) -> JSON {
    if case .object(let members) = self { members[key] ?? .null } else { .null }
  }

  /// An element; null where there is none.
  subscript(_ index: Int) -> JSON {
    let elements = array
    return elements.indices.contains(index) ? elements[index] : .null
  }

  var array: [JSON] { if case .array(let elements) = self { elements } else { [] } }
  var keys: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
  var string: String? { if case .string(let value) = self { value } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  var double: Double? { if case .number(let value) = self { NSDecimalNumber(decimal: value).doubleValue } else { nil } }
  var integer: Int? { double.flatMap { Int(exactly: $0) } }
  /// A number as it was written, for seeds beyond what `Double` holds.
  var digits: String? { if case .number(let value) = self { "\(value)" } else { nil } }
}
