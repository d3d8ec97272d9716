import Dispatch
import Synchronization
import Testing

@testable import Inference
@testable import Training

@Suite("Threads that share a phase")
struct WorkersTests {
  @Test(
    "Each element is done once, whatever the threads, and each range has a number of its own",
    arguments: [1, 2, 3, 8, 40])
  func covers(threads: Int) {
    let workers = Workers(count: threads)
    var random = RandomNumbers(seed: UInt64(threads))
    let done = Region<Int32>(count: 500)
    let ranges = Region<Int32>(count: threads)
    for phase in 0..<600 {
      let length = random.below(500)
      let grain = 1 + random.below(40)
      workers.share(length, grain: grain) { worker, range in
        ranges[worker] += 1
        #expect(range.lowerBound % grain == 0)
        for index in range { done[index] += 1 }
      }
      guard done.array == (0..<500).map({ $0 < length ? 1 : 0 }), ranges.array.allSatisfy({ $0 <= 1 }) else {
        Issue.record("phase \(phase), length \(length), grain \(grain): \(done.array) \(ranges.array)")
        return
      }
      for index in 0..<done.count { done[index] = 0 }
      for index in 0..<ranges.count { ranges[index] = 0 }
    }
  }

  @Test("Parts that were cut before are each done once, by numbers below that of threads", arguments: [1, 2, 8])
  func parts(threads: Int) {
    let workers = Workers(count: threads)
    // None, fewer than threads, many, and more than a phase has pieces.
    for parts in [0, 1, 2, 7, 300, 70_000] {
      let done = Region<Int32>(count: max(parts, 1))
      let numbers = Mutex(Set<Int>())
      workers.share(parts: parts, done.lent) { done, _, parts in for part in parts { done[part] += 1 } }
      #expect(done.array.prefix(parts).allSatisfy { $0 == 1 }, "\(parts) parts")
      workers.share(min(parts, 300), grain: 1) { worker, _ in numbers.withLock { _ = $0.insert(worker) } }
      #expect(numbers.withLock { $0.allSatisfy { $0 < threads } })
    }
  }

  @Test(
    "With a context there are more ranges than threads, and no two at the same time have the same number",
    arguments: [2, 3, 8])
  func manyRanges(threads: Int) {
    let workers = Workers(count: threads)
    var random = RandomNumbers(seed: UInt64(threads))
    let done = Region<Int32>(count: 500)
    let busy = Region<Int32>(count: threads)
    let ranges = Region<Int32>(count: threads)
    for _ in 0..<300 {
      let length = random.below(500)
      let grain = 1 + random.below(40)
      workers.share(length, grain: grain, (done.lent, busy.lent, ranges.lent, grain)) { context, worker, range in
        let (done, busy, ranges, grain) = context
        ranges[worker] += range.lowerBound % grain == 0 ? 1 : 10_000
        // Were it shared with another range, this would lose counts.
        for index in range {
          busy[worker] += 1
          done[index] += 1
        }
      }
      #expect(done.array == (0..<500).map { $0 < length ? 1 : 0 })
      #expect(busy.array.reduce(0, +) == Int32(length))
      let expected = min((length + grain - 1) / grain, threads * Workers.piecesPerThread)
      #expect(ranges.array.reduce(0, +) == Int32(expected))
      for index in 0..<done.count { done[index] = 0 }
      for index in 0..<busy.count { (busy[index], ranges[index]) = (0, 0) }
    }
  }

  @Test("Who shares from within a phase, or at the same time as others, gets all of it done")
  func reentrant() {
    let workers = Workers(count: 4)
    let total = Atomic(0)
    workers.share(8, grain: 1) { _, outer in
      for _ in outer { workers.share(10, grain: 1) { _, inner in total.add(inner.count, ordering: .relaxed) } }
    }
    #expect(total.load(ordering: .relaxed) == 80)
    DispatchQueue.concurrentPerform(iterations: 6) { _ in
      for _ in 0..<200 { workers.share(7, grain: 2) { _, range in total.add(range.count, ordering: .relaxed) } }
    }
    #expect(total.load(ordering: .relaxed) == 80 + 6 * 200 * 7)
  }

  @Test("Threads that are ended right after a short phase end")
  func ends() {
    for round in 0..<2000 {
      let total = Atomic(0)
      Workers(count: 8).share(1 + round % 9, grain: 1) { _, range in total.add(range.count, ordering: .relaxed) }
      #expect(total.load(ordering: .relaxed) == 1 + round % 9)
    }
  }

  @Test("Threads that slept for a while go on")
  func sleeping() async throws {
    let workers = Workers(count: 3)
    let total = Atomic(0)
    for _ in 0..<5 {
      try await Task.sleep(for: .milliseconds(20))
      workers.share(9, grain: 1) { _, range in total.add(range.count, ordering: .relaxed) }
    }
    #expect(total.load(ordering: .relaxed) == 45)
  }
}
