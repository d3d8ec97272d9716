/// Which versions of a model are meant, by what is known of them.
///
/// ```
/// accuracy.validation > 0.9 and tag.team = "vision" and created > 2026-01-01
/// ```
///
/// `Documentation/filters.md` describes the language. A comparison with a value that a version does not have is false, `!=` too;
/// `not` negates what stands behind it and nothing more.
public struct VersionFilter: Sendable, Equatable, CustomStringConvertible {
  /// The most bytes of a filter in UTF-8.
  public static let maximumBytes = FilterSource.maximumBytes
  /// How deep parentheses and `not` may stand within each other.
  public static let maximumDepth = 64
  /// The most comparisons; each value of a list counts as one.
  public static let maximumComparisons = 256

  /// The filter as it was written.
  public let description: String

  let expression: FilterExpression

  /// Reads a filter.
  ///
  /// - Throws: ``StoreError/Code/invalidFilter``: what is wrong, its column, and the text with a caret below the place.
  public init(_ text: String) throws(StoreError) {
    expression = try FilterParser.parse(FilterSource(text, what: "filter"))
    description = text
  }
}
