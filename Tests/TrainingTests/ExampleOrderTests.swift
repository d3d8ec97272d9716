import Testing

@testable import Training

@Suite("The order of examples")
struct ExampleOrderTests {
  private func arranged(count: Int, batchSize: Int?, seed: UInt64, epoch: Int) -> [Int] {
    let order = ExampleOrder(count: count, batchSize: batchSize, seed: seed)
    var examples = [Int](0..<count)
    order.arrange(&examples, epoch: epoch)
    return examples
  }

  @Test("Each epoch has each example once, in another order than other epochs and seeds have")
  func permutations() {
    var random = RandomNumbers(seed: 1)
    for _ in 0..<50 {
      let count = 20 + random.below(300)
      let batchSize = 1 + random.below(count - 1)
      let seed = random.next()
      let epochs = (0..<4).map { arranged(count: count, batchSize: batchSize, seed: seed, epoch: $0) }
      for epoch in epochs { #expect(epoch.sorted() == Array(0..<count)) }
      #expect(Set(epochs).count == 4)
      #expect(!epochs.contains(Array(0..<count)))
      #expect(epochs[0] != arranged(count: count, batchSize: batchSize, seed: seed &+ 1, epoch: 0))
      #expect(epochs[0] != arranged(count: count, batchSize: batchSize, seed: seed ^ 1 << 63, epoch: 0))
      // Neither the order before nor the size of batches shows in it.
      #expect(epochs[1] == arranged(count: count, batchSize: 1 + batchSize % (count - 1), seed: seed, epoch: 1))
      var examples = epochs[3]
      ExampleOrder(count: count, batchSize: batchSize, seed: seed).arrange(&examples, epoch: 2)
      #expect(examples == epochs[2])
    }
  }

  @Test("The steps of an epoch take its examples one after the other, the last one what is left")
  func places() {
    for (count, batchSize, lengths) in [
      (10, 3, [3, 3, 3, 1]), (9, 3, [3, 3, 3]), (5, 1, [1, 1, 1, 1, 1]), (4, 9, [4]),
    ] {
      let order = ExampleOrder(count: count, batchSize: batchSize, seed: 0)
      let places = (0..<order.stepsPerEpoch).map { order.places(ofStep: $0) }
      #expect(places.map(\.count) == lengths)
      #expect(places.flatMap { Array($0) } == Array(0..<count))
    }
  }

  @Test("A step of all examples takes them in their order, whatever the batch size", arguments: [nil, 12, 13, Int.max])
  func whole(_ batchSize: Int?) {
    let order = ExampleOrder(count: 12, batchSize: batchSize, seed: 3)
    #expect(order.isWhole && order.stepsPerEpoch == 1 && order.batchSize == 12)
    #expect(arranged(count: 12, batchSize: batchSize, seed: 3, epoch: 5) == Array(0..<12))
  }

  @Test("Every example is as likely at every place")
  func uniform() {
    let epochs = 8000
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 6), count: 6)
    for epoch in 0..<epochs {
      for (place, example) in arranged(count: 6, batchSize: 2, seed: 42, epoch: epoch).enumerated() {
        counts[place][example] += 1
      }
    }
    // Five standard deviations of the binomial distribution.
    let deviation = (Double(epochs) * 1 / 6 * 5 / 6).squareRoot()
    for count in counts.flatMap({ $0 }) { #expect(abs(Double(count) - Double(epochs) / 6) <= 5 * deviation) }
  }

  @Test("Numbers below a bound are uniform, be the bound small, or so large that most draws are taken again")
  func below() {
    var random = RandomNumbers(seed: 9)
    for bound in [1, 2, 3, 7, 10, 64] {
      var counts = [Int](repeating: 0, count: bound)
      let draws = 20_000
      for _ in 0..<draws { counts[random.below(bound)] += 1 }
      let rate = 1 / Double(bound)
      let deviation = (Double(draws) * rate * (1 - rate)).squareRoot()
      for count in counts { #expect(abs(Double(count) - Double(draws) * rate) <= 5 * deviation) }
    }
    // Of numbers below 3/8 · 2⁶⁴, a third is in each third; a product without correction would favour some.
    let large = 3 << 61 as UInt64
    var thirds = [0, 0, 0]
    for _ in 0..<20_000 {
      let value = random.below(Int(large >> 1))
      #expect(value >= 0 && value < Int(large >> 1))
      thirds[value / (1 << 60)] += 1
    }
    for count in thirds { #expect(abs(Double(count) - 20_000.0 / 3) <= 5 * (20_000.0 * 2 / 9).squareRoot()) }
  }
}
