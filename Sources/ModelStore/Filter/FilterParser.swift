/// Reads a filter by recursive descent: `or` binds least, then `and`, then `not`, then a comparison.
struct FilterParser {
  private var lexer: FilterLexer
  private var token: FilterToken
  private var comparisons = 0

  private var source: FilterSource { lexer.source }

  /// The tree of a filter.
  ///
  /// - Throws: ``StoreError/Code/invalidFilter`` with the column of the first mistake.
  static func parse(_ source: FilterSource) throws(StoreError) -> FilterExpression {
    var parser = try FilterParser(source)
    guard parser.token.kind != .end else {
      throw source.refuse(at: parser.token.range.lowerBound, "it is empty; write a condition such as number > 3")
    }
    let expression = try parser.disjunction(depth: 0)
    guard parser.token.kind == .end else {
      let isClose = parser.token.kind == .close
      throw parser.unexpected(isClose ? "the end, as no \"(\" is open" : "and, or or the end")
    }
    return expression
  }

  private init(_ source: FilterSource) throws(StoreError) {
    lexer = FilterLexer(source)
    token = try lexer.next()
  }

  private mutating func advance() throws(StoreError) { token = try lexer.next() }

  private mutating func take(_ keyword: FilterKeyword) throws(StoreError) -> Bool {
    guard token.keyword == keyword else { return false }
    try advance()
    return true
  }

  /// The error that something else was expected where the current token stands.
  private func unexpected(_ expected: String) -> StoreError {
    source.refuse(at: token.range.lowerBound, "expected \(expected); found \(found)")
  }

  private var found: String { token.kind == .end ? "the end" : source.quotation(token.range) }

  private mutating func disjunction(depth: Int) throws(StoreError) -> FilterExpression {
    var terms = [try conjunction(depth: depth)]
    while try take(.or) { terms.append(try conjunction(depth: depth)) }
    return terms.count == 1 ? terms[0] : .any(terms)
  }

  private mutating func conjunction(depth: Int) throws(StoreError) -> FilterExpression {
    var terms = [try negation(depth: depth)]
    while try take(.and) { terms.append(try negation(depth: depth)) }
    return terms.count == 1 ? terms[0] : .all(terms)
  }

  private mutating func negation(depth: Int) throws(StoreError) -> FilterExpression {
    guard depth <= VersionFilter.maximumDepth else {
      throw source.refuse(
        at: token.range.lowerBound, "\"(\" and not stand at most \(VersionFilter.maximumDepth) levels deep")
    }
    if try take(.not) { return .not(try negation(depth: depth + 1)) }
    guard token.kind == .open else { return try test() }
    let opening = source.column(of: token.range.lowerBound)
    try advance()
    let inner = try disjunction(depth: depth + 1)
    guard token.kind == .close else { throw unexpected("and, or or the \")\" of the \"(\" in column \(opening)") }
    try advance()
    return inner
  }

  private mutating func test() throws(StoreError) -> FilterExpression {
    guard case .name(let name, let quoted) = token.kind, token.keyword == nil else {
      throw unexpected("a field, such as accuracy.validation or tag.team")
    }
    try count()
    let field = try FilterField(name, quoted: quoted, in: source, at: token.range)
    let written = found
    try advance()
    return .test(field, try condition(of: field, written: written))
  }

  private mutating func condition(of field: FilterField, written: String) throws(StoreError) -> FilterCondition {
    if case .comparison(let comparison) = token.kind {
      let operation = token.range
      try advance()
      let value = try value(for: field, written: written)
      guard !comparison.isOrder || value.type != .boolean else {
        throw source.refuse(
          at: operation.lowerBound, "true and false have no order; \(written) is compared by = and !=")
      }
      return .compare(comparison, value)
    }
    switch token.keyword {
    case .exists?:
      try advance()
      return .exists
    case .missing?:
      try advance()
      return .missing
    case .in?, .like?: return try patternOrList(of: field, negated: false, written: written)
    case .not?:
      try advance()
      guard token.keyword == .in || token.keyword == .like else { throw unexpected("in or like after not") }
      return try patternOrList(of: field, negated: true, written: written)
    default:
      guard field.type != .boolean else { return .compare(.equal, .boolean(true)) }
      throw unexpected("=, !=, <, <=, >, >=, in, like, exists or missing after \(written)")
    }
  }

  private mutating func patternOrList(
    of field: FilterField, negated: Bool, written: String
  ) throws(StoreError) -> FilterCondition {
    guard token.keyword == .in else { return try like(field, negated: negated, written: written) }
    try advance()
    guard token.kind == .open else { throw unexpected("\"(\" after in, as in number in (1, 2)") }
    var values: [FilterValue] = []
    repeat {
      try advance()
      if !values.isEmpty { try count() }
      let start = token.range.lowerBound
      let value = try value(for: field, written: written)
      guard values.isEmpty || values[0].type == value.type else {
        throw source.refuse(at: start, "the values of a list are of one type; the first one is another's")
      }
      values.append(value)
    } while token.kind == .comma
    guard token.kind == .close else { throw unexpected("\",\" or \")\"") }
    try advance()
    return .among(values, negated: negated)
  }

  private mutating func like(
    _ field: FilterField, negated: Bool, written: String
  ) throws(StoreError) -> FilterCondition {
    guard field.type == .text || field.type == .any else {
      throw source.refuse(
        at: token.range.lowerBound, "like is for text; \(written) is compared with \(field.type.description)")
    }
    try advance()
    guard case .text(let pattern) = token.kind else {
      throw unexpected("a pattern in quotes, such as \"cat%\"")
    }
    var isEscaped = false
    for byte in pattern.utf8 { isEscaped = byte == UInt8(ascii: "\\") && !isEscaped }
    guard !isEscaped else { throw unexpected("a pattern that does not end with a single backslash") }
    try advance()
    return .like(pattern, negated: negated)
  }

  /// Reads a value of the field's type.
  private mutating func value(for field: FilterField, written: String) throws(StoreError) -> FilterValue {
    guard let value = try value(as: field.type) else {
      guard case .name = token.kind, token.keyword == nil, field.type == .text || field.type == .any else {
        throw unexpected("\(field.type.description), as the value of \(written)")
      }
      throw unexpected("\(field.type.description), as the value of \(written) (text stands in quotes: \"\(found)\")")
    }
    try advance()
    return value
  }

  /// The current token as a value of a type; nil if it is none.
  private func value(as type: FilterField.ValueType) throws(StoreError) -> FilterValue? {
    switch (type, token.kind) {
    case (.number, .number(let text)), (.any, .number(let text)):
      if let integer = Int64(text) { return .integer(integer) }
      guard let real = Double(text), real.isFinite else {
        throw source.refuse(at: token.range.lowerBound, "the number is too large; at most 1.797e308 can be compared")
      }
      return .real(real)
    case (.seed, .number(let text)): return UInt64(text).map(FilterValue.seed)
    case (.text, .text(let text)), (.any, .text(let text)): return .text(text)
    case (.date, .date(let date)): return .date(date)
    case (.date, .text(let text)): return Timestamp(lenient: text).map(FilterValue.date)
    case (.boolean, .name), (.any, .name):
      switch token.keyword {
      case .true?: return .boolean(true)
      case .false?: return .boolean(false)
      default: return nil
      }
    default: return nil
    }
  }

  private mutating func count() throws(StoreError) {
    comparisons += 1
    guard comparisons <= VersionFilter.maximumComparisons else {
      throw source.refuse(
        at: token.range.lowerBound, "a filter has at most \(VersionFilter.maximumComparisons) comparisons")
    }
  }
}
