import Testing

@testable import Inference

/// The kernel that needs no instruction set of its own, against its formula in Swift, to the bit.
@Suite("The input format folded into a layer")
struct KernelFoldTests {
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
  }

  @Test("folding scale and offset into a layer follows its formula")
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
}
