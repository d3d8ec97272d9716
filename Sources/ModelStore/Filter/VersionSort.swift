/// In which order versions are listed: `-accuracy.validation,number`.
///
/// Fields separated by commas, the first one first; `-` before a field is downwards, `+` or nothing upwards. Versions that do not
/// have a value come last in both directions; those that are equal stand by number.
public struct VersionSort: Sendable, Equatable, CustomStringConvertible {
  /// A field and its direction.
  struct Key: Sendable, Equatable {
    let field: FilterField
    let isDescending: Bool
  }

  /// The most fields of an order.
  public static let maximumFields = 16

  /// The order as it was written.
  public let description: String

  let keys: [Key]

  /// Reads an order.
  ///
  /// - Throws: ``StoreError/Code/invalidFilter``: what is wrong, its column, and the text with a caret below the place.
  public init(_ text: String) throws(StoreError) {
    let source = try FilterSource(text, what: "sort order")
    var lexer = FilterLexer(source)
    var keys: [Key] = []
    var token: FilterToken
    repeat {
      token = try lexer.next()
      let isDescending = token.kind == .minus
      if isDescending || token.kind == .plus { token = try lexer.next() }
      guard case .name(let name, let quoted) = token.kind else {
        throw source.refuse(at: token.range.lowerBound, "expected a field, such as -accuracy.validation or created")
      }
      let field = try FilterField(name, quoted: quoted, in: source, at: token.range)
      guard !field.isMultiple else {
        throw source.refuse(
          at: token.range.lowerBound, "a version can have more than one \(name), which gives no order")
      }
      guard keys.count < Self.maximumFields else {
        throw source.refuse(at: token.range.lowerBound, "an order has at most \(Self.maximumFields) fields")
      }
      keys.append(Key(field: field, isDescending: isDescending))
      token = try lexer.next()
    } while token.kind == .comma
    guard token.kind == .end else {
      throw source.refuse(at: token.range.lowerBound, "expected \",\" or the end")
    }
    self.keys = keys
    description = text
  }
}
