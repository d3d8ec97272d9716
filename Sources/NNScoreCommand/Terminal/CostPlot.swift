import Foundation

/// Cost curves drawn with characters, one over the other.
struct CostPlot {
  /// One curve, with the name that the legend gives it.
  struct Curve {
    let name: String
    let costs: [Double]
  }

  /// Columns and lines of the whole drawing, axes included.
  let width: Int
  let height: Int
  /// Braille patterns (2 × 4 dots a character) rather than asterisks.
  let braille: Bool
  /// What the values stand over, and the first of it.
  var axis = "iteration"
  var first = 0

  /// Dots of a dash, and of the gap after it, of the second curve.
  private static let dash = 4

  private var across: Int { braille ? 2 : 1 }
  private var down: Int { braille ? 4 : 1 }

  /// Draws the costs of iterations 0, `step`, 2 × `step`, … (from ``first`` on). Values that are not finite are left out.
  func text(_ costs: [Double], step: Double = 1) -> String {
    text([Curve(name: "", costs: costs)], step: step)
  }

  /// Draws two curves over each other on the same axes, the second one dashed, with a legend below.
  func text(_ first: Curve, over second: Curve, step: Double = 1) -> String {
    let drawing = text([first, second], step: step)
    let (solid, dashed) = braille ? ("────", "── ─") : ("*", "o")
    let legend = ["\(solid) \(first.name)", "\(dashed) \(second.name)"] + (braille ? [] : ["# both"])
    let line = legend.joined(separator: "   ")
    return drawing + (Table.width(of: line) <= width ? line : legend.joined(separator: "\n")) + "\n"
  }

  private func text(_ curves: [Curve], step: Double) -> String {
    let finite = curves.flatMap(\.costs).filter(\.isFinite)
    let count = curves.map(\.costs.count).max() ?? 0
    guard let least = finite.min(), let high = finite.max(), count > 1 else {
      return "a curve needs at least two finite costs; there are \(finite.count)\n"
    }
    // A curve without height runs along the top.
    let low = high > least ? least : max(high - max(abs(high), 1), -.greatestFiniteMagnitude)
    let labels = [high, high - (high / 2 - low / 2), low].map(Format.cost)
    let margin = (labels.map(\.count).max() ?? 0) + 1
    let columns = max(width - margin - 2, 8)
    let lines = max(height - 2, 3)
    let grids = curves.enumerated().map { index, curve in
      dots(curve.costs, of: count, range: low...high, columns: columns, lines: lines, isDashed: braille && index > 0)
    }

    var result = ""
    for line in 0..<lines {
      let label =
        line == 0 ? labels[0] : line == lines / 2 ? labels[1] : line == lines - 1 ? labels[2] : ""
      result += String(repeating: " ", count: margin - 1 - label.count) + label + (braille ? " ┤" : " |")
      var text = ""
      for column in 0..<columns { text += cell(grids, line: line, column: column) }
      while text.last == " " || text.last == "\u{2800}" { text.removeLast() }
      result += text + "\n"
    }
    result += String(repeating: " ", count: margin) + (braille ? "└" : "+")
    result += String(repeating: braille ? "─" : "-", count: columns) + "\n"
    let begin = Format.count(first)
    let last = "\(axis) \(Format.count(first + Int((Double(count - 1) * step).rounded())))"
    let space = String(repeating: " ", count: max(1, columns - last.count - begin.count))
    return result + String(repeating: " ", count: margin + 1) + begin + space + last + "\n"
  }

  /// The dots of one curve, line by line, on axes for `count` costs within a range.
  private func dots(
    _ costs: [Double], of count: Int, range: ClosedRange<Double>, columns: Int, lines: Int, isDashed: Bool
  ) -> [[Bool]] {
    var dots = [[Bool]](repeating: [Bool](repeating: false, count: columns * across), count: lines * down)
    // Halves, as the whole range may be more than a number can be.
    let (low, halfRange) = (range.lowerBound, range.upperBound / 2 - range.lowerBound / 2)
    func row(_ cost: Double) -> Int {
      let share = halfRange > 0 ? (cost / 2 - low / 2) / halfRange : 1
      return Int(((1 - share) * Double(lines * down - 1)).rounded())
    }
    var previous: Int?
    for x in 0..<columns * across {
      let position = Int((Double(x) / Double(columns * across - 1) * Double(count - 1)).rounded())
      guard position < costs.count, costs[position].isFinite else {
        previous = nil
        continue
      }
      let y = row(costs[position])
      // A steep step is joined by a vertical line, so that the curve does not fall apart into dots.
      if !isDashed || x / Self.dash % 2 == 0 {
        for joined in min(previous ?? y, y)...max(previous ?? y, y) { dots[joined][x] = true }
      }
      previous = y
    }
    return dots
  }

  private func cell(_ grids: [[[Bool]]], line: Int, column: Int) -> String {
    guard braille else {
      let marks = grids.map { $0[line][column] }
      return marks == [true, true] ? "#" : marks.first == true ? "*" : marks.last == true ? "o" : " "
    }
    // Unicode's braille block numbers the dots 1-2-3-7 down the left column and 4-5-6-8 down the right.
    let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    var pattern: UInt32 = 0
    for dots in grids {
      for y in 0..<4 {
        for x in 0..<2 where dots[line * 4 + y][column * 2 + x] { pattern |= bits[y][x] }
      }
    }
    return pattern == 0 ? " " : Unicode.Scalar(0x2800 + pattern).map { String(Character($0)) } ?? " "
  }
}
