import CKernels
import Foundation
import Inference
import Testing
import Training

extension TrainingKernelTests {
  // MARK: - Random words and dropout

  private func words(_ stream: RandomStream, example: UInt32, block: UInt32) -> [UInt32] {
    var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    unsafe withUnsafeMutableBytes(of: &words) { bytes in
      unsafe bytes.withMemoryRebound(to: UInt32.self) { words in
        if let base = words.baseAddress {
          unsafe nnk_random_words(
            nnk_random(key: stream.key, stream: stream.stream, step: stream.step), example, block, base)
        }
      }
    }
    return [words.0, words.1, words.2, words.3]
  }

  @Test("Random words are those of Philox4x32-10: the known answers of Random123")
  func philox() {
    // kat_vectors of https://github.com/DEShawResearch/random123: counter, key, result.
    let answers: [([UInt32], [UInt32], [UInt32])] = [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [.max, .max, .max, .max], [.max, .max], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ]
    for (counter, key, expected) in answers {
      let stream = RandomStream(key: UInt64(key[0]) | UInt64(key[1]) << 32, stream: counter[2], step: counter[3])
      #expect(words(stream, example: counter[1], block: counter[0]) == expected)
    }
  }

  private func dropout<Element: TestedElement>(_ type: Element.Type, _ random: inout RandomNumbers) {
    for (m, n, _) in Self.shapes {
      let values: [Element] = random.values(m * n, hostile: true)
      let stream = RandomStream(
        key: random.next(), stream: UInt32(truncatingIfNeeded: random.next()),
        step: UInt32(truncatingIfNeeded: random.next()))
      let first = random.below(1 << 30)
      let keep = [1, 0.8, 0.5, 0.05, 0x1p-32][random.below(5)]
      let threshold = UInt32(clamping: Int(keep * 0x1p32))
      var expected: [Element] = []
      for i in 0..<m {
        for block in 0..<(n + 3) / 4 {
          for (w, word) in words(stream, example: UInt32(first + i), block: UInt32(block)).enumerated()
          where block * 4 + w < n {
            expected.append(word < threshold ? values[i * n + block * 4 + w] * Element(1 / keep) : 0)
          }
        }
      }
      for check in checks(type, &random) {
        let from = check.panels(values, m: m, n: n)
        let what = "dropout, m \(m), n \(n), keep \(keep)"
        expect(
          check.output(m: m, n: n) {
            Element.dropout(
              check.kernels, stream, first: first, examples: m, keep: keep, Panels(from, units: n),
              into: Panels($0, units: n))
          }, expected, what, check)
        for units in parts(of: n, grain: 4, &random) {
          let some = Panels(from, units: n, chosen: units)
          Element.dropout(check.kernels, stream, first: first, examples: m, keep: keep, some, into: some)
        }
        expect((check.examples(from.array, m: m, n: n), true), expected, what + ", in place by units", check)
      }
    }
  }

  @Test("Dropout keeps the units whose random word is below the rate, whatever the lanes")
  func dropout() {
    var random = RandomNumbers(seed: 8)
    dropout(Float.self, &random)
    dropout(Double.self, &random)
  }

