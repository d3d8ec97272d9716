import Foundation

/// Hands on what several threads finish, in the order in which it was begun and one after the other.
///
/// Whoever finishes the next in order hands it on, and whatever others have finished behind it meanwhile; all others leave theirs here and
/// go on, so that nobody waits for one that takes long, up to a number that may be left.
final class OrderedDelivery<Item: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let capacity: Int
  private let body: @Sendable (Item) throws -> Void
  private var waiting: [Int: Result<Item, any Error>] = [:]
  private var next = 0
  private var isDelivering = false
  private var stopped: (any Error)?

  /// A delivery that begins with number 0.
  ///
  /// - Parameters:
  ///   - capacity: How many may be left here before whoever brings another one out of order waits.
  ///   - body: Called with each, on one thread at a time. What it throws ends the delivery.
  init(capacity: Int, _ body: @escaping @Sendable (Item) throws -> Void) {
    self.capacity = capacity
    self.body = body
  }

  /// Why nothing is delivered any more: what `body` threw, or what an item was a failure of.
  var failure: (any Error)? { condition.withLock { stopped } }

  /// Takes one; each number from 0 on must come once.
  func finish(_ number: Int, _ item: Result<Item, any Error>) {
    condition.lock()
    defer { condition.unlock() }
    while stopped == nil, number != next, waiting.count >= capacity { condition.wait() }
    guard stopped == nil else { return }
    waiting[number] = item
    guard !isDelivering else { return }
    isDelivering = true
    while stopped == nil, let item = waiting.removeValue(forKey: next) {
      condition.unlock()
      let outcome = Result { try body(item.get()) }
      condition.lock()
      next += 1
      if case .failure(let error) = outcome { stopped = error }
      condition.broadcast()
    }
    isDelivering = false
  }
}
