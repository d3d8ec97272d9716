/// Names with their values, one below the other, the values in one column.
struct FieldList {
  private let fields: [(name: String, value: String)]

  /// Fields in the order in which they are shown; one without a name goes on with the one before it.
  init(_ fields: [(name: String, value: String)]) {
    self.fields = fields.map { (Format.visible($0.name), Format.visible($0.value)) }
  }

  /// The lines. A value that does not fit `width`, or whose name takes much of it, stands below its name, broken between words where
  /// it can be.
  func text(width: Int = .max) -> String {
    let longest = width == .max ? Int.max : width * 3 / 8
    let column = fields.map { Table.width(of: $0.name) }.filter { $0 <= longest }.max() ?? 0
    var result = ""
    for (name, value) in fields {
      let space = column + 2 - Table.width(of: name)
      if space >= 2, width == .max || column + 2 + Table.width(of: value) <= width {
        result += name + String(repeating: " ", count: space) + value + "\n"
      } else {
        if !name.isEmpty { result += Self.sentences(name, width: width) + "\n" }
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
    var used = 0
    func end(_ line: String) {
      // No space at the end of a line, but one of spaces alone is still a line.
      var line = line
      while line.last == " " { line.removeLast() }
      lines.append(line)
    }
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let wordWidth = Table.width(of: String(word))
      if used > 0, used + 1 + wordWidth <= width {
        line += " " + word
        used += 1 + wordWidth
        continue
      }
      if used > 0 { end(line) }
      (line, used) = ("", 0)
      for character in word {
        let next = Table.width(of: String(character))
        if used + next > width {
          end(line)
          (line, used) = ("", 0)
        }
        line.append(character)
        used += next
      }
    }
    end(line)
    return lines
  }

  /// Lines of prose, those that do not fit `width` broken between words, and indented where they go on.
  static func sentences(_ text: String, width: Int) -> String {
    guard width < .max else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard Table.width(of: String(line)) > width else { return String(line) }
      // What a line begins with is its indent, and that of what follows two more.
      let indent = String(line.prefix { $0 == " " })
      let words = lines(String(line.dropFirst(indent.count)), width: width - indent.count - 2)
      return indent + words.joined(separator: "\n" + indent + "  ")
    }.joined(separator: "\n")
  }
}
