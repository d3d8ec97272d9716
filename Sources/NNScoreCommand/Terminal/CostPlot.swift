import Foundation

/// A cost curve drawn with characters.
struct CostPlot {
  /// Columns and lines of the whole drawing, axes included.
  let width: Int
  let height: Int
  /// Braille patterns (2 × 4 dots a character) rather than asterisks.
  let braille: Bool

  /// Draws the costs of iterations 0, `step`, 2 × `step`, …. Values that are not finite are left out.
  func text(_ costs: [Double], step: Int = 1) -> String {
    let finite = costs.filter(\.isFinite)
    guard let least = finite.min(), let high = finite.max(), costs.count > 1 else {
      return "a curve needs at least two finite costs; there are \(finite.count)\n"
    }
    // A curve without height runs along the top.
    let low = high > least ? least : high - max(abs(high), 1)
    // Halves, as the whole range may be more than a number can be.
    let halfRange = high / 2 - low / 2
    let labels = [high, high - halfRange, low].map(Format.cost)
    let margin = (labels.map(\.count).max() ?? 0) + 1
    let columns = max(width - margin - 2, 8)
    let lines = max(height - 2, 3)
    let (across, down) = braille ? (2, 4) : (1, 1)
    var dots = [[Bool]](repeating: [Bool](repeating: false, count: columns * across), count: lines * down)

    func row(_ cost: Double) -> Int {
      let share = (cost / 2 - low / 2) / halfRange
      return Int(((1 - share) * Double(lines * down - 1)).rounded())
    }
    var previous: Int?
    for x in 0..<columns * across {
      let position = Double(x) / Double(columns * across - 1) * Double(costs.count - 1)
      let cost = costs[Int(position.rounded())]
      guard cost.isFinite else {
        previous = nil
        continue
      }
      let y = row(cost)
      // A steep step is joined by a vertical line, so that the curve does not fall apart into dots.
      for joined in min(previous ?? y, y)...max(previous ?? y, y) { dots[joined][x] = true }
      previous = y
    }

    var result = ""
    for line in 0..<lines {
      let label =
        line == 0 ? labels[0] : line == lines / 2 ? labels[1] : line == lines - 1 ? labels[2] : ""
      result += String(repeating: " ", count: margin - 1 - label.count) + label + (braille ? " ┤" : " |")
      var text = ""
      for column in 0..<columns { text += cell(dots, line: line, column: column) }
      while text.last == " " || text.last == "\u{2800}" { text.removeLast() }
      result += text + "\n"
    }
    result += String(repeating: " ", count: margin) + (braille ? "└" : "+")
    result += String(repeating: braille ? "─" : "-", count: columns) + "\n"
    let last = "iteration \(Format.count((costs.count - 1) * step))"
    let space = String(repeating: " ", count: max(1, columns - last.count - 1))
    return result + String(repeating: " ", count: margin + 1) + "0" + space + last + "\n"
  }

  private func cell(_ dots: [[Bool]], line: Int, column: Int) -> String {
    guard braille else { return dots[line][column] ? "*" : " " }
    // Unicode's braille block numbers the dots 1-2-3-7 down the left column and 4-5-6-8 down the right.
    let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    var pattern: UInt32 = 0
    for y in 0..<4 {
      for x in 0..<2 where dots[line * 4 + y][column * 2 + x] { pattern |= bits[y][x] }
    }
    return pattern == 0 ? " " : Unicode.Scalar(0x2800 + pattern).map { String(Character($0)) } ?? " "
  }
}
