import Crypto
import Foundation

/// An Ed25519 public key (RFC 8032): who signed, and whom a store trusts.
public struct PublicKey: Sendable, Hashable, CustomStringConvertible {
  /// The 32 bytes of the key.
  public let bytes: [UInt8]

  /// The 64 lower-case hexadecimal digits of ``bytes``, as the ledger has them.
  public var description: String { Hexadecimal.text(of: bytes) }

  /// `sha256:` and the SHA-256 of the key's DER encoding, which `openssl pkey -pubin -in FILE -outform DER | sha256sum` prints too.
  public var fingerprint: String {
    Digest.withPrefix(Digest.sha256(KeyEncoding.der(ofPublicKey: bytes).span))
  }

  /// The key as a PEM file (SubjectPublicKeyInfo), with which OpenSSL checks signatures.
  public var pem: String { KeyEncoding.pem(ofPublicKey: bytes) }

  /// Reads 64 hexadecimal digits.
  ///
  /// - Throws: ``StoreError/Code/invalidKey``.
  public init(hexadecimal text: String) throws(StoreError) {
    guard let bytes = Hexadecimal.bytes(of: text.lowercased(), count: KeyEncoding.size) else {
      throw StoreError(.invalidKey, "\"\(text)\" is not a public key; one has 64 hexadecimal digits")
    }
    try self.init(bytes: bytes, "the public key \(text)")
  }

  /// Reads the PEM file of a public key.
  ///
  /// - Throws: ``StoreError/Code/cannotOpen``, or ``StoreError/Code/invalidKey`` with what was found in its place.
  public init(contentsOfFile path: String) throws(StoreError) {
    let found: String
    switch KeyEncoding.contents(of: try KeyFile.read(path).bytes) {
    case .publicKey(let bytes):
      try self.init(bytes: bytes, path)
      return
    case .privateKey: found = "a private key, which stays with its owner; give the file of the public key (.pub)"
    case .other(let words): found = words
    }
    throw StoreError(.invalidKey, "\(path): expected an Ed25519 public key (PEM), found \(found)")
  }

  /// The keys of all files `*.pub` of a folder, in the order of their names.
  ///
  /// - Throws: ``StoreError/Code/cannotOpen`` if the folder or a file cannot be read, ``StoreError/Code/invalidKey`` if there is
  ///   none, or one is not a public key.
  public static func keys(inFolder path: String) throws(StoreError) -> [PublicKey] {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      throw StoreError(.cannotOpen, "\(path): expected a folder with public keys (*.pub), found no folder there")
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw StoreError(.cannotOpen, "\(path): the folder of trusted keys cannot be read; check its permissions")
    }
    let files = names.filter { $0.hasSuffix(".pub") && !$0.hasPrefix(".") }.sorted()
    guard !files.isEmpty else {
      throw StoreError(
        .invalidKey, "\(path): the folder holds no file *.pub, so nothing could be trusted; put public keys there")
    }
    var keys: [PublicKey] = []
    for file in files { keys.append(try PublicKey(contentsOfFile: path + "/" + file)) }
    return keys
  }

  /// - Parameter source: where the bytes came from, for the message.
  init(bytes: [UInt8], _ source: String) throws(StoreError) {
    guard !Self.isOfSmallOrder(bytes) else {
      throw StoreError(
        .invalidKey,
        "\(source): expected an Ed25519 public key, found a point of small order, under which anything is signed")
    }
    self.bytes = bytes
  }

  /// Whether a signature is one by this key of the version with that digest.
  ///
  /// - Parameters:
  ///   - signature: 128 lower-case hexadecimal digits; any other text is no signature.
  ///   - digest: the version's digest, with or without `sha256:`.
  public func verifies(_ signature: String, ofDigest digest: String) -> Bool {
    guard let signature = Hexadecimal.bytes(of: signature, count: VersionSignature.size),
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
    else { return false }
    return key.isValidSignature(signature, for: VersionSignature.message(ofDigest: digest))
  }

  /// Whether the key is one of the points of order 1, 2, 4 or 8, whose signatures say nothing: their y coordinates, and those of
  /// them that 32 bytes hold in a second way.
  private static func isOfSmallOrder(_ bytes: [UInt8]) -> Bool {
    // The highest bit is the sign of x.
    let y = bytes.dropLast() + [(bytes.last ?? 0) & 0x7f]
    let prime = [UInt8](repeating: 0xff, count: 30)
    return [
      [UInt8](repeating: 0, count: 32), [1] + [UInt8](repeating: 0, count: 31),
      [0xec] + prime + [0x7f], [0xed] + prime + [0x7f], [0xee] + prime + [0x7f],
      [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
        0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
      ],
      [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
        0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
      ],
    ].contains(Array(y))
  }
}
