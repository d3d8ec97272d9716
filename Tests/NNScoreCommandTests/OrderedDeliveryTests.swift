import Dispatch
import Foundation
import Synchronization
import Testing

@testable import NNScoreCommand

@Suite("Delivery in order")
struct OrderedDeliveryTests {
  private struct Stop: Error {}

  @Test(
    "what many threads finish in any order is handed on in the order in which it was begun, each once",
    arguments: [1, 3, 100])
  func order(capacity: Int) {
    let delivered = Mutex([Int]())
    let next = Mutex(0)
    let delivery = OrderedDelivery<Int>(capacity: capacity) { item in delivered.withLock { $0.append(item) } }
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      while true {
        let number = next.withLock { value in
          defer { value += 1 }
          return value
        }
        guard number < 2000 else { return }
        if Int.random(in: 0..<8) == 0 { usleep(UInt32.random(in: 0..<200)) }
        delivery.finish(number, .success(number))
      }
    }
    #expect(delivered.withLock { $0 } == Array(0..<2000))
    #expect(delivery.failure == nil)
  }

  @Test("one that takes long keeps nobody waiting while there is room, and then those that would be too many")
  func capacity() async {
    let delivered = Mutex([Int]())
    let delivery = OrderedDelivery<Int>(capacity: 3) { item in delivered.withLock { $0.append(item) } }
    for number in 1...3 { delivery.finish(number, .success(number)) }
    #expect(delivered.withLock { $0 }.isEmpty)
    let fourth = Task.detached { delivery.finish(4, .success(4)) }
    try? await Task.sleep(for: .milliseconds(20))
    #expect(delivered.withLock { $0 }.isEmpty)
    delivery.finish(0, .success(0))
    await fourth.value
    #expect(delivered.withLock { $0 } == [0, 1, 2, 3, 4])
  }

  @Test(
    "a failure ends the delivery: nothing behind it is handed on, and nobody goes on waiting", arguments: [true, false])
  func failure(isItem: Bool) async {
    let delivered = Mutex([Int]())
    let delivery = OrderedDelivery<Int>(capacity: 1) { item in
      if !isItem, item == 1 { throw Stop() }
      delivered.withLock { $0.append(item) }
    }
    delivery.finish(2, .success(2))
    let third = Task.detached { delivery.finish(3, .success(3)) }
    delivery.finish(0, .success(0))
    delivery.finish(1, isItem ? .failure(Stop()) : .success(1))
    await third.value
    delivery.finish(4, .success(4))
    #expect(delivery.failure is Stop)
    #expect(delivered.withLock { $0 } == [0])
  }
}