  @Test(
    "As many units are kept as the rate says, independently in steps, layers and seeds", arguments: [0.9, 0.5, 0.1])
  func keepRates(_ keep: Double) throws {
    let kernels = try Kernels.selected()
    let (m, n) = (256, 400)
    let check = KernelCheck<Float>(kernels: kernels, shift: 0)
    let ones = check.panels([Float](repeating: 1, count: m * n), m: m, n: n)
    func mask(_ stream: RandomStream) -> [Bool] {
      check.output(m: m, n: n) {
        Float.dropout(
          kernels, stream, first: 0, examples: m, keep: keep, Panels(ones, units: n), into: Panels($0, units: n))
      }.values.map { $0 != 0 }
    }
    let streams = [
      RandomStream(key: 1, stream: 0, step: 0), RandomStream(key: 1, stream: 0, step: 1),
      RandomStream(key: 1, stream: 1, step: 0), RandomStream(key: 2, stream: 0, step: 0),
    ]
    let masks = streams.map(mask)
    let count = Double(m * n)
    // Five standard deviations of the binomial distribution.
    func isBinomial(_ found: Int, _ count: Double, _ rate: Double) -> Bool {
      abs(Double(found) - count * rate) <= 5 * (count * rate * (1 - rate)).squareRoot()
    }
    for (index, mask) in masks.enumerated() {
      #expect(isBinomial(mask.count { $0 }, count, keep))
      // Every unit and every example on its own.
      for u in 0..<n { #expect(isBinomial((0..<m).count { mask[$0 * n + u] }, Double(m), keep)) }
      for i in 0..<m { #expect(isBinomial(mask[i * n..<i * n + n].count { $0 }, Double(n), keep)) }
      for other in masks[..<index] {
        #expect(isBinomial(zip(mask, other).count { $0 && $1 }, count, keep * keep))
      }
    }
  }

  // MARK: - The input format

  private func folding<Element: TestedElement>(_ type: Element.Type, hostile: Bool, _ random: inout RandomNumbers) {
    for (_, n, k) in Self.shapes {
      let channels = 1 + random.below(4)
      let kind = random.below(3)
      let scale = (0..<channels).map { $0 > 0 && kind < 2 ? 0.0078125 : 0.003 + random.uniform() * (kind == 2 ? 1 : 0) }
      let scales = kind == 2 ? scale : [Double](repeating: 0.0041, count: channels)
      let offset = (0..<channels).map { _ in kind == 0 ? 0 : random.uniform() }
      let weight: [Element] = random.values(n * k, hostile: hostile)
      let bias: [Element] = random.values(n, hostile: hostile)
      let folded = weight.indices.map { Element(Double(weight[$0]) * scales[$0 % k % channels]) }
      let foldedBias = (0..<n).map { j -> Element in
        if offset.allSatisfy({ $0 == 0 }) { return bias[j] }
        var sum = Double(bias[j])
        for x in 0..<k { sum -= Double(weight[j * k + x]) * offset[x % channels] }
        return Element(sum)
      }
      let first = random.below(k + 1)
      let columns = first..<first + random.below(k - first + 1)
      var unfolded = weight
      for j in 0..<n {
        for x in columns {
          unfolded[j * k + x] = Element(
            Double(weight[j * k + x]) * scales[x % channels] - offset[x % channels] * Double(bias[j]))
        }
      }
      let what = "n \(n), k \(k), \(channels) channels"
      for check in checks(type, &random) {
        let result = GuardedRegion<Element>(count: n * k, shift: check.shift)
        let resultBias = GuardedRegion<Element>(count: n, shift: check.shift)
        Element.fold(
          check.kernels, Matrix(check.region(weight), rows: n, columns: k), bias: check.region(bias), scale: scales,
          offset: offset, into: Matrix(result.region, rows: n, columns: k), bias: resultBias.region)
        expect((result.region.array, result.isIntact), folded, "fold, \(what)", check)
        expect((resultBias.region.array, resultBias.isIntact), foldedBias, "fold of bias, \(what)", check)
        let alone = GuardedRegion<Element>(count: n, shift: check.shift)
        Element.foldBias(
          check.kernels, Matrix(check.region(weight), rows: n, columns: k), bias: check.region(bias), scale: scales,
          offset: offset, into: alone.region)
        expect((alone.region.array, alone.isIntact), foldedBias, "fold of bias alone, \(what)", check)
        if n <= narrowOutputs {
          // Columns that are not asked for stay as they are.
          let turned = GuardedRegion<Element>(count: n * k, shift: check.shift)
          Element.foldTurned(
            check.kernels, Matrix(check.region(weight), rows: n, columns: k), columns: columns, scale: scales,
            into: Matrix(turned.region, rows: k, columns: n))
          let expected = (0..<n * k).map { columns.contains($0 / n) ? folded[$0 % n * k + $0 / n] : 12345 }
          expect((turned.region.array, turned.isIntact), expected, "fold, turned, columns \(columns), \(what)", check)
        }
        let gradient = GuardedRegion(weight, shift: check.shift)
        Element.unfold(
          check.kernels, Matrix(gradient.region, rows: n, columns: k), columns: columns,
          biasGradient: check.region(bias),
          scale: scales, offset: offset)
        // Without an offset nothing is said of an infinite gradient of the bias, which would make NaN of 0 · ∞.
        if kind == 0 && hostile { continue }
        expect((gradient.region.array, gradient.isIntact), unfolded, "unfold, \(what)", check)
      }
    }
  }

  @Test("The input format is folded into weights, and unfolded from their gradients", arguments: [false, true])
  func folding(hostile: Bool) {
    var random = RandomNumbers(seed: hostile ? 10 : 9)
    folding(Float.self, hostile: hostile, &random)
    folding(Double.self, hostile: hostile, &random)
  }

  // MARK: - Element by element

  private func updates<Element: TestedElement>(
    _ type: Element.Type, count: Int, hostile: Bool, _ random: inout RandomNumbers
  ) {
    let gradient: [Element] = random.values(count, hostile: hostile)
    let before: [Element] = random.values(count, hostile: hostile)
    let first: [Element] = random.values(count, hostile: hostile)
    // Second moments are never below 0.
    let second = random.values(count, hostile: hostile).map { (value: Element) in value < 0 ? -value : value }
    let rate = Element(0.01 + random.uniform())
    let (decay, rest) = (Element(0.9), Element(1 - 0.9))
    let epsilon = Element(1e-8)
    let correction = Element(1 + random.uniform())
    let steps: [OptimizerStep<Element>] = [
      .descend(rate: rate), .momentum(rate: rate, momentum: decay, isNesterov: false),
      .momentum(rate: rate, momentum: decay, isNesterov: true),
      .rmsProp(rate: rate, decay: decay, rest: rest, epsilon: epsilon),
      .adam(rate: rate, rest1: rest, decay2: decay, rest2: rest, correction: correction, epsilon: epsilon),
    ]
    // What is too small to be remembered is 0.
    let leastRoot: Element = Element.self == Float.self ? 0x1p-50 : 0x1p-500
    let least = leastRoot * leastRoot
    func remembered(_ x: Element) -> Element { x.magnitude < least ? 0 : x }
    func square(_ x: Element) -> Element { x.magnitude < leastRoot ? 0 : x * x }
    for step in steps {
      var (p, m, v) = (before, first, second)
      for (index, g) in gradient.enumerated() {
        switch step {
        case .descend: p[index] -= rate * g
        case .momentum(_, let momentum, let isNesterov):
          m[index] = remembered(momentum * m[index] + g)
          p[index] -= rate * (isNesterov ? g + momentum * m[index] : m[index])
        case .rmsProp:
          v[index] = remembered(decay * v[index] + rest * square(g))
          p[index] -= rate * (g / (v[index].squareRoot() + epsilon))
        case .adam:
          m[index] = remembered(m[index] + rest * (g - m[index]))
          v[index] = remembered(decay * v[index] + rest * square(g))
          p[index] -= rate * (m[index] / (v[index].squareRoot() * correction + epsilon))
        }
      }
      for check in checks(type, &random) {
        let memory = [before, first, second].map { GuardedRegion($0, shift: check.shift) }
        let g = GuardedRegion(gradient, shift: check.shift)
        Element.step(
          check.kernels, step, gradient: g.region, first: memory[1].region, second: memory[2].region,
          parameters: memory[0].region)
        for (region, expected) in zip(memory, [p, m, v]) {
          expect((region.region.array, region.isIntact), expected, "\(step), \(count) elements", check)
        }
        expect((g.region.array, g.isIntact), gradient, "\(step): the gradient", check)
      }
    }
  }

  @Test("Optimisers change each parameter as nntraining.h says", arguments: [false, true])
  func updates(hostile: Bool) {
    var random = RandomNumbers(seed: hostile ? 13 : 12)
    for count in Array(0...20) + [31, 32, 33, 63, 64, 65, 200, 1001] {
      updates(Float.self, count: count, hostile: hostile, &random)
      updates(Double.self, count: count, hostile: hostile, &random)
    }
  }

  private func sums<Element: TestedElement>(_ type: Element.Type, count: Int, _ random: inout RandomNumbers) {
    let x: [Element] = random.values(count, hostile: count % 2 == 0)
    let to: [Element] = random.values(count, hostile: count % 2 == 0)
    let factor = Element(random.symmetricUniform())
    var squares = [Double](repeating: 0, count: 16)
    for (index, value) in x.enumerated() { squares[index % 16] += Double(value) * Double(value) }
    let total = squares.reduce(0, +)
    for check in checks(type, &random) {
      let scaled = GuardedRegion(x, shift: check.shift)
      #expect(Element.squareSum(check.kernels, scaled.region).isIdentical(to: total), "\(check.kernels.instructionSet)")
      Element.scale(check.kernels, scaled.region, by: factor)
      expect((scaled.region.array, scaled.isIntact), x.map { $0 * factor }, "scale", check)
      let added = GuardedRegion(to, shift: check.shift)
      Element.add(check.kernels, check.region(x), times: factor, to: added.region)
      expect((added.region.array, added.isIntact), zip(x, to).map { $1 + factor * $0 }, "add", check)
    }
  }

  @Test("Scaling, adding and sums of squares")
  func sums() {
    var random = RandomNumbers(seed: 14)
    for count in Array(0...40) + [255, 256, 1000, 1001] {
      sums(Float.self, count: count, &random)
      sums(Double.self, count: count, &random)
    }
  }
}
