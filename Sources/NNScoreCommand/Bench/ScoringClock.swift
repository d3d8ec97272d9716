import Inference
import Training

/// How fast batches of one size are scored by one scorer.
struct ScoringRate {
  /// Images in a call.
  let batch: Int
  /// Threads of the scorer, the caller's being one.
  let threads: Int
  /// Images a second, of calls one after the other.
  let imagesPerSecond: Double
  /// The calls whose latencies were measured.
  let calls: Int
  /// The seconds within which half of the calls were done, and 99 of a hundred.
  let median: Double
  let p99: Double
}

/// Measures how fast a model scores, on rows that are random but the same each time.
struct ScoringClock {
  private enum Rows {
    case bytes([UInt8])
    case floats([Float])
  }

  /// What a rate or a latency is measured of at least, however long a call takes.
  static let fewestCalls = 10
  /// The most calls whose latencies are kept.
  private static let mostCalls = 1 << 20

  private let packed: PackedModel
  private let rows: Rows
  private let interrupted: Cancellation

  /// Draws the rows of the largest batch.
  init(_ packed: PackedModel, largestBatch: Int, interrupted: Cancellation) throws {
    self.packed = packed
    self.interrupted = interrupted
    let format = packed.model.inputFormat
    let size = format.elementType == .uint8 ? 1 : MemoryLayout<Float>.size
    let scores = packed.model.architecture.outputs * MemoryLayout<Float>.size
    try Self.require(bytesOfRow: format.features * size + scores, batch: largestBatch)
    var random = RandomNumbers(seed: 1)
    let count = largestBatch * format.features
    switch format.elementType {
    case .uint8:
      var bytes = [UInt8](repeating: 0, count: count)
      for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: random.next() >> 32) }
      rows = .bytes(bytes)
    case .float32:
      var floats = [Float](repeating: 0, count: count)
      for index in floats.indices { floats[index] = Float(random.uniform()) }
      rows = .floats(floats)
    }
  }

  private static func require(bytesOfRow: Int, batch: Int) throws {
    // Neither factor is above 2²⁶.
    let needed = bytesOfRow * batch
    guard let available = MemoryNeed.available(), needed > available else { return }
    throw Failure(
      .tryAgain, code: "notEnoughMemory",
      "a batch of \(Format.count(batch, "image")) needs \(Format.bytes(needed)) of memory; \(Format.bytes(available)) are "
        + "available. Use a smaller --batch")
  }

  /// Measures one batch size on one number of threads for about so many seconds; nil if that was interrupted.
  func rate(batch: Int, threads: Int, seconds: Double) throws -> ScoringRate? {
    switch rows {
    case .bytes(let rows): try rate(rows, batch: batch, threads: threads, seconds: seconds)
    case .floats(let rows): try rate(rows, batch: batch, threads: threads, seconds: seconds)
    }
  }

  private func rate<Element: ScoredElement>(
    _ rows: [Element], batch: Int, threads: Int, seconds: Double
  ) throws -> ScoringRate? {
    let architecture = packed.model.architecture
    var scorer = try Scorer(packed, threads: threads)
    let input = rows.span.extracting(first: batch * architecture.inputs)
    var output = [Float](repeating: 0, count: batch * architecture.outputs)
    var scores = output.mutableSpan
    let clock = ContinuousClock()
    var times = [ContinuousClock.Instant](repeating: clock.now, count: Self.mostCalls + 1)

    // The clock is read once a slice, and a slice takes a millisecond or more. The first ones warm up and do not count.
    var slice = 1
    var calls = 0
    var elapsed = Duration.zero
    let warm = clock.now + .seconds(seconds / 10)
    while elapsed < .seconds(seconds / 2) || calls < Self.fewestCalls {
      if interrupted.isCancelled { return nil }
      let began = clock.now
      for _ in 0..<slice { try Element.score(input, by: &scorer, into: &scores) }
      let now = clock.now
      if now - began < .milliseconds(1) { slice *= 2 }
      guard now >= warm else { continue }
      calls += slice
      elapsed += now - began
    }
    let imagesPerSecond = Double(calls * batch) / elapsed.inSeconds

    // Now the clock is read once a call: no outlier hides in a mean, and nothing else is done between two of them.
    var last = 0
    times[0] = clock.now
    let end = times[0] + .seconds(seconds / 2)
    while last < Self.mostCalls, times[last] < end || last < Self.fewestCalls {
      if interrupted.isCancelled { return nil }
      try Element.score(input, by: &scorer, into: &scores)
      last += 1
      times[last] = clock.now
    }
    let latencies = (0..<last).map { (times[$0 + 1] - times[$0]).inSeconds }.sorted()
    return ScoringRate(
      batch: batch, threads: threads, imagesPerSecond: imagesPerSecond, calls: last,
      median: Self.quantile(0.5, ofSorted: latencies), p99: Self.quantile(0.99, ofSorted: latencies))
  }

  /// The least value that is not below a share of all (the nearest rank); NaN where there is none.
  static func quantile(_ share: Double, ofSorted values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let rank = Int((share * Double(values.count)).rounded(.up))
    return values[min(max(rank, 1), values.count) - 1]
  }
}

/// What the rows of a batch are made of.
private protocol ScoredElement: BitwiseCopyable {
  static func score(
    _ rows: Span<Self>, by scorer: inout Scorer, into scores: inout MutableSpan<Float>
  ) throws(InferenceError)
}

extension UInt8: ScoredElement {
  static func score(
    _ rows: Span<UInt8>, by scorer: inout Scorer, into scores: inout MutableSpan<Float>
  ) throws(InferenceError) {
    try scorer.score(rows, into: &scores)
  }
}

extension Float: ScoredElement {
  static func score(
    _ rows: Span<Float>, by scorer: inout Scorer, into scores: inout MutableSpan<Float>
  ) throws(InferenceError) {
    try scorer.score(rows, into: &scores)
  }
}
