/// A filter as a tree.
indirect enum FilterExpression: Sendable, Equatable {
  /// All of them hold.
  case all([FilterExpression])
  /// At least one of them holds.
  case any([FilterExpression])
  case not(FilterExpression)
  case test(FilterField, FilterCondition)
}

/// What is asked about one field. All but ``missing`` are false where the version has no value of it.
enum FilterCondition: Sendable, Equatable {
  case compare(FilterComparison, FilterValue)
  /// Values of one type, at least one.
  case among([FilterValue], negated: Bool)
  /// `%` is any text, `_` one character, `\` takes the next as it is; the case of A to Z does not count.
  case like(String, negated: Bool)
  case exists
  case missing
}

/// A value in a filter, of the type that its field wants.
enum FilterValue: Sendable, Equatable {
  case integer(Int64)
  case real(Double)
  case seed(UInt64)
  case text(String)
  case date(Timestamp)
  case boolean(Bool)

  /// The type that it is compared as.
  var type: FilterField.ValueType {
    switch self {
    case .integer, .real: .number
    case .seed: .seed
    case .text: .text
    case .date: .date
    case .boolean: .boolean
    }
  }
}
