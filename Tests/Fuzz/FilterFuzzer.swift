// A libFuzzer target for the language of `versions --where` and `--sort`, compiled into one module with its lexer and parser by
// Scripts/fuzz.

/// Reads bytes as a filter and as a sort order. What is refused must say where; what is accepted keeps to its limits.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFilter(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  let text = unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  do {
    let filter = try VersionFilter(text)
    var comparisons = 0
    measure(filter.expression, depth: 0, &comparisons)
    guard comparisons <= VersionFilter.maximumComparisons, try VersionFilter(filter.description) == filter else {
      fatalError("a filter has \(comparisons) comparisons, or reads otherwise the second time")
    }
  } catch { check(error, text) }
  do {
    guard try VersionSort(text).keys.count <= VersionSort.maximumFields else {
      fatalError("an order has too many fields")
    }
  } catch { check(error, text) }
  return 0
}

/// Counts the comparisons of a filter, which must not lie deeper than is allowed.
private func measure(_ expression: FilterExpression, depth: Int, _ comparisons: inout Int) {
  // Each level of parentheses may hold an "or" of "and"s.
  guard depth <= 3 * VersionFilter.maximumDepth + 3 else { fatalError("a filter is \(depth) levels deep") }
  switch expression {
  case .all(let terms), .any(let terms):
    guard terms.count > 1 else { fatalError("a chain of \(terms.count) terms") }
    for term in terms { measure(term, depth: depth + 1, &comparisons) }
  case .not(let term): measure(term, depth: depth + 1, &comparisons)
  case .test(_, .among(let values, _)):
    guard !values.isEmpty else { fatalError("an empty list") }
    comparisons += values.count
  case .test: comparisons += 1
  }
}

/// An error names a column of the text, or one behind its end, and has the caret below it.
private func check(_ error: StoreError, _ text: String) {
  if text.utf8.count > VersionFilter.maximumBytes { return }
  let lines = error.message.split(separator: "\n", omittingEmptySubsequences: false)
  guard error.code == .invalidFilter, lines.count == 3, lines[2].last == "^", lines[2].count <= lines[1].count + 1,
    let comma = lines[0].firstIndex(of: ","), lines[0][comma...].hasPrefix(", column "),
    let column = Int(lines[0][comma...].dropFirst(", column ".count).prefix { $0 != ":" }), column <= text.count + 1
  else { fatalError("an error that does not show its place: \(error.message)") }
}
