/// A piece of a filter's text that means something.
struct FilterToken: Equatable {
  enum Kind: Equatable {
    /// `accuracy.validation`, or with its last part in quotes `tag."a b"`; keywords are names too.
    case name(String, quoted: String?)
    /// As it was written.
    case number(String)
    case date(Timestamp)
    /// What stood in quotes, its escapes resolved.
    case text(String)
    case comparison(FilterComparison)
    case open, close, comma, plus, minus, end
  }

  let kind: Kind
  /// Where it stands, in bytes.
  let range: Range<Int>

  /// The keyword that it is, if it is one.
  var keyword: FilterKeyword? {
    guard case .name(let name, quoted: nil) = kind else { return nil }
    return FilterKeyword(rawValue: name.lowercased())
  }
}

/// Words that are no fields, in any case.
enum FilterKeyword: String {
  case and, or, not, `in`, like, exists, missing, `true`, `false`
}

/// How a value is compared; the raw value is the operator, in filters and in SQL alike.
enum FilterComparison: String, Sendable, Equatable, CaseIterable {
  case equal = "="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="

  /// Whether it asks for an order, which booleans do not have.
  var isOrder: Bool { self != .equal && self != .notEqual }
}
