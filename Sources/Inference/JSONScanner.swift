/// A strict JSON reader over bytes, for the header of a model file: one pass, no recursion on unknown values, no Foundation.
///
/// It reads what a model file may hold (objects, arrays, strings, non-negative integers) and refuses all else, each error with
/// the byte at which it stands.
struct JSONScanner {
  private let bytes: [UInt8]
  private let offset: Int
  private var index: Int
  private let name: String

  /// Reads `bytes`, which stand at `offset` in a file; `name` stands first in every error.
  init(_ bytes: [UInt8], name: String, offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
    self.index = 0
    self.name = name
  }

  /// The place of the next byte in the file.
  var position: Int { offset + index }

  /// An error at the current byte.
  func refuse(_ message: String) -> InferenceError {
    InferenceError(.invalidModelFile, "\(name), byte \(position): \(message)")
  }

  private mutating func skipSpace() {
    while index < bytes.count,
      bytes[index] == 0x20 || bytes[index] == 0x0a || bytes[index] == 0x0d || bytes[index] == 0x09
    {
      index += 1
    }
  }

  /// Takes `byte` if it comes next.
  mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  /// Takes `byte`, which must come next.
  mutating func expect(_ byte: UInt8) throws(InferenceError) {
    guard take(byte) else {
      let found = index < bytes.count ? "found byte \(bytes[index])" : "found the end"
      throw refuse("not the JSON that was expected: wanted '\(String(decoding: [byte], as: UTF8.self))', \(found)")
    }
  }

  /// Reads `{ key: value, … }`, calling `member` with each key; `member` must read the value.
  mutating func object(
    _ member: (inout JSONScanner, [UInt8]) throws(InferenceError) -> Void
  ) throws(InferenceError) {
    try expect(UInt8(ascii: "{"))
    if take(UInt8(ascii: "}")) { return }
    repeat {
      let key = try string()
      try expect(UInt8(ascii: ":"))
      try member(&self, key)
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// Reads `[ element, … ]`, calling `element` for each; `element` must read it.
  mutating func array(_ element: (inout JSONScanner) throws(InferenceError) -> Void) throws(InferenceError) {
    try expect(UInt8(ascii: "["))
    if take(UInt8(ascii: "]")) { return }
    repeat {
      try element(&self)
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
  }

  /// Reads an integer from 0 to Int.max, in plain digits.
  mutating func integer() throws(InferenceError) -> Int {
    skipSpace()
    let start = index
    var value = 0
    while index < bytes.count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(Int(bytes[index] - UInt8(ascii: "0")))
      guard !overflow, !overflow2 else { throw refuse("a number that is too large for 64 bits") }
      value = sum
      index += 1
    }
    guard index > start else { throw refuse("expected a non-negative integer") }
    guard index == start + 1 || bytes[start] != UInt8(ascii: "0") else {
      throw refuse("an integer with a leading zero")
    }
    return value
  }

  /// Reads a string and returns its UTF-8 bytes, escapes resolved.
  mutating func string() throws(InferenceError) -> [UInt8] {
    try expect(UInt8(ascii: "\""))
    var result: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard isUTF8(result) else { throw refuse("a string that is not UTF-8") }
        return result
      case UInt8(ascii: "\\"): try escape(into: &result)
      case 0..<0x20: throw refuse("a control character within a string")
      default: result.append(byte)
      }
    }
    throw refuse("a string without its end")
  }

  /// Checks that nothing but white space is left.
  mutating func end() throws(InferenceError) {
    skipSpace()
    guard index == bytes.count else { throw refuse("bytes left over after the JSON") }
  }

  private mutating func escape(into result: inout [UInt8]) throws(InferenceError) {
    guard index < bytes.count else { throw refuse("a string without its end") }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0c)
    case UInt8(ascii: "n"): result.append(0x0a)
    case UInt8(ascii: "r"): result.append(0x0d)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      var code = try fourHexadecimalDigits()
      if code >= 0xd800, code < 0xdc00 {
        guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
          bytes[index + 1] == UInt8(ascii: "u")
        else { throw refuse("half of a surrogate pair") }
        index += 2
        let low = try fourHexadecimalDigits()
        guard low >= 0xdc00, low < 0xe000 else { throw refuse("half of a surrogate pair") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw refuse("half of a surrogate pair") }
      result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default: throw refuse("an unknown escape in a string")
    }
  }

  private mutating func fourHexadecimalDigits() throws(InferenceError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard index < bytes.count, let digit = HexadecimalFloat.hexadecimalDigit(bytes[index]) else {
        throw refuse("\\u needs four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }

  private func isUTF8(_ bytes: [UInt8]) -> Bool {
    var iterator = bytes.makeIterator()
    var decoder = UTF8()
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue: continue
      case .emptyInput: return true
      case .error: return false
      }
    }
  }
}
