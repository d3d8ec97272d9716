import Foundation

/// One line on standard error that shows how far long work is: bar, count, rate and time left. Nothing where there is no terminal.
final class ProgressBar: @unchecked Sendable {
  private let title: String
  private let unit: String
  private let isShown: Bool
  private let doneBefore: Int
  private let begin = ContinuousClock.now
  private let lock = NSLock()
  private var lastDrawn: ContinuousClock.Instant?
  private var hasLine = false

  /// A bar named `title` that counts `unit`s, for example "it" for iterations.
  ///
  /// - Parameter doneBefore: how many were done before it was made, which say nothing of the rate.
  init(_ title: String, unit: String, doneBefore: Int = 0, isShown: Bool = Terminal.isInteractive(2)) {
    self.title = title
    self.unit = unit
    self.doneBefore = doneBefore
    self.isShown = isShown
  }

  /// Shows that `done` of `total` is done, at most ten times a second. `total` nil: not known. `detail` is made when it is shown.
  func update(_ done: Int, of total: Int?, detail: @autoclosure () -> String = "") {
    guard isShown else { return }
    lock.withLock {
      let now = ContinuousClock.now
      if let lastDrawn, now - lastDrawn < .milliseconds(100), done != total { return }
      lastDrawn = now
      hasLine = true
      let line = Self.line(
        title: title, unit: unit, done: done, doneBefore: doneBefore, total: total, seconds: (now - begin).inSeconds,
        detail: detail(), width: Terminal.width(2) - 1, utf8: Terminal.isUTF8)
      Terminal.note("\r\u{1b}[2K" + line)
    }
  }

  /// Removes the line.
  func finish() {
    lock.withLock {
      if hasLine { Terminal.note("\r\u{1b}[2K") }
      hasLine = false
    }
  }

  /// The seconds since the bar was made.
  var elapsed: Double { (ContinuousClock.now - begin).inSeconds }

  /// The text of a bar in at most `width` columns.
  static func line(
    title: String, unit: String, done: Int, doneBefore: Int = 0, total: Int?, seconds: Double, detail: String,
    width: Int, utf8: Bool
  ) -> String {
    let rate = seconds > 0 ? Double(done - doneBefore) / seconds : 0
    let speed = rate > 0 ? "  \(Format.rate(rate)) \(unit)/s" : ""
    var tail = speed
    guard let total, total > 0 else {
      return Table.cut("\(title)  \(Format.count(done))\(tail)\(detail.isEmpty ? "" : "  " + detail)", to: width)
    }
    let left = rate > 0 ? Format.duration(Double(total - done) / rate) : "-"
    let counts = "\(Format.count(done))/\(Format.count(total))"
    let rest = "  ETA \(left)\(detail.isEmpty ? "" : "  " + detail)"
    tail = "  \(counts)\(tail)\(rest)"
    let percent = String(format: "%3d %%", min(100, done * 100 / total))
    let space = width - Table.width(of: title) - 2 - 1 - percent.count - Table.width(of: tail)
    guard space >= 4 else {
      // Where there is no room for the bar, counts and rate, they are left out before what the work says of itself.
      let lines = [tail, "  \(counts)\(rest)", speed + rest, rest].map { "\(title)  \(percent)\($0)" }
      return lines.first { Table.width(of: $0) <= width } ?? Table.cut("\(title)  \(percent)\(rest)", to: width)
    }
    let length = min(space, 30)
    let filled = min(length, done * length / total)
    let bar =
      String(repeating: utf8 ? "█" : "#", count: filled) + String(repeating: utf8 ? "░" : ".", count: length - filled)
    return "\(title)  \(bar) \(percent)\(tail)"
  }
}
