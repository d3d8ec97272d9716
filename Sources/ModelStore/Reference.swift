/// Which version is meant: `cats`, `cats@3`, `cats@latest`, `cats@champion` or `cats@sha256:1f0c…`.
public struct Reference: Sendable, Hashable, CustomStringConvertible {
  /// What follows the model's name.
  public enum Selector: Sendable, Hashable {
    /// What is in service (no `@`).
    case serving
    /// The version of that number.
    case number(Int)
    /// The version registered last.
    case latest
    /// The version that an alias names.
    case alias(String)
    /// The version whose digest begins with these lower-case hexadecimal digits.
    case digestPrefix(String)
  }

  /// The model's name.
  public let model: String
  /// Which of its versions.
  public let selector: Selector

  /// The longest model name or alias, in characters.
  public static let maximumNameLength = 128
  /// The fewest digits of a digest that select a version.
  public static let minimumDigestPrefix = 4

  /// Names a version.
  ///
  /// - Throws: ``StoreError/Code/invalidName`` for a model name that no model can have.
  public init(model: String, _ selector: Selector = .serving) throws(StoreError) {
    try Self.validate(modelName: model)
    self.model = model
    self.selector = selector
  }

  /// Reads a reference.
  ///
  /// - Throws: ``StoreError/Code/invalidReference`` or ``StoreError/Code/invalidName``, with what is wrong in the text.
  public init(_ text: String) throws(StoreError) {
    func refuse(_ problem: String) -> StoreError {
      StoreError(
        .invalidReference,
        "\"\(text)\" is not a reference: \(problem). Write NAME (what is in service), NAME@3, NAME@latest, "
          + "NAME@ALIAS or NAME@sha256:DIGITS"
      )
    }
    guard !text.isEmpty else { throw refuse("it is empty") }
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard !name.isEmpty else { throw refuse("the model's name is missing before \"@\"") }
    try Self.validate(modelName: name)
    self.model = name
    guard parts.count == 2 else {
      self.selector = .serving
      return
    }

    let rest = String(parts[1])
    if rest.isEmpty { throw refuse("nothing stands after \"@\"") }
    if rest == "latest" {
      self.selector = .latest
    } else if rest.hasPrefix("sha256:") {
      let digits = rest.dropFirst("sha256:".count).lowercased()
      guard digits.utf8.allSatisfy({ Digest.isHexadecimalDigit($0) }) else {
        throw refuse("a digest consists of the digits 0-9 and a-f")
      }
      guard (Self.minimumDigestPrefix...Digest.length).contains(digits.utf8.count) else {
        throw refuse(
          "a digest prefix has \(Self.minimumDigestPrefix) to \(Digest.length) digits, not \(digits.utf8.count)")
      }
      self.selector = .digestPrefix(digits)
    } else if let first = rest.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) {
      guard rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(rest), number > 0,
        String(number) == rest
      else { throw refuse("\"\(rest)\" is not a version number (1, 2, 3, …)") }
      self.selector = .number(number)
    } else {
      guard Self.isName(rest) else {
        throw refuse("\"\(rest)\" is neither a version number nor an alias (letters, digits, '.', '_' and '-')")
      }
      self.selector = .alias(rest)
    }
  }

  /// The reference as text; reading it gives the same reference.
  public var description: String {
    switch selector {
    case .serving: model
    case .number(let number): "\(model)@\(number)"
    case .latest: "\(model)@latest"
    case .alias(let alias): "\(model)@\(alias)"
    case .digestPrefix(let digits): "\(model)@sha256:\(digits)"
    }
  }

  /// Checks a model's name: a letter or digit, then letters, digits, `.`, `_` or `-`; at most ``maximumNameLength`` (ASCII alone).
  ///
  /// - Throws: ``StoreError/Code/invalidName`` with what is wrong.
  public static func validate(modelName name: String) throws(StoreError) { try validate(name: name, of: "model") }

  /// Checks the name of a model, checkpoint or sweep.
  static func validate(name: String, of kind: String) throws(StoreError) {
    let rule = "a \(kind)'s name begins with a letter or digit, goes on with letters, digits, '.', '_' and '-' "
    guard name.utf8.count <= maximumNameLength else {
      throw StoreError(
        .invalidName,
        "the \(kind)'s name is \(name.utf8.count) bytes long; \(rule)and has at most \(maximumNameLength) of them")
    }
    guard isName(name) else {
      throw StoreError(.invalidName, "\"\(name)\" cannot be the name of a \(kind); \(rule)(A-Z, a-z, 0-9)")
    }
  }

  /// Whether a text can be the name of a model, of an alias or of a metric.
  static func isName(_ text: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
    guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= maximumNameLength else { return false }
    return text.utf8.allSatisfy {
      isAlphanumeric($0) || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0)
    }
  }
}
