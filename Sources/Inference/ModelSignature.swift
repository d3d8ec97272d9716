extension Model {
  /// An Ed25519 signature of the version's digest, as a model file carries it.
  ///
  /// `Inference` has no cryptography: it checks the form and hands both texts on.
  public struct Signature: Sendable {
    /// The public key: 64 lower-case hexadecimal digits.
    public let publicKey: String
    /// The signature: 128 lower-case hexadecimal digits.
    public let signature: String

    /// A signature; its form is checked when it becomes part of a model.
    public init(publicKey: String, signature: String) {
      self.publicKey = publicKey
      self.signature = signature
    }
  }

  /// The most signatures that a model may have, each by another key.
  public static let maximumSignatures = 64

  /// The canonical text of signatures: a JSON array of objects.
  static func canonicalText(ofSignatures signatures: [Signature]) -> String {
    CanonicalText.array(signatures.map { "{\"key\":\"\($0.publicKey)\",\"signature\":\"\($0.signature)\"}" })
  }

  /// Reads the canonical text of signatures (white space and the order of keys may differ).
  ///
  /// - Throws: ``InferenceError/Code/invalidModelFile`` with the byte of what is malformed, not sorted by key, or twice there.
  static func signatures(canonicalText: [UInt8], name: String) throws(InferenceError) -> [Signature] {
    var scanner = JSONScanner(canonicalText, name: name)
    var signatures: [Signature] = []
    try scanner.array { (scanner: inout JSONScanner) throws(InferenceError) in
      guard signatures.count < maximumSignatures else {
        throw scanner.refuse("more than \(maximumSignatures) signatures")
      }
      var publicKey = ""
      var signature = ""
      try CanonicalText.members(of: &scanner, keys: ["key", "signature"]) {
        (scanner: inout JSONScanner, key: Int) throws(InferenceError) in
        let text = String(decoding: try scanner.string(), as: UTF8.self)
        if key == 0 { publicKey = text } else { signature = text }
      }
      let entry = Signature(publicKey: publicKey, signature: signature)
      if let problem = entry.problem { throw scanner.refuse(problem) }
      if let last = signatures.last, !last.publicKey.bytes.lexicographicallyPrecedes(publicKey.bytes) {
        throw scanner.refuse("the keys of the signatures must ascend, no key twice; \(publicKey) comes too late")
      }
      signatures.append(entry)
    }
    try scanner.end()
    guard !signatures.isEmpty else { throw scanner.refuse("no signature; without any, the entry must not be there") }
    return signatures
  }

  /// Checks signatures and sorts them by their keys.
  ///
  /// - Throws: ``InferenceError/Code/invalidSignatures``.
  static func sorted(_ signatures: [Signature]) throws(InferenceError) -> [Signature] {
    guard signatures.count <= maximumSignatures else {
      throw InferenceError(
        .invalidSignatures, "there are \(signatures.count) signatures; at most \(maximumSignatures) are supported")
    }
    for signature in signatures {
      if let problem = signature.problem { throw InferenceError(.invalidSignatures, problem) }
    }
    let keys = signatures.map { $0.publicKey.bytes }
    if let twice = duplicate(in: keys) {
      throw InferenceError(
        .invalidSignatures, "there are two signatures by the key \(String(decoding: twice, as: UTF8.self))")
    }
    return order(of: keys.count) { keys[$0].lexicographicallyPrecedes(keys[$1]) }.map { signatures[$0] }
  }
}

extension Model.Signature {
  /// What is wrong with the form, or nil.
  fileprivate var problem: String? {
    for (what, text, digits) in [("key", publicKey, 64), ("signature", signature, 128)] {
      let bytes = text.bytes
      guard bytes.count == digits, bytes.allSatisfy(HexadecimalFloat.isLowerHexadecimal) else {
        return "the \(what) of a signature is not \(digits) lower-case hexadecimal digits"
      }
    }
    return nil
  }
}

#if !hasFeature(Embedded)
  extension Model.Signature: Equatable {}
#endif
