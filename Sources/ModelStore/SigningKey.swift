import Crypto
import Foundation

/// An Ed25519 private key, which signs versions. Printing it shows its public key only.
public struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
  private let key: Curve25519.Signing.PrivateKey

  /// The key that its signatures are checked with.
  public let publicKey: PublicKey
  /// Whether it was read from a file that others than its owner may read or change.
  public let isExposed: Bool

  /// The public key.
  public var description: String { "the private key of \(publicKey)" }
  /// The public key.
  public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }

  /// Makes a new key from the system's random numbers.
  ///
  /// - Throws: ``StoreError/Code/internalError``, which never happens.
  public init() throws(StoreError) {
    let key = Curve25519.Signing.PrivateKey()
    self.key = key
    publicKey = try PublicKey(bytes: Array(key.publicKey.rawRepresentation), "the new key")
    isExposed = false
  }

  /// Reads the PEM file of a private key (PKCS#8), as ``write(to:)`` and `openssl genpkey -algorithm ED25519` make them.
  ///
  /// - Parameter path: a file, or a pipe such as a shell's `<(command)`.
  /// - Throws: ``StoreError/Code/cannotOpen``, or ``StoreError/Code/invalidKey`` with what was found in its place.
  public init(contentsOfFile path: String) throws(StoreError) {
    let file = try KeyFile.read(path, orPipe: true)
    let found: String
    switch KeyEncoding.contents(of: file.bytes) {
    case .privateKey(let bytes, let publicKey):
      try self.init(bytes, publicKey: publicKey, isExposed: file.isExposed, path)
      return
    case .publicKey: found = "a public key; give the file of the private key"
    case .other(let words): found = words
    }
    throw StoreError(.invalidKey, "\(path): expected an Ed25519 private key (PEM), found \(found)")
  }

  /// - Parameters:
  ///   - bytes: the 32 bytes of the private key.
  ///   - publicKey: what the file gives as its public key, if it does.
  ///   - source: where they came from, for the message.
  init(_ bytes: [UInt8], publicKey: [UInt8]?, isExposed: Bool, _ source: String) throws(StoreError) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else {
      throw StoreError(.internalError, "\(source): a private key of \(bytes.count) bytes was not taken")
    }
    let own = Array(key.publicKey.rawRepresentation)
    guard publicKey == nil || publicKey == own else {
      throw StoreError(
        .invalidKey, "\(source): expected an Ed25519 private key (PEM), found one with the public key of another")
    }
    self.key = key
    self.publicKey = try PublicKey(bytes: own, source)
    self.isExposed = isExposed
  }

  /// Writes the private key as a PEM file (PKCS#8) that only its owner may read, and the public key beside it.
  ///
  /// Both are on disk when this returns. Nothing is ever overwritten.
  ///
  /// - Parameter path: the file of the private key; that of the public key gets `.pub` appended.
  /// - Returns: the path of the public key.
  /// - Throws: ``StoreError/Code/fileExists`` if either is there, or why the system refused; then neither is.
  @discardableResult
  public func write(to path: String) throws(StoreError) -> String {
    let publicPath = path + ".pub"
    // Looked at beforehand, so that no private key is made for nothing.
    guard (try? FileManager.default.attributesOfItem(atPath: publicPath)) == nil else { throw Self.exists(publicPath) }
    try Self.write(KeyEncoding.pem(ofPrivateKey: key.rawRepresentation), to: path, permissions: 0o600)
    do {
      try Self.write(publicKey.pem, to: publicPath, permissions: 0o644)
    } catch {
      try? FileManager.default.removeItem(atPath: path)
      throw error
    }
    return publicPath
  }

  private static func write(_ text: String, to path: String, permissions: UInt32) throws(StoreError) {
    do {
      try DurableFile.write(Array(text.utf8).span, to: path, replacing: false, permissions: permissions)
    } catch {
      throw error.code == .fileExists ? exists(path) : error
    }
  }

  private static func exists(_ path: String) -> StoreError {
    StoreError(.fileExists, "\(path) exists already, and a key is never overwritten; choose another name")
  }

  /// Signs the version with a digest: 128 hexadecimal digits, the same each time (RFC 8032).
  ///
  /// The signature says nothing of whether the version is sound; ``ModelStore/sign(_:with:reason:actor:)`` verifies it first.
  ///
  /// - Parameter digest: the version's digest, with or without `sha256:`.
  /// - Throws: ``StoreError/Code/invalidKey`` for what is not a digest.
  public func signature(ofDigest digest: String) throws(StoreError) -> String {
    guard Digest.isDigest(Digest.withoutPrefix(digest)) else {
      throw StoreError(
        .invalidKey, "\"\(digest)\" cannot be signed; the digest of a version is sha256: and 64 hexadecimal digits")
    }
    guard let signature = try? key.signature(for: VersionSignature.message(ofDigest: digest)) else {
      throw StoreError(.internalError, "\(digest) could not be signed with \(description)")
    }
    return Hexadecimal.text(of: signature)
  }
}
