import Testing

@testable import Inference

/// Activations and costs on every instruction set of this machine, for equality of bits.
@Suite("Activations and costs have the same bits everywhere")
struct KernelActivationTests {
  private static func activated<Number: TestedNumber>(
    _ kernels: Kernels, _ activation: Activation, _ z: [Number], rows: Int, columns: Int, rowStride: Int
  ) -> [UInt64] {
    let region = KernelProductTests.region(z, shift: 1)
    Number.activate(kernels, activation, Matrix(region, rows: rows, columns: columns, rowStride: rowStride))
    return region.array.map(\.bits)
  }

  private static func check<Number: TestedNumber>(_ type: Number.Type, seed: UInt64) {
    var random = RandomNumbers(seed: seed)
    for columns in 1...19 {
      let rows = 3
      let rowStride = columns + Int(random.next() % 3)
      let factor: Number = [1, 30, 800][Int(random.next() % 3)]
      let values: [Number] = random.values(rows * rowStride, hostile: true)
      let z = values.map { $0.magnitude <= 1 ? $0 * factor : $0 }
      for activation in Activation.allCases {
        let portable = activated(
          testedKernels[0], activation, z, rows: rows, columns: columns, rowStride: rowStride)
        for kernels in testedKernels.dropFirst() {
          let found = activated(kernels, activation, z, rows: rows, columns: columns, rowStride: rowStride)
          #expect(found == portable, "\(Number.self) \(activation) on \(kernels.instructionSet), \(columns) columns")
        }
        for row in 0..<rows {
          for column in 0..<rowStride {
            let index = row * rowStride + column
            if column >= columns {
              #expect(portable[index] == z[index].bits, "\(activation) wrote past its row")
              continue
            }
            checkOne(activation, z[index], portable[index])
          }
        }
      }
      let labels = (0..<rows).map { _ in Int32(truncatingIfNeeded: random.next() % UInt64(max(columns, 2))) }
      let costs = testedKernels.map { kernels in
        let region = KernelProductTests.region(z, shift: 1)
        return Number.crossEntropy(
          kernels, Matrix(region, rows: rows, columns: columns, rowStride: rowStride),
          labels: KernelProductTests.region(labels, shift: 1))
      }
      for cost in costs { #expect(cost.isIdentical(to: costs[0]), "cost of \(columns) columns: \(costs)") }
    }
  }

  /// What can be said of one element without knowing its row.
  private static func checkOne<Number: TestedNumber>(_ activation: Activation, _ z: Number, _ found: UInt64) {
    // The canonical quiet NaN has the sign clear and one bit of its fraction set.
    let canonical =
      (Number(sign: .plus, exponentBitPattern: Number.infinity.exponentBitPattern, significandBitPattern: 0))
    let quiet = canonical.bits | (Number.self == Float.self ? 0x40_0000 : 0x8_0000_0000_0000)
    if z.isNaN {
      #expect(found == quiet, "\(activation) of a NaN")
      return
    }
    switch activation {
    case .linear: #expect(found == z.bits)
    case .relu: #expect(found == (z > 0 ? z : 0).bits)
    case .leakyRelu: #expect(found == (z > 0 ? z : z * Number(0.01)).bits)
    default: break
    }
  }

  @Test("Float: every activation and cost, odd widths, padded rows, hostile numbers", arguments: 0..<6 as Range<UInt64>)
  func floats(seed: UInt64) { Self.check(Float.self, seed: 100 + seed) }

  @Test(
    "Double: every activation and cost, odd widths, padded rows, hostile numbers", arguments: 0..<6 as Range<UInt64>)
  func doubles(seed: UInt64) { Self.check(Double.self, seed: 200 + seed) }

  @Test("a softmax row that holds a NaN or +∞ is NaN throughout, and its neighbours are not")
  func softmaxOfNaN() {
    for kernels in testedKernels {
      for bad in [Float.nan, .infinity] {
        for place in 0..<11 {
          var z = [Float](repeating: 1, count: 33)
          z[11 + place] = bad
          let region = KernelProductTests.region(z, shift: 0)
          Float.activate(kernels, .softmax, Matrix(region, rows: 3, columns: 11))
          #expect(region.array[11..<22].allSatisfy { $0.bitPattern == 0x7fc0_0000 })
          #expect(region.array[..<11].allSatisfy { $0 == 1.0 / 11 })
          #expect(region.array[22...].allSatisfy { $0 == 1.0 / 11 })
        }
      }
    }
  }

  @Test("a saturated output costs its distance, not log 0")
  func saturatedCost() {
    for kernels in testedKernels {
      func cost(_ z: [Float], columns: Int, label: Int32) -> Double {
        Float.crossEntropy(
          kernels, Matrix(KernelProductTests.region(z, shift: 0), rows: 1, columns: columns),
          labels: KernelProductTests.region([label], shift: 0))
      }
      #expect(cost([10_000], columns: 1, label: 0) == 10_000)
      #expect(cost([10_000], columns: 1, label: 1) == 0)
      #expect(cost([-10_000], columns: 1, label: 1) == 10_000)
      #expect(cost([10_000, -10_000], columns: 2, label: 1) == 20_000)
      #expect(cost([10_000, -10_000], columns: 2, label: 0) == 0)
      #expect(cost([.nan], columns: 1, label: 0).isNaN)
      #expect(cost([0, .nan], columns: 2, label: 0).isNaN)
      #expect(cost([.nan, 0], columns: 2, label: 0).isNaN)
    }
  }
}
