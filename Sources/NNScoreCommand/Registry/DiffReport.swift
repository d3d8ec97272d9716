import Foundation
import Inference
import ModelStore

/// What `diff` says to people.
struct DiffReport {
  private let comparison: VersionComparison
  private let differences: VersionDifferences

  init(_ comparison: VersionComparison) {
    self.comparison = comparison
    differences = VersionDifferences(comparison)
  }

  /// The report in at most `width` columns where names allow it.
  func text(width: Int) -> String {
    let parts = [heading(width), fields(width), tensors(width), equal(width)]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func heading(_ width: Int) -> String {
    let (first, second) = (comparison.first, comparison.second)
    var text = FieldList([
      ("-", "\(first.reference)  \(Format.digest(first.digest))  \(Format.moment(first.summary.createdAt))"),
      ("+", "\(second.reference)  \(Format.digest(second.digest))  \(Format.moment(second.summary.createdAt))"),
    ]).text(width: width)
    if first.identity == second.identity {
      text += "both are the same version\n"
    } else if comparison.answersAreEqual {
      text += "both have the same digest, and so the same answers\n"
    }
    return text
  }

  /// A table of what differs, and below it what is too long for one.
  private func fields(_ width: Int) -> String {
    let different = differences.sections.flatMap(\.fields).filter { !$0.isEqual }
    let longest = min(different.map { Table.width(of: $0.title) }.max() ?? 0, width / 3)
    let room = min((width - longest - 20) / 2, 24)
    // The heading has the names in full.
    let names = [comparison.first, comparison.second].map { Table.shorten($0.reference, to: room) }
    var table = Table([("", .name), (names[0], .right), (names[1], .right), ("CHANGE", .right)])
    var long = ""
    var isEmpty = true
    for field in different {
      let values = [field.first, field.second].map { $0?.text ?? "-" }
      if values.allSatisfy({ Table.width(of: $0) <= room }) {
        table.add([field.title] + values + [Self.change(field)])
        isEmpty = false
      } else {
        long += Format.visible(field.title) + "\n"
        for (sign, side) in zip(["-", "+"], [field.first, field.second]) {
          // A second hyphen would read as a sign.
          let value = side.map { $0.isNone ? "none" : $0.text } ?? "none"
          for (index, line) in FieldList.lines(Format.visible(value), width: width - 4).enumerated() {
            long += (index == 0 ? "  \(sign) " : "    ") + line + "\n"
          }
        }
      }
    }
    return (isEmpty ? "" : table.text(width: width)) + long
  }

  private static func change(_ field: VersionDifferences.Field) -> String {
    guard let first = field.first?.number, let second = field.second?.number else { return "" }
    let change = second - first
    return field.name.hasPrefix("accuracy")
      ? String(format: "%+.2f points", change * 100) : String(format: "%+.6g", change)
  }

  private func tensors(_ width: Int) -> String {
    let different = comparison.tensors.filter { !$0.isEqual }
    guard !different.isEmpty else { return "" }
    var table = Table([
      ("TENSOR", .name), ("SHAPE", .left), ("CHANGE", .right), ("COSINE", .right), ("LARGEST", .right), ("AT", .left),
    ])
    var others = ""
    for tensor in different {
      guard let change = tensor.change else {
        others += FieldList.sentences(
          "\(Format.visible(tensor.name))  \(Self.type(tensor.firstType, tensor.firstShape)) in "
            + "\(comparison.first.reference), \(Self.type(tensor.secondType, tensor.secondShape)) in "
            + "\(comparison.second.reference)\n", width: width)
        continue
      }
      table.add([
        tensor.name, Self.shape(tensor.firstShape), change.relativeNorm.map(Self.ratio) ?? "from zero",
        change.cosine.map { String(format: "%.6f", $0) } ?? "-",
        change.largest.map { String(format: "%+.4g", $0.difference) } ?? "0",
        change.largest.map { "[\($0.index.map { String($0) }.joined(separator: ", "))]" } ?? "",
      ])
    }
    let hasTable = different.contains { $0.change != nil }
    if !others.isEmpty { others = "Of different types or shapes, so that their numbers cannot be compared:\n" + others }
    return (hasTable ? table.text(width: width) : "") + others
  }

  private static func ratio(_ value: Double) -> String { String(format: "%.4g", value) }

  private static func shape(_ shape: [Int]?) -> String {
    shape.map { $0.map { String($0) }.joined(separator: " × ") } ?? "none"
  }

  /// The element type, unless it is the usual one, and the shape.
  private static func type(_ type: String?, _ shape: [Int]?) -> String {
    (type.map { $0 == "F32" ? "" : "\(Format.visible($0)) " } ?? "") + Self.shape(shape)
  }

  /// The names of all that is equal, a section that is so as a whole by its own name.
  private func equal(_ width: Int) -> String {
    var names: [String] = []
    for section in differences.sections where !section.fields.isEmpty {
      names += section.isEqual ? [section.title] : section.fields.filter(\.isEqual).map(\.title)
    }
    let equal = comparison.tensors.filter(\.isEqual)
    names += equal.count == comparison.tensors.count ? ["weights and biases"] : equal.map(\.name)
    guard !names.isEmpty else { return "" }
    return FieldList.lines(Format.visible("equal: " + names.joined(separator: ", ")), width: width)
      .joined(separator: "\n") + "\n"
  }
}
