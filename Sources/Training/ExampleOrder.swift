/// In which order examples are used: their own where a step takes all of them, else a new one for each epoch.
struct ExampleOrder: Sendable {
  let count: Int
  let batchSize: Int
  let seed: UInt64

  /// The steps of an epoch; the last one takes what is left.
  var stepsPerEpoch: Int { (count + batchSize - 1) / batchSize }
  /// Whether a step takes all examples, in their order.
  var isWhole: Bool { batchSize >= count }

  init(count: Int, batchSize: Int?, seed: UInt64) {
    self.count = count
    self.batchSize = min(batchSize ?? count, count)
    self.seed = seed
  }

  /// Which examples a step of an epoch takes, as places in the epoch's order.
  func places(ofStep step: Int) -> Range<Int> {
    step * batchSize..<min(count, (step + 1) * batchSize)
  }

  /// Puts the numbers of all examples into the order of an epoch, whatever order they are in now: by R. Durstenfeld's shuffle (1964).
  func arrange(_ examples: inout [Int], epoch: Int) {
    for index in examples.indices { examples[index] = index }
    guard !isWhole else { return }
    // Another sequence for each epoch; the weights are drawn from the seed itself.
    var mixer = SplitMix64(state: seed)
    var random = RandomNumbers(seed: mixer.next() &+ UInt64(epoch))
    for index in stride(from: count - 1, to: 0, by: -1) {
      examples.swapAt(index, random.below(index + 1))
    }
  }
}

extension RandomNumbers {
  /// Uniform in 0 ..< `bound`: the high half of a product, without its bias (D. Lemire, "Fast Random Integer Generation in an
  /// Interval", 2019).
  package mutating func below(_ bound: Int) -> Int {
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let least = (0 &- bound) % bound
      while product.low < least { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }
}
