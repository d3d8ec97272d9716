/// A tag, metric or hyperparameter that a filter or a sort order names and no version of the model has: probably a mistake.
public struct UnknownName: Sendable, Equatable, CustomStringConvertible {
  /// The name as filters write it: `accuracy.validation`, `hp.learning_rate`, `tag.team`.
  public let name: String
  /// Where it stands: "filter" or "sort order".
  public let place: String
  /// The column there, from 1.
  public let column: Int
  /// The model whose versions do not have it.
  public let model: String
  /// The names of the same kind that versions of the model have, the most similar first.
  public let known: [String]
  /// The kind of name: "metric", "hyperparameter" or "tag".
  let kind: String

  /// The most of ``known`` that ``description`` lists.
  private static let listed = 6

  /// What is wrong, where, and which names there are.
  public var description: String {
    let text = "the \(place), column \(column): no version of \(model) has \(name)"
    return text + (known.isEmpty ? "; none has any \(kind)" : Self.advice(for: name, sorted: known))
  }

  /// What to say after that a name is not there: the one it may be, and which there are.
  package static func advice(for name: String, among known: [String]) -> String {
    guard !known.isEmpty else { return "; it has none" }
    return advice(
      for: name,
      sorted: known.map { ($0, distance(name, $0)) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0))
  }

  private static func advice(for name: String, sorted known: [String]) -> String {
    var text = ""
    if let nearest = known.first, distance(name, nearest) <= max(2, name.count / 4) {
      text = "; did you mean \(nearest)?"
    }
    let rest = known.count - listed
    text += (text.isEmpty ? "; there are " : " There are ") + known.prefix(listed).joined(separator: ", ")
    return text + (rest > 0 ? " and \(rest) more" : "")
  }

  /// How many characters must be put in, taken out, exchanged or swapped with their neighbour to make one text of the other.
  static func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first), Array(second))
    // No name is so long, nor is anything near it.
    guard max(a.count, b.count) <= 256 else { return max(a.count, b.count) }
    var before: [Int] = []
    var above = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var least = min(above[j] + (a[i] == b[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
        row.append(least)
      }
      (before, above) = (above, row)
    }
    return above[b.count]
  }
}
