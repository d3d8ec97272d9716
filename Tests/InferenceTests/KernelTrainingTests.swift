import Testing

@testable import Inference

/// The kernels that need no instruction set of their own, each against its formula in Swift, to the bit.
@Suite("Kernels of the input format and of training")
struct KernelTrainingTests {
  private static func matrix<Number: BitwiseCopyable>(_ values: [Number], _ rows: Int, _ columns: Int) -> Matrix<Number>
  {
    Matrix(KernelProductTests.region(values, shift: 1), rows: rows, columns: columns)
  }

  private static func checkFold<Number: TestedNumber>(
    _ type: Number.Type, n: Int, k: Int, channels: Int, shifted: Bool, oneScale: Bool, random: inout RandomNumbers
  ) {
    let weight: [Number] = random.values(n * k)
    let bias: [Number] = random.values(n)
    var scale = (0..<channels).map { _ in random.unit() / 255 }
    if oneScale { scale = [Double](repeating: scale[0], count: channels) }
    let offset = (0..<channels).map { _ in shifted ? random.unit() : 0 }
    let (folded, foldedBias) = (Region<Number>(count: n * k), Region<Number>(count: n))
    Number.fold(
      weight: matrix(weight, n, k), bias: KernelProductTests.region(bias, shift: 1), scale: scale, offset: offset,
      intoWeight: Matrix(folded, rows: n, columns: k), bias: foldedBias)
    for j in 0..<n {
      var sum = Double(bias[j])
      for x in 0..<k {
        #expect(folded[j * k + x] == Number(Double(weight[j * k + x]) * scale[x % channels]))
        sum -= Double(weight[j * k + x]) * offset[x % channels]
      }
      #expect(foldedBias[j] == (shifted ? Number(sum) : bias[j]))
    }

    // Columns first…first + part of a gradient that was computed in parts.
    let (first, part) = (k / 3, k - k / 3)
    let gradient: [Number] = random.values(n * (part + 2))
    let region = KernelProductTests.region(gradient, shift: 1)
    Number.unfoldGradient(
      Matrix(region, rows: n, columns: part, rowStride: part + 2), firstColumn: first,
      biasGradient: KernelProductTests.region(bias, shift: 1), scale: scale, offset: offset)
    for j in 0..<n {
      for x in 0..<part + 2 {
        let g = gradient[j * (part + 2) + x]
        let c = (first + x) % channels
        let expected = x < part ? Number(Double(g) * scale[c] - offset[c] * Double(bias[j])) : g
        #expect(region[j * (part + 2) + x] == expected)
      }
    }
  }

  @Test("folding scale and offset into a layer, and unfolding its gradient, follow their formulas")
  func fold() {
    var random = RandomNumbers(seed: 10)
    for (n, k, channels) in [(1, 1, 1), (3, 12, 3), (5, 16, 1), (2, 35, 5), (4, 7, 7)] {
      for (shifted, oneScale) in [(false, false), (true, false), (false, true), (true, true)] {
        Self.checkFold(
          Float.self, n: n, k: k, channels: channels, shifted: shifted, oneScale: oneScale, random: &random)
        Self.checkFold(
          Double.self, n: n, k: k, channels: channels, shifted: shifted, oneScale: oneScale, random: &random)
      }
    }
  }

  private static func checkTraining<Number: TestedNumber>(_ type: Number.Type, random: inout RandomNumbers) {
    for (m, n) in [(1, 1), (5, 1), (3, 2), (300, 7), (257, 3), (513, 600), (0, 4)] {
      let a: [Number] = random.values(m * n)
      let sums = KernelProductTests.region([Number](repeating: 3, count: n), shift: 1)
      Number.columnSums(matrix(a, m, n), into: sums)
      for j in 0..<n {
        var total: Number = 0
        for start in stride(from: 0, to: m, by: 256) {
          var sum: Number = 0
          for i in start..<min(start + 256, m) { sum += a[i * n + j] }
          total += sum
        }
        #expect(sums[j] == total)
      }
      guard m < 400 else { continue }
      let labels = (0..<m).map { _ in Int32(truncatingIfNeeded: random.next() % UInt64(max(n, 2))) }
      let factor = 1 / Number(max(m, 1))
      let delta = Region<Number>(count: m * n)
      Number.outputDelta(
        matrix(a, m, n), labels: KernelProductTests.region(labels, shift: 1), factor: factor,
        into: Matrix(delta, rows: m, columns: n))
      for i in 0..<m {
        for j in 0..<n {
          let target: Number = n == 1 ? Number(labels[i]) : labels[i] == Int32(j) ? 1 : 0
          #expect(delta[i * n + j] == (a[i * n + j] - target) * factor)
        }
      }
    }
  }

  @Test("column sums and output deltas follow their formulas")
  func sumsAndDeltas() {
    var random = RandomNumbers(seed: 11)
    Self.checkTraining(Float.self, random: &random)
    Self.checkTraining(Double.self, random: &random)
  }

  private static func checkElementwise<Number: TestedNumber>(_ type: Number.Type, random: inout RandomNumbers) {
    for count in [0, 1, 3, 8, 17, 100] {
      let a: [Number] = random.values(count, hostile: true)
      let delta: [Number] = random.values(count, hostile: true)
      func expect(_ activation: Activation, _ derivative: (Number, Number) -> Number) {
        let region = KernelProductTests.region(delta, shift: 1)
        Number.activationGradient(activation, KernelProductTests.region(a, shift: 2), delta: region)
        let expected = zip(delta, a).map(derivative)
        #expect(firstDifference(region.array, expected) == nil, "\(activation)")
      }
      expect(.linear) { d, _ in d }
      expect(.relu) { d, a in a > 0 ? d : 0 }
      expect(.leakyRelu) { d, a in a > 0 ? d : d * Number(0.01) }
      expect(.tanh) { d, a in d * (1 - a * a) }
      expect(.sigmoid) { d, a in d * (a * (1 - a)) }

      let rate: Number = 0.3
      let parameters = KernelProductTests.region(a, shift: 1)
      Number.descend(rate: rate, gradient: KernelProductTests.region(delta, shift: 0), parameters: parameters)
      let expected = zip(a, delta).map { $0 - rate * $1 }
      #expect(firstDifference(parameters.array, expected) == nil)
    }
  }

  @Test("activation gradients and the descent step follow their formulas, hostile numbers included")
  func elementwise() {
    var random = RandomNumbers(seed: 12)
    Self.checkElementwise(Float.self, random: &random)
    Self.checkElementwise(Double.self, random: &random)
  }
}
