import CKernels
import Foundation
import Inference
import Testing
import Training

/// The functions of nntraining.h on every instruction set of this machine, against oracles written from what it says: the same bits,
/// at every alignment, and nothing written beside the result.
@Suite("Kernels of training")
struct TrainingKernelTests {
  static let kernels: [Kernels] = InstructionSet.allCases.compactMap { Kernels($0) }

  /// The kernels of each instruction set at some alignment.
  private func checks<Element: TestedElement>(_ type: Element.Type, _ random: inout RandomNumbers) -> [KernelCheck<
    Element
  >] {
    let shift = random.below(5)
    return Self.kernels.map { KernelCheck(kernels: $0, shift: shift) }
  }

  private func expect<Element: TestedElement>(
    _ found: (values: [Element], isIntact: Bool), _ expected: [Element], _ what: String, _ check: KernelCheck<Element>,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let at = firstDifference(found.values, expected)
    #expect(
      at == nil,
      """
      \(Element.self) \(what), \(check.kernels.instructionSet), at \(at ?? 0): \
      \(at.map { "\(found.values[$0]), expected \(expected[$0])" } ?? "")
      """, sourceLocation: location)
    #expect(
      found.isIntact, "\(Element.self) \(what), \(check.kernels.instructionSet) wrote past the end",
      sourceLocation: location)
  }

  /// Shapes m, n, k of which one at a time is as large as a chunk, a layer or some blocks of k.
  private static let shapes: [(Int, Int, Int)] = {
    var random = RandomNumbers(seed: 11)
    var shapes = [
      (1, 1, 1), (5, 3, 0), (256, 2, 3), (33, 70, 9), (17, 7, 257), (96, 34, 40), (3, 5, 600), (255, 13, 5),
      // Few outputs go another way than many.
      (40, 55, 300), (70, 48, 130), (20, 49, 70),
    ]
    for large in 0..<24 {
      shapes.append(
        (
          1 + random.below(large % 3 == 0 ? 256 : 24), 1 + random.below(large % 3 == 1 ? 70 : 12),
          1 + random.below(large % 3 == 2 ? 600 : 24)
        ))
    }
    return shapes
  }()

  // MARK: - Products

  private func products<Element: TestedElement>(_ type: Element.Type, hostile: Bool, _ random: inout RandomNumbers) {
    for (m, n, k) in Self.shapes {
      let weights: [Element] = random.values(n * k, hostile: hostile)
      let inputs: [Element] = random.values(m * k, hostile: hostile)
      let bytes = random.bytes(m * k)
      let bias: [Element] = random.values(n, hostile: hostile)
      let isTransposed = random.below(2) == 0
      let gap = random.below(3)

      /// bias + Σ over blocks of k of chains of fused multiply-adds.
      func oracle(bias: [Element]?, _ input: (Int) -> Element) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(m * n)
        for i in 0..<m {
          for j in 0..<n {
            var total = bias?[j] ?? 0
            var x = 0
            while x < k {
              let end = min(k, x + 256)
              var sum: Element = 0
              while x < end {
                sum.addProduct(weights[j * k + x], input(i * k + x))
                x += 1
              }
              total += sum
            }
            result.append(total)
          }
        }
        return result
      }
      let expected = oracle(bias: bias) { inputs[$0] }
      let withoutBias = oracle(bias: nil) { inputs[$0] }
      let ofBytes = oracle(bias: bias) { Element(bytes[$0]) }
      let shape = "m \(m), n \(n), k \(k)"
      for check in checks(type, &random) {
        // The weights as rows with gaps between them, or as columns.
        let stride = (isTransposed ? n : k) + gap
        let storage = Region<Element>(count: (isTransposed ? k : n) * stride + check.shift)
        let lined = storage.part(from: check.shift, count: storage.count - check.shift)
        for j in 0..<n {
          for x in 0..<k { lined[isTransposed ? x * stride + j : j * stride + x] = weights[j * k + x] }
        }
        let w =
          isTransposed
          ? Matrix(lined, rows: k, columns: n, rowStride: stride).transposed
          : Matrix(lined, rows: n, columns: k, rowStride: stride)
        let b = check.panels(inputs, m: m, n: k)
        expect(
          check.output(m: m, n: n) {
            Element.product(check.kernels, examples: m, w, b, bias: check.region(bias), into: $0)
          }, expected, "product, \(shape)", check)
        expect(
          check.output(m: m, n: n) { Element.product(check.kernels, examples: m, w, b, bias: nil, into: $0) },
          withoutBias, "product without bias, \(shape)", check)
        let rows = Region<UInt8>(count: bytes.count + check.shift).part(from: check.shift, count: bytes.count)
        rows.copy(from: bytes)
        expect(
          check.output(m: m, n: n) {
            Element.product(
              check.kernels, Matrix(check.region(weights), rows: n, columns: k), Matrix(rows, rows: m, columns: k),
              bias: check.region(bias), into: $0, scratch: check.scratch)
          }, ofBytes, "product of bytes, \(shape)", check)
      }
    }
  }

  @Test("Products are the bias and sums of blocks, each a chain of fused multiply-adds", arguments: [false, true])
  func products(hostile: Bool) {
    var random = RandomNumbers(seed: hostile ? 2 : 1)
    products(Float.self, hostile: hostile, &random)
    products(Double.self, hostile: hostile, &random)
  }

  // MARK: - Layouts

  private func layouts<Element: TestedElement>(_ type: Element.Type, _ random: inout RandomNumbers) {
    for (m, n, _) in Self.shapes {
      let values: [Element] = random.values(m * n, hostile: true)
      let stride = m + random.below(20)
      for check in checks(type, &random) {
        let panels = check.panels(values, m: m, n: n)
        let rows = GuardedRegion<Element>(count: n * stride, shift: check.shift)
        Element.rows(check.kernels, panels, into: Matrix(rows.region, rows: n, columns: m, rowStride: stride))
        var expected = [Element](repeating: 12345, count: n * stride)
        for i in 0..<m { for u in 0..<n { expected[u * stride + i] = values[i * n + u] } }
        expect((rows.region.array, rows.isIntact), expected, "rows, m \(m), n \(n)", check)

        let examples = GuardedRegion<Element>(count: m * n, shift: check.shift)
        Element.examples(check.kernels, panels, into: Matrix(examples.region, rows: m, columns: n))
        expect((examples.region.array, examples.isIntact), values, "examples, m \(m), n \(n)", check)

        let back = GuardedRegion<Element>(count: check.panelCount(m: m, n: n), shift: check.shift)
        Element.panels(check.kernels, Matrix(check.region(values), rows: m, columns: n), into: back.region)
        var padded = [Element](repeating: 0, count: back.region.count)
        for i in 0..<m { for u in 0..<n { padded[check.place(i, u, n)] = values[i * n + u] } }
        expect((back.region.array, back.isIntact), padded, "panels, m \(m), n \(n)", check)
      }
    }
  }

  @Test("Panels, rows of units and rows of examples hold the same numbers")
  func layouts() {
    var random = RandomNumbers(seed: 3)
    layouts(Float.self, &random)
    layouts(Double.self, &random)
  }

  // MARK: - Gradients

  private func gradients<Element: TestedElement>(_ type: Element.Type, hostile: Bool, _ random: inout RandomNumbers) {
    for (m, n, k) in Self.shapes {
      let stride = m + random.below(20)
      let deltas: [Element] = random.values(n * stride, hostile: hostile)
      let inputs: [Element] = random.values(m * k, hostile: hostile)
      let bytes = random.bytes(m * k)
      let before: [Element] = random.values(n * k, hostile: hostile)
      let biasBefore: [Element] = random.values(n, hostile: hostile)
      let first = random.below(k + 1)
      let columns = random.below(2) == 0 ? 0..<k : first..<first + random.below(k - first + 1)
      let begins = random.below(2) == 0

      /// One chain over the examples, in order.
      func oracle(_ input: (Int) -> Element) -> [Element] {
        var result = before
        for j in 0..<n {
          for x in columns {
            var sum: Element = 0
            for i in 0..<m { sum.addProduct(deltas[j * stride + i], input(i * k + x)) }
            result[j * k + x] = (begins ? 0 : before[j * k + x]) + sum
          }
        }
        return result
      }
      let expected = oracle { inputs[$0] }
      let ofBytes = oracle { Element(bytes[$0]) }
      let biases = (0..<n).map { j in
        let sum = deltas[j * stride..<j * stride + m].reduce(0, +)
        return (begins ? 0 : biasBefore[j]) + sum
      }
      let shape = "m \(m), n \(n), k \(k), columns \(columns), \(begins ? "first" : "further") chunk"
      for check in checks(type, &random) {
        let delta = Matrix(check.region(deltas), rows: n, columns: m, rowStride: stride)
        let gradient = GuardedRegion(before, shift: check.shift)
        Element.weightGradient(
          check.kernels, delta: delta, check.panels(inputs, m: m, n: k), columns: columns,
          into: Matrix(gradient.region, rows: n, columns: k), begins: begins, scratch: check.scratch)
        expect((gradient.region.array, gradient.isIntact), expected, "weight gradient, \(shape)", check)

        let rows = Region<UInt8>(count: bytes.count + check.shift).part(from: check.shift, count: bytes.count)
        rows.copy(from: bytes)
        gradient.region.copy(from: before)
        Element.weightGradient(
          check.kernels, delta: delta, Matrix(rows, rows: m, columns: k), columns: columns,
          into: Matrix(gradient.region, rows: n, columns: k), begins: begins, scratch: check.scratch)
        expect((gradient.region.array, gradient.isIntact), ofBytes, "weight gradient of bytes, \(shape)", check)

        let bias = GuardedRegion(biasBefore, shift: check.shift)
        Element.biasGradient(check.kernels, delta: delta, into: bias.region, begins: begins)
        expect((bias.region.array, bias.isIntact), biases, "bias gradient, \(shape)", check)
      }
    }
  }

  @Test("Gradients of weights and biases are one sum over the examples in order", arguments: [false, true])
  func gradients(hostile: Bool) {
    var random = RandomNumbers(seed: hostile ? 5 : 4)
    gradients(Float.self, hostile: hostile, &random)
    gradients(Double.self, hostile: hostile, &random)
  }

  private func activationGradients<Element: TestedElement>(_ type: Element.Type, _ random: inout RandomNumbers) {
    for activation in [Activation.linear, .relu, .leakyRelu, .tanh, .sigmoid] {
      for count in [0, 1, 7, 16, 100 + random.below(100)] {
        let a: [Element] = random.values(count, hostile: true)
        let delta: [Element] = random.values(count, hostile: true)
        let expected = zip(a, delta).map { a, delta -> Element in
          switch activation {
          case .relu: a > 0 ? delta : 0
          case .leakyRelu: a > 0 ? delta : delta * Element(0.01)
          case .tanh: delta * (1 - a * a)
          case .sigmoid: delta * (a * (1 - a))
          default: delta
          }
        }
        for check in checks(type, &random) {
          let result = GuardedRegion(delta, shift: check.shift)
          Element.activationGradient(check.kernels, activation, check.region(a), delta: result.region)
          expect(
            (result.region.array, result.isIntact), expected, "gradient of \(activation.name), \(count) elements", check
          )
        }
      }
    }
  }

  @Test("Gradients of activations follow from the activations")
  func activationGradients() {
    var random = RandomNumbers(seed: 6)
    activationGradients(Float.self, &random)
    activationGradients(Double.self, &random)
  }

  // MARK: - Losses

  /// The loss of an example by its formula, in quadruple the care: sums of differences to the largest output.
  private func formula(_ loss: Loss, _ z: [Double], _ t: [Double]) -> Double {
    switch loss {
    case .softmax:
      let largest = z.max() ?? 0
      let logSum = log(z.reduce(0) { $0 + exp($1 - largest) })
      return zip(z, t).reduce(0) { $0 + $1.1 * (logSum - ($1.0 - largest)) }
    case .sigmoid:
      return zip(z, t).reduce(0) { $0 + max($1.0, 0) - $1.1 * $1.0 + log1p(exp(-abs($1.0))) }
    case .squares:
      return zip(z, t).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(z.count)
    }
  }

  private func losses<Element: TestedElement>(_ type: Element.Type, _ random: inout RandomNumbers) throws {
    for loss in [Loss.softmax, .sigmoid, .squares] {
      for (m, n) in [(1, 1), (3, 2), (9, 10), (40, 33), (256, 3)] {
        let z = (0..<m * n).map { _ in Element(20 * random.symmetricUniform()) }
        let hostile: [Element] = random.values(m * n, hostile: true)
        var targets = (0..<m * n).map { _ in Element(random.uniform()) }
        if loss == .softmax {
          for i in 0..<m {
            let total = targets[i * n..<i * n + n].reduce(0, +)
            for j in 0..<n { targets[i * n + j] /= total }
          }
        }
        let factors: [Element] = random.values(m, hostile: true)
        let delta = (0..<m * n).map { index in
          (hostile[index] - targets[index])
            * (loss == .squares ? factors[index / n] * (2 / Element(n)) : factors[index / n])
        }
        var first: (usual: [Double], hostile: [Double])?
        for check in checks(type, &random) {
          let target = Matrix(check.region(targets), rows: m, columns: n)
          func losses(_ values: [Element]) -> [Double] {
            let result = GuardedRegion<Double>(count: m, shift: check.shift)
            Element.losses(
              check.kernels, loss, Matrix(check.region(values), rows: m, columns: n), targets: target,
              into: result.region)
            #expect(result.isIntact)
            return result.region.array
          }
          let (usual, extreme) = (losses(z), losses(hostile))
          // Targets that are rounded to 32 bits do not add up to 1 exactly, which the kernel may rely on.
          let bound = Element.self == Float.self && loss == .softmax ? 1e-5 : 1e-13
          for i in 0..<m {
            let expected = formula(
              loss, z[i * n..<i * n + n].map { Double($0) }, targets[i * n..<i * n + n].map { Double($0) })
            #expect(
              abs(usual[i] - expected) <= bound * max(1, abs(expected)),
              "\(Element.self) \(loss), n \(n): \(usual[i]), expected \(expected)")
          }
          // Written from no more than a formula, they are held to the bits of the portable kernels.
          let oracle = first ?? (usual, extreme)
          first = oracle
          #expect(
            firstDifference(usual, oracle.usual) == nil, "\(Element.self) \(loss), \(check.kernels.instructionSet)")
          #expect(
            firstDifference(extreme, oracle.hostile) == nil, "\(Element.self) \(loss), \(check.kernels.instructionSet)")

          let result = GuardedRegion<Element>(count: m * n, shift: check.shift)
          Element.outputDelta(
            check.kernels, loss, Matrix(check.region(hostile), rows: m, columns: n), targets: target,
            factors: check.region(factors), into: Matrix(result.region, rows: m, columns: n))
          expect((result.region.array, result.isIntact), delta, "delta of \(loss), m \(m), n \(n)", check)
        }
      }
    }
  }

  @Test("Losses are those of their formulas, and the last layer's delta is their gradient")
  func losses() throws {
    var random = RandomNumbers(seed: 7)
    try losses(Float.self, &random)
    try losses(Double.self, &random)
  }

  @Test("Losses stay finite where probabilities round to 0 or 1, and a target of 0 leaves its output out")
  func saturated() {
    for kernels in Self.kernels {
      func loss(_ loss: Loss, _ z: [Double], _ targets: [Double]) -> Double {
        let check = KernelCheck<Double>(kernels: kernels, shift: 0)
        let result = Region<Double>(count: 1)
        Double.losses(
          kernels, loss, Matrix(check.region(z), rows: 1, columns: z.count),
          targets: Matrix(check.region(targets), rows: 1, columns: z.count), into: result)
        return result[0]
      }
      #expect(loss(.softmax, [1000, -1000, 0], [0, 1, 0]) == 2000)
      #expect(loss(.softmax, [1000, -1000, 0], [1, 0, 0]) == 0)
      #expect(loss(.softmax, [0, -.infinity], [1, 0]) == 0)
      #expect(loss(.softmax, [0, -.infinity], [0, 1]) == .infinity)
      #expect(loss(.sigmoid, [1000], [0]) == 1000)
      #expect(loss(.sigmoid, [1000], [1]) == 0)
      #expect(loss(.sigmoid, [-.infinity], [0]) == 0)
      #expect(loss(.softmax, [.nan, 0], [1, 0]).isNaN)
      #expect(loss(.sigmoid, [.nan], [1]).isNaN)
    }
  }

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
            Element.dropout(check.kernels, stream, first: first, examples: m, units: n, keep: keep, from, into: $0)
          }, expected, what, check)
        Element.dropout(check.kernels, stream, first: first, examples: m, units: n, keep: keep, from, into: from)
        expect((check.examples(from.array, m: m, n: n), true), expected, what + ", in place", check)
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
        Float.dropout(kernels, stream, first: 0, examples: m, units: n, keep: keep, ones, into: $0)
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
    for step in steps {
      var (p, m, v) = (before, first, second)
      for (index, g) in gradient.enumerated() {
        switch step {
        case .descend: p[index] -= rate * g
        case .momentum(_, let momentum, let isNesterov):
          m[index] = momentum * m[index] + g
          p[index] -= rate * (isNesterov ? g + momentum * m[index] : m[index])
        case .rmsProp:
          v[index] = decay * v[index] + rest * (g * g)
          p[index] -= rate * (g / (v[index].squareRoot() + epsilon))
        case .adam:
          m[index] += rest * (g - m[index])
          v[index] = decay * v[index] + rest * (g * g)
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
