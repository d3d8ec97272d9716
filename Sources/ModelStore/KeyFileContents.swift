/// A key file of either kind.
public enum KeyFileContents: Sendable {
  /// A private key.
  case signingKey(SigningKey)
  /// A public key.
  case publicKey(PublicKey)

  /// Reads the PEM file of a private or public key.
  ///
  /// - Throws: ``StoreError/Code/cannotOpen``, or ``StoreError/Code/invalidKey`` with what was found in its place.
  public init(contentsOfFile path: String) throws(StoreError) {
    let file = try KeyFile.read(path, orPipe: true)
    switch KeyEncoding.contents(of: file.bytes) {
    case .privateKey(let bytes, let publicKey):
      self = .signingKey(try SigningKey(bytes, publicKey: publicKey, isExposed: file.isExposed, path))
    case .publicKey(let bytes): self = .publicKey(try PublicKey(bytes: bytes, path))
    case .other(let words):
      throw StoreError(.invalidKey, "\(path): expected an Ed25519 key (PEM), found \(words)")
    }
  }
}
