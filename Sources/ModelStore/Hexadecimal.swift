/// Bytes as hexadecimal digits, two each, in lower case.
enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  static func text(of bytes: some Sequence<UInt8>) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(2 * bytes.underestimatedCount)
    for byte in bytes {
      result.append(digits[Int(byte >> 4)])
      result.append(digits[Int(byte & 15)])
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The bytes of exactly `count` of them as ``text(of:)`` writes them; nil for any other text.
  static func bytes(of text: String, count: Int) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count == 2 * count, characters.allSatisfy(Digest.isHexadecimalDigit) else { return nil }
    func value(_ digit: UInt8) -> UInt8 { digit <= UInt8(ascii: "9") ? digit - 0x30 : digit - 0x61 + 10 }
    return (0..<count).map { value(characters[2 * $0]) << 4 | value(characters[2 * $0 + 1]) }
  }
}
