import Crypto

/// SHA-256 as the store writes it: 64 lower-case hexadecimal digits.
enum Digest {
  /// The number of hexadecimal digits.
  static let length = 64
  /// What the first entry of the ledger follows.
  static let none = String(repeating: "0", count: length)

  static func isHexadecimalDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  static func isDigest(_ text: String) -> Bool {
    text.utf8.count == length && text.utf8.allSatisfy(isHexadecimalDigit)
  }

  /// A digest as the public API has it: `sha256:` and the digits.
  static func withPrefix(_ digits: String) -> String { "sha256:" + digits }

  /// The digits of a digest with or without `sha256:`.
  static func withoutPrefix(_ digest: String) -> String {
    digest.hasPrefix("sha256:") ? String(digest.dropFirst("sha256:".count)) : digest
  }

  /// The digest of bytes in memory.
  static func sha256(_ bytes: Span<UInt8>) -> String {
    var digest = Running()
    digest.update(bytes)
    return digest.sha256
  }

  /// The digest of bytes that come one part after the other.
  struct Running {
    private var hash = SHA256()

    mutating func update(_ bytes: Span<UInt8>) {
      // swift-crypto takes bytes by pointer or by collection; this is the one that does not copy.
      unsafe bytes.withUnsafeBufferPointer { unsafe hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }

    var sha256: String { Hexadecimal.text(of: hash.finalize()) }
  }
}

/// Fields as a sequence of netstrings (`5:hello,`), the one byte form that every digest and signature of the store is taken over.
///
/// A field's length stands before it, so no two lists of fields have the same bytes. The first field names the form.
struct CanonicalForm {
  private(set) var bytes: [UInt8] = []

  init(_ name: String) { append(name) }

  mutating func append(_ field: String) {
    bytes.append(contentsOf: "\(field.utf8.count):".utf8)
    bytes.append(contentsOf: field.utf8)
    bytes.append(UInt8(ascii: ","))
  }

  mutating func append(_ field: Int) { append(String(field)) }

  /// A number as the 16 hexadecimal digits of its bits.
  mutating func append(_ field: Double) {
    let digits = String(field.bitPattern, radix: 16)
    append(String(repeating: "0", count: 16 - digits.utf8.count) + digits)
  }

  /// A field that may be missing: its count (0 or 1), then the field.
  mutating func append(_ field: String?) {
    append(field == nil ? 0 : 1)
    if let field { append(field) }
  }

  var sha256: String { Digest.sha256(bytes.span) }
}
