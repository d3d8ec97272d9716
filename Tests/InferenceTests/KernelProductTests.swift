import Testing

@testable import Inference

/// One suite for every instruction set of this machine, against an oracle written from the contract in nnkernels.h:
/// c = ((bias + s0) + s1) + …, each s a chain of fused multiply-adds over 256 consecutive k.
@Suite("Matrix products")
struct KernelProductTests {
  /// The contract, in Swift.
  static func oracle<Number: TestedNumber>(
    m: Int, n: Int, k: Int, bias: [Number]?, a: (Int, Int) -> Number, b: (Int, Int) -> Number
  ) -> [Number] {
    var result: [Number] = []
    for i in 0..<m {
      for j in 0..<n {
        var total = bias?[j] ?? 0
        for start in stride(from: 0, to: k, by: 256) {
          var sum: Number = 0
          for x in start..<min(start + 256, k) { sum.addProduct(a(i, x), b(j, x)) }
          total += sum
        }
        result.append(total)
      }
    }
    return result
  }

  /// A region that begins `shift` elements past an aligned address.
  static func region<Number: BitwiseCopyable>(_ values: [Number], shift: Int) -> Region<Number> {
    let region = Region<Number>(count: values.count + shift).part(from: shift, count: values.count)
    region.copy(from: values)
    return region
  }

