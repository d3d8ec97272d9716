/// Names with their values, one below the other, the values in one column.
struct FieldList {
  private let fields: [(name: String, value: String)]

  /// Fields in the order in which they are shown; one without a name goes on with the one before it.
  init(_ fields: [(name: String, value: String)]) {
    self.fields = fields.map { (Format.visible($0.name), Format.visible($0.value)) }
  }

  /// The lines. A value that does not fit `width` stands below its name, broken between words where it can be.
  func text(width: Int = .max) -> String {
    let column = fields.map { Table.width(of: $0.name) }.max() ?? 0
    var result = ""
    for (name, value) in fields {
      let space = String(repeating: " ", count: column - Table.width(of: name) + 2)
      if width == .max || column + 2 + Table.width(of: value) <= width {
        result += name + space + value + "\n"
      } else {
        if !name.isEmpty { result += name + "\n" }
        for line in Self.lines(value, width: width - 2) { result += "  " + line + "\n" }
      }
    }
    return result
  }

  /// A text in lines of at most `width` columns; a word that is longer is broken.
  static func lines(_ text: String, width: Int) -> [String] {
    let width = max(width, 2)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if !line.isEmpty, Table.width(of: line) + 1 + Table.width(of: String(word)) <= width {
        line += " " + word
        continue
      }
      if !line.isEmpty { lines.append(line) }
      line = ""
      for character in word {
        if Table.width(of: line) + Table.width(of: String(character)) > width {
          lines.append(line)
          line = ""
        }
        line.append(character)
      }
    }
    return lines + [line]
  }
}
