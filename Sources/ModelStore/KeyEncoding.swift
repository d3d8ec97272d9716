import Foundation

/// Ed25519 keys as RFC 8410 has them (PKCS#8 for private, SubjectPublicKeyInfo for public keys), in PEM, as OpenSSL writes and reads
/// them.
enum KeyEncoding {
  /// What a key file holds.
  enum Contents {
    /// The 32 bytes of the private key, and the public key where the file holds that too.
    case privateKey([UInt8], publicKey: [UInt8]?)
    case publicKey([UInt8])
    /// Anything else, in words that complete "found …".
    case other(String)
  }

  /// Bytes of a key of either kind.
  static let size = 32

  // The DER around the 32 bytes, which end each of the two.
  private static let privatePrefix: [UInt8] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  private static let publicPrefix: [UInt8] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]

  /// The SubjectPublicKeyInfo of a public key.
  static func der(ofPublicKey bytes: [UInt8]) -> [UInt8] { publicPrefix + bytes }

  static func pem(ofPublicKey bytes: [UInt8]) -> String { pem("PUBLIC KEY", der(ofPublicKey: bytes)) }

  static func pem(ofPrivateKey bytes: some Sequence<UInt8>) -> String { pem("PRIVATE KEY", privatePrefix + bytes) }

  // The base64 of either kind is one line of at most 64 characters.
  private static func pem(_ label: String, _ der: [UInt8]) -> String {
    "-----BEGIN \(label)-----\n\(Data(der).base64EncodedString())\n-----END \(label)-----\n"
  }

  /// Reads a key file. What is not understood is named, never shown: it may be a secret.
  static func contents(of file: Data) -> Contents {
    guard !file.isEmpty else { return .other("an empty file") }
    let text = String(decoding: file, as: UTF8.self)
    guard let begin = text.range(of: "-----BEGIN ") else { return .other(withoutPEM(file, text)) }
    guard let labelEnd = text.range(of: "-----", range: begin.upperBound..<text.endIndex) else {
      return .other("a truncated PEM file")
    }
    let label = String(text[begin.upperBound..<labelEnd.lowerBound])
    guard let end = text.range(of: "-----END \(label)-----", range: labelEnd.upperBound..<text.endIndex) else {
      return .other("a truncated PEM file, without its last line")
    }
    let body = text[labelEnd.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
    switch label {
    case "PRIVATE KEY", "PUBLIC KEY":
      guard let der = Data(base64Encoded: String(body)) else {
        return .other("a damaged PEM file, whose lines are not base64")
      }
      return label == "PRIVATE KEY" ? privateKey(Array(der)) : publicKey(Array(der))
    case "ENCRYPTED PRIVATE KEY":
      return .other("an encrypted private key (openssl pkey -in FILE -out PLAIN decrypts it)")
    case "OPENSSH PRIVATE KEY": return .other("an OpenSSH private key")
    case "RSA PRIVATE KEY": return .other("an RSA private key")
    case "RSA PUBLIC KEY": return .other("an RSA public key")
    case "EC PRIVATE KEY": return .other("an elliptic curve private key of another kind")
    case "CERTIFICATE": return .other("a certificate")
    default: return .other("a PEM file of another kind")
    }
  }

  private static func withoutPEM(_ file: Data, _ text: String) -> String {
    if text.hasPrefix("ssh-") { return "an OpenSSH public key" }
    // A DER sequence; PEM is its base64.
    if file.first == 0x30, text.utf8.count != file.count || file.contains(0) {
      return "a key in DER, or another binary file (openssl pkey -inform DER -in FILE -out PEM converts a key)"
    }
    return "no PEM: no line -----BEGIN PRIVATE KEY----- or -----BEGIN PUBLIC KEY-----"
  }

  /// PKCS#8 (RFC 5958): version, algorithm, key, and what may follow: attributes and the public key.
  private static func privateKey(_ der: [UInt8]) -> Contents {
    let damaged = Contents.other("a damaged private key")
    var file = DERReader(der[...])
    guard var key = file.element(.sequence), file.isAtEnd, let version = key.bytes(.integer),
      let kind = algorithm(&key), let inner = key.bytes(.octetString)
    else { return damaged }
    guard kind == .ed25519 else { return .other("\(kind.words) private key") }
    var octets = DERReader(inner)
    guard [[0], [1]].contains(Array(version)), let bytes = octets.bytes(.octetString), octets.isAtEnd,
      bytes.count == size
    else { return damaged }
    if !key.isAtEnd, key.next == DERReader.Tag.attributes.rawValue, key.bytes(.attributes) == nil { return damaged }
    guard !key.isAtEnd else { return .privateKey(Array(bytes), publicKey: nil) }
    // A bit string begins with the number of bits that its last byte has too many.
    guard let publicKey = key.bytes(.publicKey), key.isAtEnd, publicKey.count == size + 1, publicKey.first == 0 else {
      return damaged
    }
    return .privateKey(Array(bytes), publicKey: Array(publicKey.dropFirst()))
  }

  private static func publicKey(_ der: [UInt8]) -> Contents {
    var file = DERReader(der[...])
    guard var key = file.element(.sequence), file.isAtEnd, let kind = algorithm(&key), let bits = key.bytes(.bitString),
      key.isAtEnd
    else { return .other("a damaged public key") }
    guard kind == .ed25519 else { return .other("\(kind.words) public key") }
    guard bits.count == size + 1, bits.first == 0 else { return .other("a damaged public key") }
    return .publicKey(Array(bits.dropFirst()))
  }

  private static func algorithm(_ key: inout DERReader) -> Algorithm? {
    guard var identifier = key.element(.sequence), let object = identifier.bytes(.objectIdentifier) else { return nil }
    let kind = Algorithm(object: Array(object))
    // RFC 8410: no parameters.
    return kind == .ed25519 && !identifier.isAtEnd ? nil : kind
  }

  private enum Algorithm {
    case ed25519, ed448, x25519, x448, rsa, ellipticCurve, dsa, unknown

    init(object: [UInt8]) {
      switch object {
      case [0x2b, 0x65, 0x6e]: self = .x25519
      case [0x2b, 0x65, 0x6f]: self = .x448
      case [0x2b, 0x65, 0x70]: self = .ed25519
      case [0x2b, 0x65, 0x71]: self = .ed448
      case [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]: self = .rsa
      // RSA-PSS.
      case [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a]: self = .rsa
      case [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]: self = .ellipticCurve
      case [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01]: self = .dsa
      default: self = .unknown
      }
    }

    var words: String {
      switch self {
      case .ed25519: "an Ed25519"
      case .ed448: "an Ed448"
      case .x25519: "an X25519"
      case .x448: "an X448"
      case .rsa: "an RSA"
      case .ellipticCurve: "an elliptic curve (ECDSA)"
      case .dsa: "a DSA"
      case .unknown: "another kind of"
      }
    }
  }
}

