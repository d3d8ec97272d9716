/// Doubles as C99 hexadecimal text ("0x1.8p+1"): exact, free of locales, read by C's `strtod` and Python's `float.fromhex`.
///
/// Reading needs integer arithmetic alone, so it gives the same value in every build, Embedded Swift included.
enum HexadecimalFloat {
  /// The shortest such text of a finite value.
  static func text(of value: Double) -> String {
    let bits = value.bitPattern
    let exponent = Int((bits >> 52) & 0x7ff)
    var fraction = bits & 0xf_ffff_ffff_ffff
    var result = bits >> 63 == 1 ? "-0x" : "0x"
    if exponent == 0 && fraction == 0 { return result + "0p+0" }
    result += exponent == 0 ? "0" : "1"
    if fraction != 0 {
      result += "."
      while fraction != 0 {
        result += String(fraction >> 48, radix: 16)
        fraction = (fraction << 4) & 0xf_ffff_ffff_ffff
      }
    }
    let power = exponent == 0 ? -1022 : exponent - 1023
    return result + (power < 0 ? "p" : "p+") + String(power)
  }

  /// The value of such a text, or nil if it is malformed, not exactly representable, or out of a double's range.
  static func value(of text: [UInt8]) -> Double? {
    var rest = text[...]
    var negative = false
    if rest.first == UInt8(ascii: "-") {
      negative = true
      rest = rest.dropFirst()
    }
    guard rest.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")]) else { return nil }
    rest = rest.dropFirst(2)

    var significand: UInt64 = 0
    var digits = 0
    var power = 0
    var inFraction = false
    while let byte = rest.first, byte != UInt8(ascii: "p") {
      rest = rest.dropFirst()
      if byte == UInt8(ascii: "."), !inFraction {
        inFraction = true
        continue
      }
      guard let digit = hexadecimalDigit(byte), significand < 1 << 56 else { return nil }
      significand = significand << 4 | UInt64(digit)
      digits += 1
      if inFraction { power -= 4 }
    }
    guard digits > 0, rest.first == UInt8(ascii: "p") else { return nil }
    rest = rest.dropFirst()
    guard let exponent = decimalExponent(rest) else { return nil }
    guard significand != 0 else { return negative ? -0.0 : 0.0 }

    // 2^power exactly, or not at all: a significand of more than 53 bits, or one that would be rounded, is refused.
    let shift = significand.trailingZeroBitCount
    significand >>= UInt64(shift)
    power += shift + exponent
    let width = 64 - significand.leadingZeroBitCount
    guard width <= 53, power + width <= 1024, power >= -1074 else { return nil }
    let magnitude = Double(sign: .plus, exponent: power, significand: 1) * Double(significand)
    return negative ? -magnitude : magnitude
  }

  private static func decimalExponent(_ text: ArraySlice<UInt8>) -> Int? {
    var rest = text
    var negative = false
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      negative = sign == UInt8(ascii: "-")
      rest = rest.dropFirst()
    }
    guard !rest.isEmpty, rest.count <= 4 else { return nil }
    var value = 0
    for byte in rest {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return negative ? -value : value
  }

  /// Whether a byte is 0 to 9 or a to f.
  static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
    hexadecimalDigit(byte) != nil && !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
  }

  /// The value of a hexadecimal digit in lower or upper case.
  static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
