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
  func checks<Element: TestedElement>(_ type: Element.Type, _ random: inout RandomNumbers) -> [KernelCheck<
    Element
  >] {
    let shift = random.below(5)
    return Self.kernels.map { KernelCheck(kernels: $0, shift: shift) }
  }

  func expect<Element: TestedElement>(
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

  /// 0 ..< n in a few ranges that begin at multiples of `grain`.
  func parts(of n: Int, grain: Int = 1, _ random: inout RandomNumbers) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    while start < n {
      let end = min(n, start + grain * (1 + random.below(max(1, n / 2 / grain))))
      parts.append(start..<end)
      start = end
    }
    return parts
  }

  /// Shapes m, n, k of which one at a time is as large as a chunk, a layer or some blocks of k.
  static let shapes: [(Int, Int, Int)] = {
    var random = RandomNumbers(seed: 11)
    var shapes = [
      (1, 1, 1), (5, 3, 0), (256, 2, 3), (33, 70, 9), (17, 7, 257), (96, 34, 40), (3, 5, 600), (255, 13, 5),
      // Few outputs go another way than many.
      (40, 55, 300), (70, 48, 130), (20, 49, 70),
      // One example behind whole panels has its lanes across outputs.
      (17, 20, 300), (1, 48, 257), (33, 34, 40), (49, 15, 513),
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
            Element.product(
              check.kernels, examples: m, w, b, bias: check.region(bias), into: Panels($0, units: n))
          }, expected, "product, \(shape)", check)
        expect(
          check.output(m: m, n: n) { output in
            for units in parts(of: n, &random) {
              Element.product(
                check.kernels, examples: m, w.rows(units), b,
                bias: check.region(bias).part(from: units.lowerBound, count: units.count),
                into: Panels(output, units: n, chosen: units))
            }
          }, expected, "product by units, \(shape)", check)
        expect(
          check.output(m: m, n: n) {
            Element.product(check.kernels, examples: m, w, b, bias: nil, into: Panels($0, units: n))
          },
          withoutBias, "product without bias, \(shape)", check)
        let rows = Region<UInt8>(count: bytes.count + check.shift).part(from: check.shift, count: bytes.count)
        rows.copy(from: bytes)
        let arranged = try? ArrangedRows(Matrix(rows, rows: m, columns: k)).columns(0..<m)
        for (what, arranged) in [("", nil), ("arranged ", arranged)] {
          expect(
            check.output(m: m, n: n) {
              Element.product(
                check.kernels, Matrix(check.region(weights), rows: n, columns: k), Matrix(rows, rows: m, columns: k),
                arrangedColumns: arranged, bias: check.region(bias), into: $0, scratch: check.scratch)
            }, ofBytes, "product of \(what)bytes, \(shape)", check)
          expect(
            check.output(m: m, n: n) {
              Element.product(
                check.kernels, w, Matrix(rows, rows: m, columns: k), arrangedColumns: arranged,
                bias: check.region(bias),
                into: $0, scratch: check.scratch)
            }, ofBytes, "product of \(what)bytes, \(isTransposed ? "turned" : "gaps"), \(shape)", check)
        }
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
        let matrix = Matrix(rows.region, rows: n, columns: m, rowStride: stride)
        for units in parts(of: n, &random) {
          Element.rows(check.kernels, Panels(panels, units: n, chosen: units), into: matrix.rows(units))
        }
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

        let bytes = random.bytes(m * n)
        let storage = Region<UInt8>(count: bytes.count + check.shift).part(from: check.shift, count: bytes.count)
        storage.copy(from: bytes)
        Element.panels(check.kernels, Matrix(storage, rows: m, columns: n), into: back.region)
        for i in 0..<m { for u in 0..<n { padded[check.place(i, u, n)] = Element(bytes[i * n + u]) } }
        expect((back.region.array, back.isIntact), padded, "panels of bytes, m \(m), n \(n)", check)
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
        let lines = columns.lowerBound % 64 == 0 ? try? ArrangedRows(Matrix(rows, rows: m, columns: k)).lines : nil
        for (what, lines) in [("", nil), ("arranged ", lines)] {
          gradient.region.copy(from: before)
          Element.weightGradient(
            check.kernels, delta: delta, Matrix(rows, rows: m, columns: k), arrangedLines: lines, columns: columns,
            into: Matrix(gradient.region, rows: n, columns: k), begins: begins, scratch: check.scratch)
          expect(
            (gradient.region.array, gradient.isIntact), ofBytes, "weight gradient of \(what)bytes, \(shape)", check)
        }

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
}
