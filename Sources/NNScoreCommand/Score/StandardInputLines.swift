import Training

/// The lines of standard input that are not empty, as they come. For one thread at a time.
final class StandardInputLines: Sequence, IteratorProtocol {
  private static let newline = UInt8(ascii: "\n")
  /// No path is longer, in bytes: of such a line the beginning is taken for one, and the rest is passed over.
  private static let longest = 4096

  private let cancellation: Cancellation
  private var ahead: String?
  // What came and was not taken: from `start` on, so that taking a line moves nothing.
  private var bytes: [UInt8] = []
  private var start = 0
  // Up to where no line ends.
  private var searched = 0
  private var isCut = false
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
        (start, searched) = (0, searched - start)
        bytes += more
      } else if !waiting {
        return
      }
    }
  }

  /// The first line of the bytes that came, the last one even without its end.
  private func takeLine() -> String? {
    let end = bytes[Swift.max(start, searched)...].firstIndex(of: Self.newline)
    searched = end ?? bytes.endIndex
    if isCut {
      start = end.map { $0 + 1 } ?? bytes.endIndex
      isCut = end == nil
      return isCut || start == bytes.endIndex ? nil : takeLine()
    }
    let rest = bytes[start..<searched]
    guard end != nil || rest.count > Self.longest || (isComplete && !rest.isEmpty) else { return nil }
    isCut = end == nil && !isComplete
    start = end.map { $0 + 1 } ?? bytes.endIndex
    guard rest.count <= Self.longest + 1 else {
      return String(decoding: rest.prefix(Self.longest), as: UTF8.self) + "…"
    }
    let isWindows = end != nil && rest.last == UInt8(ascii: "\r")
    return String(decoding: isWindows ? rest.dropLast() : rest, as: UTF8.self)
  }
}
