import Images

/// A CSV file (RFC 4180) with a line for each picture: its path from the folder of the file, and a number for each label or quantity.
///
///     file,beach,sunset
///     holiday/1.jpg,1,0
struct LabelManifest {
  /// The name of a manifest that lies in the folder of its pictures.
  static let fileName = "labels.csv"
  private static let mostBytes = 1 << 30
  fileprivate static let mostNames = 4096

  /// What the columns after the first are called.
  private(set) var names: [String] = []
  /// The paths of the pictures as they stand there.
  private(set) var files: [String] = []
  /// [files.count, names.count].
  private(set) var values: [Float] = []
  /// Where each picture stands, from line 1.
  private(set) var lines: [Int] = []
  private let path: String

  /// Whether a path is taken for that of a manifest.
  static func hasEnding(_ path: String) -> Bool { path.utf8.suffix(4).elementsEqual(".csv".utf8) }

  /// Reads a manifest.
  ///
  /// - Parameters:
  ///   - path: the file's.
  ///   - areLabels: whether each number must be 0 or 1.
  init(path: String, areLabels: Bool) throws(DatasetError) {
    self.path = path
    let bytes: [UInt8]
    do {
      bytes = try FileBytes.read(path: path, maximum: Self.mostBytes)
    } catch {
      throw DatasetError(error, path: path)
    }
    var records = CSVRecords(bytes, path: path)
    guard let header = try records.next() else {
      throw DatasetError(code: .empty, message: "\(path): is empty, expected a first line file,NAME,NAME,….")
    }
    try takeHeader(header.fields)
    while let record = try records.next() {
      // An empty line, as at the end of a file.
      if record.fields == [""] { continue }
      try take(record.fields, line: record.line, areLabels: areLabels)
    }
    if files.isEmpty {
      throw DatasetError(
        code: .empty, message: "\(path): has no lines after the first, expected one for each picture.")
    }
  }

  private mutating func takeHeader(_ fields: [String]) throws(DatasetError) {
    func refuse(_ problem: String) -> DatasetError {
      DatasetError(code: .layout, message: "\(path), line 1: \(problem)")
    }
    guard fields.first == "file", fields.count > 1 else {
      throw refuse(
        "is \(quoted(fields)), expected the names of the columns: file, and one for each label or quantity, as in "
          + "file,beach,sunset. Put such a line first.")
    }
    names = Array(fields.dropFirst())
    guard names.count <= Self.mostNames else {
      throw refuse("has \(names.count) names, expected at most \(Self.mostNames).")
    }
    if let column = names.firstIndex(of: "") {
      throw refuse("column \(column + 2) has no name. Name it, or remove the column.")
    }
    if let column = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
      throw refuse("column \(column + 2) has the name \"\(names[column])\", as another has. Rename one of them.")
    }
  }

  private mutating func take(_ fields: [String], line: Int, areLabels: Bool) throws(DatasetError) {
    func refuse(_ problem: String) -> DatasetError {
      DatasetError(code: .layout, message: "\(path), line \(line): \(problem)")
    }
    guard fields.count == names.count + 1 else {
      throw refuse(
        "has \(fields.count) \(fields.count == 1 ? "cell" : "cells"), expected \(names.count + 1): file, \(quoted(names)). "
          + "Add what is missing, or put what holds a comma in double quotes.")
    }
    let file = fields[0]
    guard !file.isEmpty, !file.hasPrefix("/"), !file.split(separator: "/").contains("..") else {
      throw refuse(
        "column \"file\": \"\(file)\" is not a path below the folder of this file, such as pictures/1.png. Correct it.")
    }
    for (name, text) in zip(names, fields.dropFirst()) {
      let text = text.trimming
      let expected = areLabels ? "0 or 1" : "a number such as 0, 1 or 2.5"
      guard let value = Float(text), value.isFinite, !areLabels || value == 0 || value == 1 else {
        throw refuse(
          "column \"\(name)\": \(text.isEmpty ? "is empty" : "\"\(text)\""), expected \(expected). Correct it, or remove the line."
        )
      }
      values.append(value)
    }
    files.append(file)
    lines.append(line)
  }
}