/// The elements of a DER encoding (X.690), one after the other.
private struct DERReader {
  enum Tag: UInt8 {
    case integer = 0x02
    case bitString = 0x03
    case octetString = 0x04
    case objectIdentifier = 0x06
    case sequence = 0x30
    /// Context-specific, constructed, number 0 in PKCS#8.
    case attributes = 0xa0
    /// Context-specific, primitive, number 1 in PKCS#8.
    case publicKey = 0x81
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  /// The tag of the next element.
  var next: UInt8? { rest.first }

  /// The elements within the next element; nil if that has another tag or is not whole.
  mutating func element(_ tag: Tag) -> DERReader? { bytes(tag).map { DERReader($0) } }

  /// The bytes of the next element; nil if that has another tag or is not whole.
  mutating func bytes(_ tag: Tag) -> ArraySlice<UInt8>? {
    guard rest.popFirst() == tag.rawValue, let first = rest.popFirst() else { return nil }
    var length = Int(first)
    if first >= 0x80 {
      let digits = length - 0x80
      // A key of 65,536 bytes would be more than any.
      guard digits == 1 || digits == 2, rest.count >= digits else { return nil }
      length = rest.prefix(digits).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(digits)
      guard length >= (digits == 1 ? 0x80 : 0x100) else { return nil }
    }
    guard length <= rest.count else { return nil }
    defer { rest = rest.dropFirst(length) }
    return rest.prefix(length)
  }
}
