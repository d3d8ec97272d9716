internal import CKernels

/// Threads that share out the work of a phase by ranges of its results; made once, and ended with this.
///
/// Each result is computed whole by one of them, so the number of threads cannot show in the bits.
@safe
final class Workers: @unchecked Sendable {
  /// The most threads that work at once.
  let count: Int
  /// Nil if there are none but the caller's: one was asked for, or the system gives no more.
  private let crew: OpaquePointer?

  init(count: Int) {
    var crew: OpaquePointer?
    let error = unsafe count > 1 ? nnk_crew_make(count, ProcessorQuota.allows(threads: count), &crew) : 0
    self.count = error == 0 ? count : 1
    unsafe self.crew = crew
  }

  deinit { unsafe nnk_crew_end(crew) }

  /// Runs `body` over 0 ..< `length`, cut into ranges that begin at multiples of `grain`, and waits for all: some for each thread, so
  /// that one whose core is slower for a while does fewer.
  ///
  /// Allocates nothing if `body` captures nothing. Danger: who calls while a phase runs, or from within one, gets the same numbers, and
  /// with them the same memory, as those who work at that phase.
  ///
  /// - Parameters:
  ///   - context: what `body` gets to work with.
  ///   - body: gets a number (0 ..< ``count``, for memory of its own) that no other range has at the same time, and the range.
  func share<Context>(
    _ length: Int, grain: Int, _ context: Context,
    _ body: @escaping @Sendable (_ context: Context, _ worker: Int, _ range: Range<Int>) -> Void
  ) {
    share(length, grain: grain, most: count * Self.piecesPerThread, context, body)
  }

  /// The same with parts that were cut before, each by whoever is free: ranges have one, or more where there are above 65,535.
  func share<Context>(
    parts: Int, _ context: Context,
    _ body: @escaping @Sendable (_ context: Context, _ worker: Int, _ parts: Range<Int>) -> Void
  ) {
    share(parts, grain: 1, most: parts, context, body)
  }

  /// The same with at most ``count`` ranges, each of another number, and a `body` with what it captures, which is allocated.
  func share(_ length: Int, grain: Int, _ body: @Sendable (_ worker: Int, _ range: Range<Int>) -> Void) {
    withoutActuallyEscaping(body) { body in
      share(length, grain: grain, most: count, body) { body, worker, range in body(worker, range) }
    }
  }

  /// A core at two thirds of the speed of the other then makes both wait for less than a tenth of the time.
  static var piecesPerThread: Int { 8 }

  private func share<Context>(
    _ length: Int, grain: Int, most: Int, _ context: Context,
    _ body: @escaping @Sendable (_ context: Context, _ worker: Int, _ range: Range<Int>) -> Void
  ) {
    let grains = length / grain + (length % grain == 0 ? 0 : 1)
    let pieces = min(most, grains, Int(UInt16.max))
    guard pieces > 1, let crew = unsafe crew else {
      if length > 0 { body(context, 0, 0..<length) }
      return
    }
    unsafe withUnsafePointer(to: context) { context in
      var phase = unsafe Phase(
        length: length, grain: grain, grains: grains, pieces: pieces, numbersPieces: pieces <= count,
        work: Work(context: context, body: body))
      unsafe withUnsafeMutablePointer(to: &phase) { phase in
        unsafe nnk_crew_run(
          crew, pieces, { unsafe $0?.assumingMemoryBound(to: Phase.self).pointee.run($1, $2) },
          UnsafeMutableRawPointer(phase))
      }
    }
  }
}

/// What is done to a range, its context's type forgotten.
private protocol RangeWork {
  func run(_ worker: Int, _ range: Range<Int>)
}

/// Three words, which a value of unknown type holds in place.
@safe
private struct Work<Context>: RangeWork {
  let context: UnsafePointer<Context>
  let body: (_ context: Context, _ worker: Int, _ range: Range<Int>) -> Void

  func run(_ worker: Int, _ range: Range<Int>) { unsafe body(context.pointee, worker, range) }
}

/// What the threads are told of a phase.
private struct Phase {
  let length: Int
  let grain: Int
  let grains: Int
  let pieces: Int
  /// Whether a range's number is that of the piece, and not that of the thread.
  let numbersPieces: Bool
  let work: any RangeWork

  func run(_ thread: Int, _ piece: Int) {
    // Longer ranges lie between shorter ones, so that threads have as many grains as each other.
    let first = bound(piece)
    let last = bound(piece + 1)
    work.run(numbersPieces ? piece : thread, first * grain..<min(length, last * grain))
  }

  private func bound(_ piece: Int) -> Int { grains / pieces * piece + grains % pieces * piece / pieces }
}
