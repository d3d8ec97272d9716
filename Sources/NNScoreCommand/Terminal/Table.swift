/// Text in columns that line up.
struct Table {
  /// Where a column's text stands.
  enum Alignment {
    case left, right
  }

  private let columns: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []

  /// A table with a title over each column; numbers belong to the right.
  init(_ columns: [(title: String, alignment: Alignment)]) {
    self.columns = columns.map { (Format.visible($0.title), $0.alignment) }
  }

  /// Adds a row with a text for each column.
  mutating func add(_ row: [String]) {
    rows.append(row.map { Format.visible($0) })
  }

  /// The lines, titles first, columns two spaces apart. The last column is cut to fit `width` where it can be.
  func text(width: Int = .max) -> String {
    var widths = columns.map { Self.width(of: $0.title) }
    for row in rows {
      for (index, cell) in row.enumerated() where index < widths.count {
        widths[index] = max(widths[index], Self.width(of: cell))
      }
    }
    let fixed = widths.dropLast().reduce(0) { $0 + $1 + 2 }
    if let last = widths.last, fixed + last > width { widths[widths.count - 1] = max(width - fixed, 4) }
    var result = ""
    for row in [columns.map(\.title)] + rows {
      var line = ""
      for (index, cell) in row.enumerated() where index < widths.count {
        if index > 0 { line += "  " }
        let text = index == widths.count - 1 ? Self.cut(cell, to: widths[index]) : cell
        let space = String(repeating: " ", count: max(0, widths[index] - Self.width(of: text)))
        line += columns[index].alignment == .right ? space + text : text + space
      }
      while line.last == " " { line.removeLast() }
      result += line + "\n"
    }
    return result
  }

  /// The columns that a terminal gives a text: two for East Asian wide characters and emoji, one for any other.
  static func width(of text: String) -> Int {
    text.reduce(0) { total, character in
      guard let scalar = character.unicodeScalars.first else { return total }
      let isWide =
        scalar.properties.isEmojiPresentation
        || (0x1100...0x115f).contains(scalar.value) || (0x2e80...0xa4cf).contains(scalar.value)
        || (0xac00...0xd7a3).contains(scalar.value) || (0xf900...0xfaff).contains(scalar.value)
        || (0xfe30...0xfe6f).contains(scalar.value) || (0xff00...0xff60).contains(scalar.value)
        || (0x20000...0x3fffd).contains(scalar.value)
      return total + (isWide ? 2 : 1)
    }
  }

  /// The text, or as much of its beginning as fits with an ellipsis.
  static func cut(_ text: String, to width: Int) -> String {
    guard self.width(of: text) > width, width > 1 else { return text }
    var result = ""
    var used = 0
    for character in text {
      let next = self.width(of: String(character))
      guard used + next <= width - 1 else { break }
      result.append(character)
      used += next
    }
    return result + (Terminal.isUTF8 ? "…" : "~")
  }
}
