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
    let error = unsafe count > 1 ? nnk_crew_make(count, &crew) : 0
    self.count = error == 0 ? count : 1
    unsafe self.crew = crew
  }

  deinit { unsafe nnk_crew_end(crew) }

  /// Runs `body` over 0 ..< `length`, cut into at most ``count`` ranges that begin at multiples of `grain`, and waits for all.
  ///
  /// Allocates nothing if `body` captures nothing. Danger: who calls while a phase runs, or from within one, gets the same numbers of
  /// ranges, and with them the same memory, as those who work at that phase.
  ///
  /// - Parameters:
  ///   - context: what `body` gets to work with.
  ///   - body: gets the number of the range (0 ..< ``count``, for memory of its own) and the range.
  func share<Context>(
    _ length: Int, grain: Int, _ context: Context,
    _ body: @escaping @Sendable (_ context: Context, _ worker: Int, _ range: Range<Int>) -> Void
  ) {
    let grains = length / grain + (length % grain == 0 ? 0 : 1)
    let pieces = min(count, grains)
    guard pieces > 1, let crew = unsafe crew else {
      if length > 0 { body(context, 0, 0..<length) }
      return
    }
    unsafe withUnsafePointer(to: context) { context in
      var phase = unsafe Phase(
        length: length, grain: grain, each: grains / pieces, longer: grains % pieces,
        work: Work(context: context, body: body))
      unsafe withUnsafeMutablePointer(to: &phase) { phase in
        unsafe nnk_crew_run(
          crew, pieces, { unsafe $0?.assumingMemoryBound(to: Phase.self).pointee.run($1) },
          UnsafeMutableRawPointer(phase))
      }
    }
  }

  /// The same for a `body` with what it captures, which is allocated.
  func share(_ length: Int, grain: Int, _ body: @Sendable (_ worker: Int, _ range: Range<Int>) -> Void) {
    withoutActuallyEscaping(body) { body in
      share(length, grain: grain, body) { body, worker, range in body(worker, range) }
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
  let each: Int
  let longer: Int
  let work: any RangeWork

  func run(_ piece: Int) {
    let first = piece * each + min(piece, longer)
    let last = first + each + (piece < longer ? 1 : 0)
    work.run(piece, first * grain..<min(length, last * grain))
  }
}
