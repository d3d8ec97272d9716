import Inference
import ModelStore

/// A tree of versions drawn with characters, the oldest at the top.
///
/// What went on from a version stands below it. Where several did, all but the one with the most descendants branch off to the
/// right, so that a line of a thousand versions is as narrow as one of two, and n versions are never deeper than log₂ n branches.
struct LineageDrawing {
  private let tree: LineageTree
  private let width: Int
  private let isUTF8: Bool
  /// The members that went on from each member.
  private var children: [[Int]]
  /// How many members there are from each on, itself included.
  private var sizes: [Int]

  init(_ tree: LineageTree, width: Int, isUTF8: Bool) {
    self.tree = tree
    self.width = width
    self.isUTF8 = isUTF8
    children = [[Int]](repeating: [], count: tree.members.count)
    sizes = [Int](repeating: 1, count: tree.members.count)
    for (index, parent) in tree.parents.enumerated() {
      if let parent { children[parent].append(index) }
    }
    for (index, parent) in tree.parents.enumerated().reversed() {
      if let parent { sizes[parent] += sizes[index] }
    }
  }

  /// The lines of the drawing.
  func text() -> String {
    guard let oldest = tree.members.first else { return "" }
    var lines: [String] = []
    if let parent = oldest.lineage.parent, let state = oldest.parentState, let why = Self.why(state) {
      add("\(parent.name)@\(parent.number)  \(why)", first: isUTF8 ? "○ " : "o ", rest: line, to: &lines)
      lines.append(isUTF8 ? "│" : "|")
    }
    draw(from: 0, first: "", rest: "", to: &lines)
    return lines.joined(separator: "\n") + "\n"
  }

  private var line: String { isUTF8 ? "│ " : "| " }

  /// Draws a member and all below it; `first` stands before its first line, `rest` before all others.
  private func draw(from start: Int, first: String, rest: String, to lines: inout [String]) {
    var index = start
    var first = first
    while true {
      let member = tree.members[index]
      // The last of those with the most descendants goes on below.
      let heaviest = children[index].max { sizes[$0] < sizes[$1] || (sizes[$0] == sizes[$1] && $0 < $1) }
      let bullet = member.relation == .asked ? (isUTF8 ? "◉ " : "@ ") : (isUTF8 ? "● " : "* ")
      let below = heaviest == nil ? "  " : line
      add(Self.headline(member), first: first + bullet, rest: rest + below + "  ", to: &lines)
      for detail in Self.details(member) {
        add(detail, first: rest + below + "  ", rest: rest + below + "    ", to: &lines)
      }
      guard let heaviest else { return }
      for child in children[index] where child != heaviest {
        draw(from: child, first: rest + (isUTF8 ? "├─" : "+-"), rest: rest + line, to: &lines)
      }
      lines.append(rest + (isUTF8 ? "│" : "|"))
      index = heaviest
      first = rest
    }
  }

  /// Adds a text, broken where it does not fit.
  private func add(_ text: String, first: String, rest: String, to lines: inout [String]) {
    let room = max(width - max(Table.width(of: first), Table.width(of: rest)), 20)
    for (index, line) in FieldList.lines(Format.visible(text), width: room).enumerated() {
      lines.append((index == 0 ? first : rest) + line)
    }
  }

  private static func headline(_ member: LineageTree.Member) -> String {
    var marks = member.aliases
    if member.isServing { marks.insert("serving", at: 0) }
    if member.deletion != nil { marks.append("deleted") }
    let text =
      "\(member.identity.name)@\(member.identity.number)  \(Format.moment(member.createdAt))  \(member.made)"
    return text + (marks.isEmpty ? "" : "  (\(marks.joined(separator: ", ")))")
  }

  private static func details(_ member: LineageTree.Member) -> [String] {
    var lines: [String] = []
    switch member.provenance {
    case .trained: break
    case .imported(let origin): lines.append("imported: \(origin)")
    case .copied(let from, let parent):
      let left = parent.map { "; its parent \($0.name)@\($0.number) stayed behind" } ?? ""
      lines.append("copied from \(from.name)@\(from.number)\(left)")
    }
    let lineage = member.lineage
    func text(_ dataset: Lineage.Dataset) -> String {
      "\(Format.count(dataset.count, "example")), \(Format.digest(dataset.fingerprint))"
    }
    let first = member.precision == .int8 ? "calibrated on" : "trained on"
    if let training = lineage.training { lines.append("\(first) \(text(training))") }
    if let validation = lineage.validation { lines.append("validated on \(text(validation))") }
    var making: [String] = []
    if let sweep = lineage.sweep { making.append("trial \(sweep.trial) of \(sweep.name)") }
    if let seed = lineage.seed { making.append("seed \(seed)") }
    if let code = lineage.codeVersion { making.append(code) }
    if let seconds = lineage.duration?.inSeconds { making.append(Format.duration(seconds)) }
    if let machine = lineage.machine { making.append(machine) }
    if !making.isEmpty { lines.append(making.joined(separator: ", ")) }
    if let deletion = member.deletion {
      let reason = deletion.reason.isEmpty ? "" : ": \(deletion.reason)"
      lines.append("deleted on \(Format.moment(deletion.at)) by \(deletion.actor)\(reason)")
    }
    return lines
  }

  /// Why a parent is not there; nil if it is.
  private static func why(_ state: LineageTree.ParentState) -> String? {
    switch state {
    case .present: nil
    case .purged(let at, let actor):
      "was deleted, and purged on \(Format.moment(at)) by \(actor): what it came from went with it"
    case .missing: "is missing: the store is damaged; run nnscore verify"
    case .different(let digest):
      "is another version now, \(Format.digest(digest)): the store is damaged; run nnscore verify"
    }
  }
}
