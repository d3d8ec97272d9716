extension FilterField {
  /// A field whose name comes from the versions themselves, and where it first stands.
  typealias Name = (field: FilterField, column: Int)

  /// What kind of name from the versions a field has.
  enum Kind: String {
    case tag, metric, hyperparameter
  }

  /// Nil for fields that every version may have.
  var kind: Kind? {
    switch self {
    case .fixed: nil
    case .tag: .tag
    case .metric: .metric
    case .hyperparameter: .hyperparameter
    }
  }

  /// The name as a filter has it.
  var writtenName: String {
    switch self {
    case .fixed(let field): field.rawValue
    case .tag(let name): "tag." + Self.quoted(name)
    case .metric(let name):
      // Without its group where that is not read as another field.
      reads(as: name) ? name : "metric." + Self.quoted(name)
    case .hyperparameter(let path):
      "hp." + (path.dropLast() + [path.last.map { Self.quoted($0, alsoWithDot: true) } ?? ""]).joined(separator: ".")
    }
  }

  /// Whether a text is a name of this field.
  func reads(as text: String) -> Bool { (try? VersionSort(text))?.keys.map(\.field) == [self] }

  /// Those of some fields that are named by the versions themselves, each once, where they first stand in a text.
  static func names(
    _ fields: [FilterField], in source: FilterSource
  ) throws(StoreError) -> [(place: String, name: Name)] {
    var wanted = Set(fields.filter { $0.kind != nil })
    var result: [(place: String, name: Name)] = []
    var lexer = FilterLexer(source)
    var token = try lexer.next()
    while token.kind != .end, !wanted.isEmpty {
      if case .name(let name, let quoted) = token.kind,
        let field = try? FilterField(name, quoted: quoted, in: source, at: token.range), wanted.remove(field) != nil
      {
        result.append((source.what, (field, source.column(of: token.range.lowerBound))))
      }
      token = try lexer.next()
    }
    return result
  }

  /// The last part of a name, in quotes where it is not read without them.
  private static func quoted(_ name: String, alsoWithDot: Bool = false) -> String {
    func isLetter(_ byte: UInt8) -> Bool {
      (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "_")
    }
    let isPlain = name.utf8.allSatisfy {
      isLetter($0) || (0x30...0x39).contains($0) || [UInt8(ascii: "."), UInt8(ascii: "-")].contains($0)
    }
    if isPlain, let first = name.utf8.first, isLetter(first), !(alsoWithDot && name.contains(".")) { return name }
    return "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
