import Datasets
import Dispatch
import Foundation
import Images
import Inference

/// Scores a stream of items on several threads, in order, with memory for a few batches.
///
/// Each worker takes the next batch of items, decodes its images and scores them with its own scorer, so that decoding runs on all
/// cores while scoring goes on; results are delivered in the order of the items. Which worker and which batch an image meets does
/// not change a bit of its scores.
final class ScorePipeline: @unchecked Sendable {
  private let packed: PackedModel
  private let batchSize: Int
  private let threads: Int
  private let decoder = ImageDecoder()
  private let rule: ImageRule?
  private let shape: ImageShape

  // The items, taken batch by batch under one lock: waiting for a line of standard input keeps nobody from delivering.
  private let source = NSLock()
  private let items: ScoringItems
  private var nextBatch = 0
  private var isCancelled = false

  init(_ packed: PackedModel, items: ScoringItems, batchSize: Int, threads: Int) {
    self.packed = packed
    self.items = items
    self.batchSize = batchSize
    self.threads = threads
    rule = packed.model.inputFormat.imageRule
    shape = packed.model.inputFormat.shape
  }

  /// Runs until the items end or `deliver` throws, which is then thrown here. `deliver` is called on one thread at a time.
  func run(_ deliver: @escaping @Sendable ([ScoreResult]) throws -> Void) throws {
    let delivery = OrderedDelivery(capacity: 4 * threads, deliver)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      do {
        var scorer = try Scorer(packed, threads: 1)
        var size = BatchSize(most: batchSize)
        while delivery.failure == nil, let (number, batch) = takeBatch(size.next) {
          delivery.finish(number, Result { try score(batch, &scorer, &size) })
        }
      } catch {
        if let (number, _) = takeBatch(1) { delivery.finish(number, .failure(error)) }
      }
    }
    if let failure = delivery.failure { throw failure }
  }

  /// Takes no further batch; what was taken is still scored and delivered.
  func cancel() {
    source.withLock { isCancelled = true }
  }

  private func takeBatch(_ size: Int) -> (Int, [ScoringItem])? {
    source.withLock {
      guard !isCancelled else { return nil }
      var batch: [ScoringItem] = []
      // A batch waits for its first item alone: whoever sends paths one by one gets results one by one.
      while batch.count < size, let item = batch.isEmpty ? items.next() : items.nextAtHand() { batch.append(item) }
      guard !batch.isEmpty else { return nil }
      defer { nextBatch += 1 }
      return (nextBatch, batch)
    }
  }

  private func score(_ batch: [ScoringItem], _ scorer: inout Scorer, _ size: inout BatchSize) throws -> [ScoreResult] {
    let began = ContinuousClock.now
    var pixels: [UInt8] = []
    var failures: [Int: (code: String, message: String)] = [:]
    for (position, item) in batch.enumerated() {
      do {
        let row = try row(item)
        if pixels.isEmpty { pixels.reserveCapacity((batch.count - position) * row.count) }
        pixels.append(contentsOf: row)
      } catch {
        let failure = Failure(error)
        failures[position] = (failure.code, failure.message)
      }
    }
    let decoded = ContinuousClock.now
    let scores = try scorer.scores(of: pixels)
    size.measured(batch.count, reading: decoded - began, scoring: ContinuousClock.now - decoded)
    let outputs = packed.model.architecture.outputs
    var start = 0
    return batch.enumerated().map { position, item in
      let (path, index) = item.place
      if let failure = failures[position] {
        return ScoreResult(path: path, index: index, outcome: .failed(code: failure.code, message: failure.message))
      }
      defer { start += outputs }
      let row = scores[start..<start + outputs]
      return ScoreResult(
        path: path, index: index,
        outcome: .scored(best: packed.model.predictedLabel(of: row), scores: packed.model.labelScores(of: row)))
    }
  }

  /// The pixels of one item as the model takes them.
  private func row(_ item: ScoringItem) throws -> [UInt8] {
    switch item {
    case .image(let path):
      guard let rule else {
        throw Failure(
          .badData, code: "sizeMismatch", "\(path): a picture; the model takes rows of \(shape), which no picture has")
      }
      return try decoder.pixels(ofFile: path, rule: rule)
    case .row(let path, let index, let pixels, let rowShape):
      if rowShape == shape { return pixels }
      guard let rule else {
        throw Failure(
          .badData, code: "sizeMismatch", "\(path), row \(index): a row of \(rowShape); the model takes \(shape)")
      }
      return rule.apply(
        to: try DecodedImage(
          height: rowShape.height, width: rowShape.width, channels: rowShape.channels, pixels: pixels))
    case .failure(_, let error): throw error
    }
  }
}

extension ScoringItem {
  /// The path, and the row within the file if it is one of many.
  var place: (path: String, index: Int?) {
    switch self {
    case .image(let path): (path, nil)
    case .row(let path, let index, _, _): (path, index)
    case .failure(let path, _): (path, nil)
    }
  }
}

/// How many images a worker takes at once: few at first, so that a few large pictures are decoded on all cores too; then as many as scoring
/// together gains from, but where reading them takes most of the time only so many as take some milliseconds, so that at the end no
/// worker has much to do while the others have nothing.
private struct BatchSize {
  let most: Int
  private(set) var next = 1

  private static let reading = Duration.milliseconds(4)

  init(most: Int) { self.most = most }

  mutating func measured(_ count: Int, reading: Duration, scoring: Duration) {
    let each = max(reading / count, .nanoseconds(1))
    let enough = max(Self.reading, scoring * 8) / each
    next = max(1, min(most, 2 * next, Int(min(enough, Double(most)))))
  }
}
