import Inference
import Testing
import Training

extension TrainingKernelTests {
  /// Rows of bytes [m, k] in which a part of the columns has zeros only.
  private func rows(m: Int, k: Int, used: Double, _ random: inout RandomNumbers) -> [UInt8] {
    let isUsed = (0..<k).map { _ in random.uniform() < used }
    // Few bytes are 0, so that a used column has others; runs of columns are longer where few change.
    let length = 1 + random.below(9)
    return random.bytes(m * k).enumerated().map { place, value in isUsed[place % k / length] ? max(value, 1) : 0 }
  }

  private func columns<Element: TestedElement>(_ type: Element.Type, _ random: inout RandomNumbers) {
    for (m, n, k) in Self.shapes where k > 0 {
      let bytes = rows(m: m, k: k, used: [0, 0.1, 0.5, 0.9, 1][random.below(5)], &random)
      // Signed zeros and subnormal numbers too.
      func finite(_ count: Int) -> [Element] { random.values(count, hostile: true).map { $0.isFinite ? $0 : -0.0 } }
      let weights = finite(n * k)
      let bias = finite(n)
      let partial = finite(n * k)
      let deltas = finite(n * m)
      let scale = [0.25, 0.5, 0.125]
      let offset = random.below(2) == 0 ? [0, 0, 0] : [0.5, 2, 1]
      let channels = offset[0] == 0 ? 1 : 3
      let shape = "m \(m), n \(n), k \(k)"

      let (found, places) = find(bytes, m: m, k: k)
      let isUsed = (0..<k).map { x in (0..<m).contains { bytes[$0 * k + x] > 0 } }
      #expect(places == places.sorted() && Set(places).count == places.count, "\(shape)")
      #expect(Set(places).isSuperset(of: (0..<k).filter { isUsed[$0] }), "\(shape)")
      // What is taken besides are the first and gaps of fewer than 4.
      for x in places.dropFirst() where !isUsed[x] {
        #expect(isUsed[max(0, x - 3)..<min(k, x + 4)].contains(true) || x < 4, "\(shape), column \(x)")
      }

      let taken = GuardedBytes(count: m * found.count)
      found.take(
        of: Matrix(region(bytes), rows: m, columns: k), into: Matrix(taken.region, rows: m, columns: found.count))
      #expect(taken.region.array == (0..<m).flatMap { i in places.map { bytes[i * k + $0] } }, "\(shape)")
      #expect(taken.isIntact, "\(shape)")

      for check in checks(type, &random) {
        let all = check.panels(bytes.map { Element($0) }, m: m, n: k)
        let some = check.panels(taken.region.array.map { Element($0) }, m: m, n: found.count)
        let matrix = Matrix(check.region(weights), rows: n, columns: k)
        func panels(_ region: Region<Element>) -> Panels<Element> { Panels(region, units: n) }
        let (expected, _) = check.output(m: m, n: n) {
          Element.product(check.kernels, examples: m, matrix, all, bias: check.region(bias), into: panels($0))
        }
        let product = check.output(m: m, n: n) {
          Element.product(
            check.kernels, examples: m, matrix, some, of: found, bias: check.region(bias), into: panels($0))
        }
        expect(product, expected, "product of columns, \(shape)", check)

        // The gradient of rows that lie apart, between which nothing is written.
        let apart = GuardedRegion(partial, shift: check.shift)
        Element.weightGradient(
          check.kernels, delta: Matrix(check.region(deltas), rows: n, columns: m),
          Matrix(taken.region, rows: m, columns: found.count), arrangedLines: nil, columns: 0..<found.count,
          into: Matrix(apart.region, rows: n, columns: found.count, rowStride: k), begins: true, scratch: check.scratch)
        var sums = partial
        for j in 0..<n {
          for place in 0..<found.count {
            var sum: Element = 0
            for i in 0..<m { sum.addProduct(deltas[j * m + i], Element(taken.region[i * found.count + place])) }
            sums[j * k + place] = 0 + sum
          }
        }
        expect((apart.region.array, apart.isIntact), sums, "weight gradient of columns, \(shape)", check)

        // The columns' gradient lies at the beginning of each row; elsewhere it is 0.
        var whole = [Element](repeating: 0, count: n * k)
        for j in 0..<n { for (place, x) in places.enumerated() { whole[j * k + x] = partial[j * k + place] } }
        let unfolded = check.region(whole)
        Element.unfold(
          check.kernels, Matrix(unfolded, rows: n, columns: k), columns: 0..<k, biasGradient: check.region(bias),
          scale: [Double](scale.prefix(channels)), offset: [Double](offset.prefix(channels)))
        let gradient = GuardedRegion(partial, shift: check.shift)
        let row = GuardedRegion<Element>(count: k + UsedColumns.slack, shift: check.shift)
        Element.unfold(
          check.kernels, Matrix(gradient.region, rows: n, columns: k), of: found, biasGradient: check.region(bias),
          scale: [Double](scale.prefix(channels)), offset: [Double](offset.prefix(channels)), memory: row.region)
        expect((gradient.region.array, gradient.isIntact), unfolded.array, "unfold of columns, \(shape)", check)
        #expect(row.isIntact, "\(shape)")
      }
    }
  }

  /// The columns that rows use, found in memory beside which nothing may be written, and their places.
  private func find(_ bytes: [UInt8], m: Int, k: Int) -> (UsedColumns, [Int]) {
    let count = UsedColumns.memory(columns: k)
    let memory = Region<UInt32>(count: count + 8)
    for index in 0..<memory.count { memory[index] = 0xA5A5_A5A5 }
    let found = UsedColumns(
      of: Matrix(region(bytes), rows: m, columns: k), memory: memory.part(from: 4, count: count))
    let all = memory.array
    #expect((all.prefix(4) + all.suffix(4)).allSatisfy { $0 == 0xA5A5_A5A5 }, "m \(m), k \(k)")
    return (found, all[4..<4 + found.count].map { Int($0) })
  }

  @Test("As many runs of columns as there can be have memory")
  func mostRuns() {
    for k in 1...600 {
      let (found, places) = find((0..<k).map { $0 % 5 == 0 ? 1 : 0 }, m: 1, k: k)
      #expect(places == (0..<k).filter { $0 % 5 == 0 } && found.all == k)
    }
  }

  private func region(_ bytes: [UInt8]) -> Region<UInt8> {
    let region = Region<UInt8>(count: bytes.count)
    region.copy(from: bytes)
    return region
  }

  @Test("Products and gradients of the columns that are not all 0 are those of all columns")
  func columns() {
    var random = RandomNumbers(seed: 14)
    columns(Float.self, &random)
    columns(Double.self, &random)
  }
}

/// Bytes amid memory that nothing may write.
private struct GuardedBytes {
  let region: Region<UInt8>
  private let whole: Region<UInt8>

  init(count: Int) {
    whole = Region(count: count + 64)
    for index in 0..<whole.count { whole[index] = 0xA5 }
    region = whole.part(from: 32, count: count)
  }

  var isIntact: Bool {
    let all = whole.array
    return (all.prefix(32) + all.suffix(32)).allSatisfy { $0 == 0xA5 }
  }
}
