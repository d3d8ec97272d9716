import Training

/// The lines of standard input that are not empty, as they come. For one thread at a time.
final class StandardInputLines: Sequence, IteratorProtocol {
  private static let newline = UInt8(ascii: "\n")

  private let cancellation: Cancellation
  private var ahead: String?
  // What came and was not taken: from `start` on, so that taking a line moves nothing.
  private var bytes: [UInt8] = []
  private var start = 0
  private var isComplete = false

  /// Lines that end early when `cancellation` says so.
  init(cancellation: Cancellation) {
    self.cancellation = cancellation
  }

  /// Whether there is no more line; waits for one.
  var isAtEnd: Bool {
    advance(waiting: true)
    return ahead == nil
  }

  /// Whether the next line, or the end, has come, so that ``next()`` will not wait.
  var isAtHand: Bool {
    advance(waiting: false)
    return ahead != nil || isComplete
  }

  func next() -> String? {
    advance(waiting: true)
    defer { ahead = nil }
    return ahead
  }

  /// Puts the next line ahead if it can be had; nothing is ahead afterwards at the end or if it has not come yet.
  private func advance(waiting: Bool) {
    while ahead == nil, !cancellation.isCancelled {
      if let line = takeLine() {
        ahead = line.isEmpty ? nil : line
      } else if isComplete {
        return
      } else if Terminal.isReadable(0, within: waiting ? 100 : 0) {
        let more = Terminal.read(0, upTo: 1 << 16)
        isComplete = more.isEmpty
        bytes.removeFirst(start)
        start = 0
        bytes += more
      } else if !waiting {
        return
      }
    }
  }

  /// The first line of the bytes that came, the last one even without its end.
  private func takeLine() -> String? {
    let rest = bytes[start...]
    let end = rest.firstIndex(of: Self.newline)
    guard end != nil || (isComplete && !rest.isEmpty) else { return nil }
    var line = rest.prefix(upTo: end ?? rest.endIndex)
    if end != nil, line.last == UInt8(ascii: "\r") { line.removeLast() }
    start = end.map { $0 + 1 } ?? rest.endIndex
    return String(decoding: line, as: UTF8.self)
  }
}