  /// One product of a shape, with strides, transpositions and alignments drawn at random, on every instruction set.
  static func check<Number: TestedNumber>(
    _ type: Number.Type, m: Int, n: Int, k: Int, hostile: Bool, random: inout RandomNumbers
  ) {
    func storage(_ rows: Int, _ columns: Int) -> (Bool, Int, Int) {
      let transposed = random.next() % 2 == 0
      let stride = (transposed ? rows : columns) + Int(random.next() % 4)
      return (transposed, stride, (transposed ? columns : rows) * stride)
    }
    func matrix<E: BitwiseCopyable>(_ region: Region<E>, _ rows: Int, _ columns: Int, _ s: (Bool, Int, Int)) -> Matrix<
      E
    > {
      s.0
        ? Matrix(region, rows: columns, columns: rows, rowStride: s.1).transposed
        : Matrix(region, rows: rows, columns: columns, rowStride: s.1)
    }
    let (aStorage, bStorage) = (storage(m, k), storage(n, k))
    let aValues: [Number] = random.values(aStorage.2, hostile: hostile)
    let aBytes = random.bytes(aStorage.2)
    let bValues: [Number] = random.values(bStorage.2, hostile: hostile)
    let bBytes = random.bytes(bStorage.2)
    let bias: [Number]? = random.next() % 4 == 0 ? nil : random.values(n, hostile: hostile)
    let shift = Int(random.next() % 5)
    let a = matrix(region(aValues, shift: shift), m, k, aStorage)
    let aOfBytes = matrix(region(aBytes, shift: shift), m, k, aStorage)
    let b = matrix(region(bValues, shift: shift), n, k, bStorage)
    let bOfBytes = matrix(region(bBytes, shift: shift), n, k, bStorage)
    func at<E>(_ values: [E], _ s: (Bool, Int, Int), _ i: Int, _ j: Int) -> E {
      values[s.0 ? j * s.1 + i : i * s.1 + j]
    }

    let fromNumbers = oracle(
      m: m, n: n, k: k, bias: bias, a: { at(aValues, aStorage, $0, $1) }, b: { at(bValues, bStorage, $0, $1) })
    let fromBytes = oracle(
      m: m, n: n, k: k, bias: bias, a: { Number(at(aBytes, aStorage, $0, $1)) }, b: { at(bValues, bStorage, $0, $1) })
    let packedBytes = oracle(
      m: m, n: n, k: k, bias: bias, a: { at(aValues, aStorage, $0, $1) }, b: { Number(at(bBytes, bStorage, $0, $1)) })

    let row = n + Int(random.next() % 3)
    let guardValue: Number = 12345
    for kernels in testedKernels {
      let panels = Region<Number>(count: Number.packedCount(kernels, outputs: n, inputs: k) + shift)
        .part(from: shift, count: Number.packedCount(kernels, outputs: n, inputs: k))
      let biasRegion = bias.map { region($0, shift: shift) }
      func expect(_ expected: [Number], _ what: String, _ product: (Matrix<Number>) -> Void) {
        let c = region([Number](repeating: guardValue, count: m * row), shift: shift)
        product(Matrix(c, rows: m, columns: n, rowStride: row))
        let all = c.array
        var found: [Number] = []
        for i in 0..<m {
          found += all[i * row..<i * row + n]
          #expect(all[i * row + n..<(i + 1) * row].allSatisfy { $0 == guardValue }, "wrote past row \(i)")
        }
        let wrong = firstDifference(found, expected)
        #expect(
          wrong == nil,
          """
          \(Number.self) \(what), \(kernels.instructionSet), m \(m), n \(n), k \(k), at \(wrong ?? 0): \
          \(wrong.map { "\(found[$0]), expected \(expected[$0])" } ?? "")
          """)
      }
      Number.pack(kernels, b, into: panels)
      expect(fromNumbers, "numbers") { Number.product(kernels, a, panels: panels, bias: biasRegion, into: $0) }
      expect(fromBytes, "bytes") { Number.product(kernels, aOfBytes, panels: panels, bias: biasRegion, into: $0) }
      Number.pack(kernels, bOfBytes, into: panels)
      expect(packedBytes, "packed bytes") { Number.product(kernels, a, panels: panels, bias: biasRegion, into: $0) }
    }
  }

  @Test(
    "every length of k around a block gives the oracle's bits",
    arguments: [0, 1, 2, 3, 7, 255, 256, 257, 511, 512, 513, 1000])
  func lengths(k: Int) {
    var random = RandomNumbers(seed: UInt64(k))
    Self.check(Float.self, m: 9, n: 17, k: k, hostile: false, random: &random)
    Self.check(Double.self, m: 9, n: 17, k: k, hostile: false, random: &random)
  }

  @Test("every number of rows and outputs around a tile gives the oracle's bits")
  func tiles() {
    var random = RandomNumbers(seed: 1)
    for m in [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 63, 64, 65] {
      for n in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 49] where m * n < 1200 {
        Self.check(Float.self, m: m, n: n, k: 5, hostile: false, random: &random)
        Self.check(Double.self, m: m, n: n, k: 3, hostile: false, random: &random)
      }
    }
  }

  @Test(
    "random shapes of numbers that break careless kernels give the oracle's bits", arguments: 0..<24 as Range<UInt64>)
  func hostile(seed: UInt64) {
    var random = RandomNumbers(seed: 1000 + seed)
    let (m, n) = (Int(random.next() % 20) + 1, Int(random.next() % 40) + 1)
    // Long chains of hostile numbers all end in NaN, so most are short.
    let k = Int(random.next() % (seed % 4 == 0 ? 300 : 12))
    Self.check(Float.self, m: m, n: n, k: k, hostile: true, random: &random)
    Self.check(Double.self, m: m, n: n, k: k, hostile: true, random: &random)
  }

  @Test("a row's sums do not depend on the rows beside it")
  func rowsAreIndependent() {
    var random = RandomNumbers(seed: 2)
    let (m, n, k) = (70, 35, 300)
    let values: [Float] = random.values(m * k)
    let weights: [Float] = random.values(n * k)
    for kernels in testedKernels {
      let panels = Region<Float>(count: Float.packedCount(kernels, outputs: n, inputs: k))
      Float.pack(kernels, Matrix(Self.region(weights, shift: 0), rows: n, columns: k), into: panels)
      let a = Matrix(Self.region(values, shift: 0), rows: m, columns: k)
      let whole = Matrix(Region<Float>(count: m * n), rows: m, columns: n)
      Float.product(kernels, a, panels: panels, bias: nil, into: whole)
      for range in [0..<1, 3..<8, 1..<70, 69..<70, 5..<5] {
        let part = Matrix(Region<Float>(count: range.count * n), rows: range.count, columns: n)
        Float.product(kernels, a.rows(range), panels: panels, bias: nil, into: part)
        #expect(part.region.array == Array(whole.region.array[range.lowerBound * n..<range.upperBound * n]))
      }
    }
  }

  @Test("packing lays out panels of lanes, zeros in the last one's rest")
  func packing() {
    var random = RandomNumbers(seed: 3)
    for kernels in testedKernels {
      for (n, k) in [(1, 1), (5, 3), (16, 7), (33, 2), (4, 0)] {
        let lanes = Float.packedCount(kernels, outputs: 1, inputs: 1)
        let values: [Float] = random.values(n * k)
        let count = Float.packedCount(kernels, outputs: n, inputs: k)
        #expect(count == (n + lanes - 1) / lanes * lanes * k)
        let panels = Self.region([Float](repeating: 9, count: count), shift: 1)
        Float.pack(kernels, Matrix(Self.region(values, shift: 1), rows: n, columns: k), into: panels)
        for panel in 0..<(n + lanes - 1) / lanes {
          for x in 0..<k {
            for lane in 0..<lanes {
              let j = panel * lanes + lane
              #expect(panels[(panel * k + x) * lanes + lane] == (j < n ? values[j * k + x] : 0))
            }
          }
        }
      }
    }
  }
}
