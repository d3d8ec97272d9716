import Foundation
import ModelStore
import Training

/// What a sweep says of itself on standard error while it runs: a line for each trial that ended and, on a terminal, a table of those
/// that run below.
final class SweepDisplay: @unchecked Sendable {
  private struct Running {
    let trial: Int
    let values: [String]
    var progress: TrainingProgress?
  }

  private let isInteractive = Terminal.isInteractive(2)
  private let search: Search
  private let lock = NSLock()
  private var standing: SweepStanding
  private var running: [Int: Running] = [:]
  private var total = 0
  private var done = 0
  private var height = 0
  private var lastDrawn: ContinuousClock.Instant?

  init(_ standing: SweepStanding) {
    self.standing = standing
    search = standing.search
  }

  /// A round begins.
  func begin(_ standing: SweepStanding, _ next: SweepStanding.Next) {
    lock.withLock {
      self.standing = standing
      total = next.participants.count
      done = total - next.trials.count
      var text = ""
      if standing.rounds.count > 1 {
        let epochs = Format.count(standing.rounds[next.round] ?? 0, "epoch")
        text = "round \(next.round + 1) of \(standing.rounds.count): \(Format.count(total, "trial")) of \(epochs)\n"
      }
      if done > 0 { text += "\(Format.count(done, "trial")) of \(total) done before\n" }
      write(text)
    }
  }

  /// A trial goes on.
  func update(_ place: Int, _ progress: TrainingProgress) {
    guard isInteractive else { return }
    lock.withLock {
      if running[place] == nil {
        let combination = standing.combination(place)
        running[place] = Running(
          trial: standing.trials[place].number, values: search.over.map { combination[$0.key]?.text ?? "-" })
      }
      running[place]?.progress = progress
      let now = ContinuousClock.now
      if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
      lastDrawn = now
      write("")
    }
  }

  /// A trial ended.
  func end(_ standing: SweepStanding, _ place: Int) {
    lock.withLock {
      self.standing = standing
      running[place] = nil
      done += 1
      let trial = standing.trials[place]
      let combination = standing.combination(place)
      let values = search.over.map { "\($0.key) \(combination[$0.key]?.text ?? "-")" }.joined(separator: ", ")
      let result =
        trial.status == .failed
        ? "failed: \(trial.message)"
        : "\(search.metric.rawValue) \(Self.text(trial.score, search.metric))"
      write("trial \(trial.number) (\(done) of \(total)): \(values): \(result)\n")
    }
  }

  /// Removes the table.
  func finish() {
    lock.withLock {
      running = [:]
      (total, done) = (0, 0)
      write("")
    }
  }

  /// A score as people read it.
  static func text(_ score: Double?, _ metric: Search.Metric) -> String {
    metric == .accuracy ? Format.percent(score) : Format.cost(score)
  }

  /// Writes lines, and the table anew below them.
  private func write(_ lines: String) {
    var text = isInteractive && height > 0 ? "\u{1b}[\(height)A\r\u{1b}[J" : ""
    let visible = Format.visible(lines, keepingLines: true)
    text += isInteractive ? FieldList.sentences(visible, width: Terminal.width(2)) : visible
    height = 0
    if isInteractive, !running.isEmpty {
      let width = Terminal.width(2) - 1
      let rows = table.split(separator: "\n").map { Table.cut(String($0), to: width) }
      height = rows.count
      text += rows.map { $0 + "\n" }.joined()
    }
    if !text.isEmpty { Terminal.note(text) }
  }

  private var table: String {
    // What is cut off where there is no room stands last.
    var table = Table(
      [("TRIAL", .right), ("EPOCH", .right), ("COST", .right), ("SCORE", .right)]
        + search.over.map { ($0.key.uppercased(), .right) })
    for entry in running.values.sorted(by: { $0.trial < $1.trial }) {
      let measured = entry.progress?.measurement?.validation
      let score = search.metric == .accuracy ? measured?.accuracy : measured?.cost
      table.add(
        [
          "\(entry.trial)", entry.progress.map { "\($0.epoch + 1)" } ?? "-", Format.cost(entry.progress?.cost),
          Self.text(score, search.metric),
        ] + entry.values)
    }
    return table.text() + "\(done) of \(Format.count(total, "trial")) done"
  }
}
