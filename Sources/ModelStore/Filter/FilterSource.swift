/// The text of a filter or of a sort order, and how a mistake in it is shown.
struct FilterSource: Sendable, Equatable {
  /// The most bytes that are read, in UTF-8.
  static let maximumBytes = 4096

  /// What the text is, for messages: "filter", "sort order".
  let what: String
  let bytes: [UInt8]

  init(_ text: String, what: String) throws(StoreError) {
    guard text.utf8.count <= Self.maximumBytes else {
      throw StoreError(
        .invalidFilter,
        "the \(what) is \(text.utf8.count) bytes long; at most \(Self.maximumBytes) are read. Shorten it")
    }
    self.what = what
    self.bytes = Array(text.utf8)
  }

  /// A piece of the text.
  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// The column of a byte: how many characters stand before it, plus 1.
  func column(of offset: Int) -> Int { text(0..<offset).count + 1 }

  /// The error that something is wrong from some byte on, with the line and a caret below the place.
  func refuse(at offset: Int, _ problem: String) -> StoreError {
    // A window of the text around the place, so that it fits a terminal's line.
    let before = text(0..<offset).map(Self.shown)
    let after = text(offset..<bytes.count).map(Self.shown)
    let start = (before.count > 44 ? ["…"] : []) + before.suffix(44)
    let end = after.prefix(28) + (after.count > 28 ? ["…"] : [])
    return StoreError(
      .invalidFilter,
      "the \(what), column \(before.count + 1): \(String(problem.map(Self.shown)))\n  \(String(start + end))\n  "
        + String(repeating: " ", count: start.count) + "^")
  }

  /// A piece of the text as a message quotes it: cut where it is long.
  func quotation(_ range: Range<Int>) -> String {
    let text = text(range)
    return text.count > 40 ? text.prefix(39) + "…" : text
  }

  /// A character as it stands in the one line of a message.
  private static func shown(_ character: Character) -> Character {
    character.unicodeScalars.contains { $0.properties.generalCategory == .control } ? " " : character
  }
}
