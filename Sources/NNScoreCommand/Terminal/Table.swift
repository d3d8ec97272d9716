/// Text in columns that line up.
struct Table {
  /// What a column holds: where it stands, and what becomes of it where a terminal has no room for all.
  enum Kind {
    /// What is never cut, at the left or, as numbers are, at the right.
    case left, right
    /// A name, of which the middle is left out: `cats-of-the-night@3` keeps its number, a path its file.
    case name
    /// Words, of which the end is cut off. Where a last column of them would get next to nothing, they stand below their row.
    case prose
  }

  private struct Column {
    let title: String
    let kind: Kind

    var isElastic: Bool { kind == .name || kind == .prose }
  }

  /// The fewest columns to which one is cut.
  private static let leastWidth = 8
  /// The fewest columns in which words can be read; with fewer they stand below.
  private static let leastProse = 16

  private let columns: [Column]
  private var rows: [[String]] = []

  /// A table with a title over each column; numbers belong to the right.
  init(_ columns: [(title: String, kind: Kind)]) {
    self.columns = columns.map { Column(title: Format.visible($0.title), kind: $0.kind) }
  }

  /// Adds a row with a text for each column.
  mutating func add(_ row: [String]) {
    rows.append(row.map { Format.visible($0) })
  }

  /// The lines, titles first, columns two spaces apart. Names and words are cut to fit `width`, the longest first.
  func text(width: Int = .max) -> String {
    let lines = [columns.map(\.title)] + rows
    let natural = columns.indices.map { index in
      lines.map { index < $0.count ? Self.width(of: $0[index]) : 0 }.max() ?? 0
    }
    var widths = fit(natural, in: width)
    var isBelow = false
    if columns.last?.kind == .prose, let wanted = natural.last, let got = widths.last {
      isBelow = got < min(wanted, Self.leastProse) || widths.reduce(2 * (widths.count - 1), +) > width
    }
    if isBelow { widths = fit(natural.dropLast(), in: width) }
    let indent = min(widths.first ?? 0, Self.leastProse) + 2
    var result = ""
    for cells in lines {
      result += line(cells, widths)
      if isBelow, cells.count == columns.count, let last = cells.last, !last.isEmpty {
        result += String(repeating: " ", count: indent) + Self.cut(last, to: max(width - indent, 2)) + "\n"
      }
    }
    return result
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (index, (cell, width)) in zip(cells, widths).enumerated() {
      if index > 0 { line += "  " }
      let text =
        switch columns[index].kind {
        case .left, .right: cell
        case .name: Self.shorten(cell, to: width)
        case .prose: Self.cut(cell, to: width)
        }
      let space = String(repeating: " ", count: max(0, width - Self.width(of: text)))
      line += columns[index].kind == .right ? space + text : text + space
    }
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }

  /// The widths of the first columns where all of them have `width` together: those that can be cut share what the others leave.
  private func fit(_ natural: [Int], in width: Int) -> [Int] {
    let spaces = 2 * max(natural.count - 1, 0)
    guard natural.reduce(spaces, +) > width else { return natural }
    let elastic = natural.indices.filter { columns[$0].isElastic }.sorted { natural[$0] < natural[$1] }
    var room = width - spaces - natural.indices.filter { !columns[$0].isElastic }.reduce(0) { $0 + natural[$1] }
    var widths = natural
    for (place, index) in elastic.enumerated() {
      widths[index] = min(widths[index], max(room / (elastic.count - place), Self.leastWidth))
      room -= widths[index]
    }
    return widths
  }

  /// The columns that a terminal gives a text: two for East Asian wide characters and emoji, none for what only marks another or
  /// is not seen, one for any other.
  static func width(of text: String) -> Int {
    text.reduce(0) { total, character in total + width(of: character) }
  }

  private static func width(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    if scalar.isASCII { return 1 }
    if character.unicodeScalars.contains("\u{fe0f}") || scalar.properties.isEmojiPresentation { return 2 }
    switch scalar.properties.generalCategory {
    // The soft hyphen is the one of them that terminals show.
    case .format where scalar != "\u{ad}", .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    // East_Asian_Width W and F of Unicode.
    let isWide =
      switch scalar.value {
      case 0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3,
        0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18dff,
        0x1aff0...0x1b2ff, 0x1f200...0x1f265, 0x20000...0x3fffd:
        true
      default: false
      }
    return isWide ? 2 : 1
  }

  /// The text, or as much of its beginning as fits with an ellipsis.
  static func cut(_ text: String, to width: Int) -> String {
    guard width > 1, self.width(of: text) > width else { return text }
    return beginning(of: text, width: width - 1) + ellipsis
  }

  /// The text, or as much of its beginning and its end as fits with an ellipsis between them.
  static func shorten(_ text: String, to width: Int) -> String {
    guard width > 1, self.width(of: text) > width else { return text }
    let start = beginning(of: text, width: width / 2)
    let room = width - 1 - self.width(of: start)
    let end = beginning(of: String(text.reversed()), width: room)
    return start + ellipsis + String(end.reversed())
  }

  private static var ellipsis: String { Terminal.isUTF8 ? "…" : "~" }

  private static func beginning(of text: String, width: Int) -> String {
    var result = ""
    var used = 0
    for character in text {
      let next = self.width(of: character)
      guard used + next <= width else { break }
      result.append(character)
      used += next
    }
    return result
  }
}
