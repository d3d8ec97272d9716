import Foundation

/// Letters as pixels, for text in pictures: ASCII and an ellipsis, a box for what else there is, each as wide as it needs to be.
///
/// Letters are drawn 7 pixels high and shown at twice that, their steps smoothed.
struct BitmapFont {
  /// A character as pixels.
  struct Glyph {
    /// Whether there is ink, row by row, top down.
    let rows: [[Bool]]
    var width: Int { rows.first?.count ?? 0 }
  }

  /// Pixels from the top of a line to the lowest that a letter reaches.
  static let height = 18
  /// The pixels between two characters.
  private static let gap = 2

  private let glyphs: [Character: Glyph]
  private let box: Glyph

  /// The only one there is.
  static let standard = BitmapFont()

  private init() {
    var glyphs: [Character: Glyph] = [" ": Glyph(rows: [[Bool](repeating: false, count: 4)])]
    for line in Self.drawing.split(separator: "\n") {
      if let character = line.first { glyphs[character] = Self.glyph(line.dropFirst(2)) }
    }
    self.glyphs = glyphs
    box = Self.glyph(Self.box[...])
  }

  /// The glyph of a character; a letter with accents is shown without them.
  func glyph(_ character: Character) -> Glyph {
    if let glyph = glyphs[character] { return glyph }
    let scalars = String(character).decomposedStringWithCanonicalMapping.unicodeScalars
    guard let first = scalars.first, first.isASCII,
      scalars.dropFirst().allSatisfy({ $0.properties.generalCategory == .nonspacingMark })
    else { return box }
    return glyphs[Character(first)] ?? box
  }

  /// The pixels that a text is wide.
  func width(of text: some Collection<Character>) -> Int {
    text.reduce(0) { $0 + glyph($1).width + Self.gap } - (text.isEmpty ? 0 : Self.gap)
  }

  /// The text, or as much of its beginning as fits with an ellipsis.
  func cut(_ text: String, to width: Int) -> String {
    guard self.width(of: text) > width else { return text }
    // No letter is narrower than a pixel.
    var kept = Array(text.prefix(width))
    while !kept.isEmpty, self.width(of: kept + ["…"]) > width { kept.removeLast() }
    return String(kept) + "…"
  }

  /// The text, or as much of its beginning and its end as fits with an ellipsis between them.
  func shorten(_ text: String, to width: Int) -> String {
    guard self.width(of: text) > width else { return text }
    let half = min(text.count / 2, width)
    var (start, end) = (Array(text.prefix(half)), Array(text.suffix(min(text.count - half, width))))
    while !(start.isEmpty && end.isEmpty), self.width(of: start + ["…"] + end) > width {
      if start.count > end.count { start.removeLast() } else { end.removeFirst() }
    }
    return String(start + ["…"] + end)
  }

  /// Where a text has ink when it is drawn from a corner at the left and top.
  func ink(_ text: String, left: Int, top: Int, _ body: (_ x: Int, _ y: Int) -> Void) {
    var left = left
    for character in text {
      let glyph = glyph(character)
      for (y, row) in glyph.rows.enumerated() {
        for (x, isInk) in row.enumerated() where isInk { body(left + x, top + y) }
      }
      left += glyph.width + Self.gap
    }
  }

  /// A glyph at twice the size of its drawing, whose rows stand between slashes.
  private static func glyph(_ drawing: Substring) -> Glyph {
    let rows = drawing.split(separator: "/").map { $0.map { $0 == "#" } }
    func ink(_ y: Int, _ x: Int) -> Bool { rows.indices.contains(y) && rows[y].indices.contains(x) && rows[y][x] }
    var result: [[Bool]] = []
    for y in rows.indices {
      var (upper, lower): ([Bool], [Bool]) = ([], [])
      for x in rows[y].indices {
        // Scale2x (A. Mazzoleni, 2001): a quarter of a pixel takes the colour of the two neighbours at its corner where they agree
        // and those opposite do not.
        let (up, down, left, right) = (ink(y - 1, x), ink(y + 1, x), ink(y, x - 1), ink(y, x + 1))
        let own = rows[y][x]
        let isCorner = up != down && left != right
        upper.append(isCorner && left == up ? up : own)
        upper.append(isCorner && up == right ? right : own)
        lower.append(isCorner && left == down ? left : own)
        lower.append(isCorner && down == right ? right : own)
      }
      result.append(upper)
      result.append(lower)
    }
    return Glyph(rows: result)
  }
}
