import Foundation

/// Work on all cores that is done when the call returns.
enum Parallel {
  /// What a body makes of each element, in the elements' order.
  ///
  /// - Throws: what the body threw for the first of the elements for which it threw.
  static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ body: @Sendable (Element) throws -> Result
  ) throws -> [Result] {
    guard elements.count > 1 else { return try elements.map(body) }
    let results = Results<Result>(count: elements.count)
    DispatchQueue.concurrentPerform(iterations: elements.count) { index in
      results.set(index, to: .init { try body(elements[index]) })
    }
    return try results.all()
  }

  /// What two bodies make, each on a core of its own.
  ///
  /// - Throws: what the first threw, or else the second.
  static func both<First: Sendable, Second: Sendable>(
    _ first: @Sendable () throws -> First, _ second: @Sendable () throws -> Second
  ) throws -> (First, Second) {
    let (one, two) = (Results<First>(count: 1), Results<Second>(count: 1))
    DispatchQueue.concurrentPerform(iterations: 2) { index in
      if index == 0 { one.set(0, to: .init(catching: first)) } else { two.set(0, to: .init(catching: second)) }
    }
    return (try one.all()[0], try two.all()[0])
  }

  private final class Results<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Result<Value, any Error>?]

    init(count: Int) { values = Array(repeating: nil, count: count) }

    func set(_ index: Int, to result: Result<Value, any Error>) { lock.withLock { values[index] = result } }

    func all() throws -> [Value] { try lock.withLock { try values.compactMap { try $0?.get() } } }
  }
}
