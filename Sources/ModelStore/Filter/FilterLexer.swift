/// Cuts the text of a filter or sort order into tokens.
struct FilterLexer {
  let source: FilterSource
  private var position = 0

  init(_ source: FilterSource) { self.source = source }

  /// The byte so far ahead, or 0 behind the end; the text itself can hold 0 only where it is refused.
  private func peek(_ distance: Int = 0) -> UInt8 {
    let index = position + distance
    return index < source.bytes.count ? source.bytes[index] : 0
  }

  /// Reads the next token; at the end of the text, ever again its end.
  mutating func next() throws(StoreError) -> FilterToken {
    while [0x20, 0x09, 0x0a, 0x0d].contains(peek()) { position += 1 }
    let start = position
    let kind = try self.kind()
    return FilterToken(kind: kind, range: start..<position)
  }

  private mutating func kind() throws(StoreError) -> FilterToken.Kind {
    guard position < source.bytes.count else { return .end }
    let byte = peek()
    switch byte {
    case UInt8(ascii: "("): return symbol(.open)
    case UInt8(ascii: ")"): return symbol(.close)
    case UInt8(ascii: ","): return symbol(.comma)
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(try quoted())
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      return Self.isDigit(peek(1)) ? try number() : symbol(byte == UInt8(ascii: "+") ? .plus : .minus)
    case _ where Self.isDigit(byte): return try isDate ? date() : number()
    case _ where Self.isNameStart(byte): return try name()
    default: return try comparison()
    }
  }

  private mutating func symbol(_ kind: FilterToken.Kind) -> FilterToken.Kind {
    position += 1
    return kind
  }

  private mutating func comparison() throws(StoreError) -> FilterToken.Kind {
    let pair = source.text(position..<min(position + 2, source.bytes.count))
    let hints = ["==": "=", "<>": "!=", "&&": "and", "||": "or"]
    if let hint = hints[pair] { throw source.refuse(at: position, "\"\(pair)\" is not known; write \(hint)") }
    for length in [2, 1] {
      let symbol = String(pair.prefix(length))
      guard let comparison = FilterComparison(rawValue: symbol) else { continue }
      // At the end of the text there may be only one character to take.
      position += symbol.utf8.count
      return .comparison(comparison)
    }
    let found = source.text(position..<source.bytes.count).first.map(String.init) ?? ""
    let remedies: [String: String] = [
      "!": "write != or not", "&": "write and", "|": "write or", "“": "text stands in straight quotes, \"…\" or '…'",
      "”": "text stands in straight quotes, \"…\" or '…'", ".": "a number begins with a digit, such as 0.5",
    ]
    throw source.refuse(
      at: position,
      "\"\(found)\" is not known; \(remedies[found] ?? "names and text with such characters stand in quotes")"
    )
  }

  private mutating func name() throws(StoreError) -> FilterToken.Kind {
    let start = position
    while Self.isNamePart(peek()) { position += 1 }
    let name = source.text(start..<position)
    guard name.utf8.last == UInt8(ascii: ".") else { return .name(name, quoted: nil) }
    guard peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "'") else {
      let shown = source.quotation(start..<position)
      throw source.refuse(
        at: position, "a name is expected after \"\(shown)\", such as tag.team or tag.\"a name\"")
    }
    return .name(name, quoted: try quoted())
  }

  private mutating func number() throws(StoreError) -> FilterToken.Kind {
    let start = position
    if !Self.isDigit(peek()) { position += 1 }
    digits()
    if peek() == UInt8(ascii: "."), Self.isDigit(peek(1)) {
      position += 1
      digits()
    }
    if peek() | 0x20 == UInt8(ascii: "e") {
      let sign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") ? 1 : 0
      if Self.isDigit(peek(1 + sign)) {
        position += 1 + sign
        digits()
      }
    }
    guard !Self.isNamePart(peek()) else {
      throw source.refuse(
        at: position,
        "a number ends before this; a name that begins with a digit stands in quotes, such as metric.\"5fold\"")
    }
    return .number(source.text(start..<position))
  }

  private mutating func digits() {
    while Self.isDigit(peek()) { position += 1 }
  }

  /// Whether the text goes on with four digits, a hyphen and a digit.
  private var isDate: Bool {
    (0..<4).allSatisfy { Self.isDigit(peek($0)) } && peek(4) == UInt8(ascii: "-") && Self.isDigit(peek(5))
  }

  private mutating func date() throws(StoreError) -> FilterToken.Kind {
    let start = position
    while Self.isNamePart(peek()) || peek() == UInt8(ascii: ":") { position += 1 }
    let text = source.text(start..<position)
    guard let date = Timestamp(lenient: text) else {
      throw source.refuse(
        at: start,
        "\"\(source.quotation(start..<position))\" is no date; write one such as 2026-01-01, 2026-01-01T12:00Z or "
          + "2026-01-01T12:00:30Z")
    }
    return .date(date)
  }

  private mutating func quoted() throws(StoreError) -> String {
    let start = position
    let quote = peek()
    var result: [UInt8] = []
    position += 1
    while position < source.bytes.count {
      let byte = peek()
      switch byte {
      case quote:
        position += 1
        return String(decoding: result, as: UTF8.self)
      case 0: throw source.refuse(at: position, "text has no NUL characters")
      case UInt8(ascii: "\\"): try escape(into: &result)
      default:
        result.append(byte)
        position += 1
      }
    }
    throw source.refuse(at: start, "the text that begins here does not end; its second quote is missing")
  }

  private mutating func escape(into result: inout [UInt8]) throws(StoreError) {
    let start = position
    let byte = peek(1)
    position += 2
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): result.append(byte)
    case UInt8(ascii: "n"): result.append(0x0a)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u") where peek() == UInt8(ascii: "{"):
      let digits = source.bytes[(position + 1)...].prefix { $0 != UInt8(ascii: "}") }.prefix(9)
      let text = String(decoding: digits, as: UTF8.self)
      guard (1...8).contains(digits.count), Self.isHexadecimal(digits), let value = UInt32(text, radix: 16), value != 0,
        let scalar = Unicode.Scalar(value)
      else { throw source.refuse(at: start, "\"\\u{\(text)\" names no character; write one such as \\u{e9}") }
      position += digits.count + 2
      result.append(contentsOf: String(scalar).utf8)
    default:
      throw source.refuse(
        at: start, "this escape is not known; there are \\\", \\', \\\\, \\n, \\t and \\u{e9}, and \\\\ is a backslash")
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isHexadecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
  }

  private static func isNameStart(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte | 0x20) || byte == UInt8(ascii: "_")
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    isNameStart(byte) || isDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
  }
}
