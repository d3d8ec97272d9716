internal import Dispatch

/// Threads that share out the work of a phase by ranges of its results.
///
/// Each result is computed whole by one of them, so the number of threads cannot show in the bits.
struct Workers: Sendable {
  /// The most threads that work at once.
  let count: Int

  /// Runs `body` over 0 ..< `length`, cut into at most ``count`` ranges that begin at multiples of `grain`, and waits for all.
  ///
  /// - Parameter body: gets the number of the range (0 ..< ``count``, for memory of its own) and the range.
  func share(_ length: Int, grain: Int, _ body: @Sendable (_ worker: Int, _ range: Range<Int>) -> Void) {
    let grains = length / grain + (length % grain == 0 ? 0 : 1)
    let pieces = min(count, grains)
    guard pieces > 1 else {
      if length > 0 { body(0, 0..<length) }
      return
    }
    let each = grains / pieces
    let longer = grains % pieces
    DispatchQueue.concurrentPerform(iterations: pieces) { piece in
      let first = piece * each + min(piece, longer)
      let last = first + each + (piece < longer ? 1 : 0)
      body(piece, first * grain..<min(length, last * grain))
    }
  }
}