extension String {
  /// Without spaces around it.
  fileprivate var trimming: String {
    String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}

/// The records of a CSV file: fields in double quotes may hold commas, line breaks and doubled quotes.
private struct CSVRecords {
  private let bytes: [UInt8]
  private let path: String
  private var position: Int
  private var line = 1

  init(_ bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
    // Spreadsheets put a byte order mark first.
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The next record, and the line that it begins in; nil at the end.
  mutating func next() throws(DatasetError) -> (fields: [String], line: Int)? {
    guard position < bytes.count else { return nil }
    let first = line
    var fields: [String] = []
    while true {
      let field = bytes[position...].first == UInt8(ascii: "\"") ? try quotedField() : plainField()
      guard let text = String(validating: field, as: UTF8.self) else {
        throw refuse("column \(fields.count + 1): is not text in UTF-8. Save the file as CSV in UTF-8.")
      }
      fields.append(text)
      guard fields.count <= LabelManifest.mostNames + 1 else {
        throw refuse("has more than \(LabelManifest.mostNames + 1) cells.")
      }
      guard position < bytes.count else { break }
      let end = bytes[position]
      position += 1
      if end == UInt8(ascii: ",") { continue }
      if end == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") { position += 1 }
      line += 1
      break
    }
    return (fields, first)
  }

  private mutating func plainField() -> [UInt8] {
    let start = position
    while position < bytes.count, !Self.ends(bytes[position]) { position += 1 }
    return Array(bytes[start..<position])
  }

  private mutating func quotedField() throws(DatasetError) -> [UInt8] {
    let first = line
    var field: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
          position += 1
        } else if position == bytes.count || Self.ends(bytes[position]) {
          return field
        } else {
          throw refuse("has text behind a closing quote. Double the quotes within a cell.")
        }
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      field.append(byte)
    }
    line = first
    throw refuse("a cell begins with a quote and has none at its end. Add it.")
  }

  private static func ends(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private func refuse(_ problem: String) -> DatasetError {
    DatasetError(code: .layout, message: "\(path), line \(line): \(problem)")
  }
}

extension LabelledPictures {
  /// The pictures of a manifest with their labels or quantities.
  ///
  /// - Parameters:
  ///   - path: the manifest's.
  ///   - kind: what they must be; nil for labels where all numbers are 0 or 1, else quantities.
  init(manifest path: String, kind: LabelledSet.Kind?) throws(DatasetError) {
    guard kind != .classes else {
      throw DatasetError(
        code: .layout,
        message: "\(path): has labels or quantities for each picture, expected one class each. "
          + "Give a folder with one sub-folder of pictures per class, and without a \(LabelManifest.fileName).")
    }
    let manifest = try LabelManifest(path: path, areLabels: kind == .labels)
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
    var seen: [String: Int] = [:]
    for (file, line) in zip(manifest.files, manifest.lines) {
      func refuse(_ problem: String) -> DatasetError {
        DatasetError(code: .layout, message: "\(path), line \(line), column \"file\": \(file): \(problem)")
      }
      if let other = seen.updateValue(line, forKey: file) {
        throw refuse("stands in line \(other) too. Remove one of them.")
      }
      guard (try? Directory.kind(of: folder + file)) == .file else {
        throw refuse(
          "is no file below the folder of this one, expected a PNG or JPEG picture. Correct the path, or remove the line."
        )
      }
    }
    let areLabels = kind == .labels || (kind == nil && manifest.values.allSatisfy { $0 == 0 || $0 == 1 })
    self.init(
      path: path, names: manifest.names, files: manifest.files.map { folder + $0 },
      targets: areLabels ? .labels(manifest.values) : .quantities(manifest.values))
  }
}
