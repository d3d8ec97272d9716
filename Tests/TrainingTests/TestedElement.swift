import Inference
import Training

/// What tests of kernels need of `Float` and `Double`.
protocol TestedElement: TrainingElement {
  /// The bits, zero-extended.
  var bits: UInt64 { get }
}

extension Float: TestedElement {
  var bits: UInt64 { UInt64(bitPattern) }
}

extension Double: TestedElement {
  var bits: UInt64 { bitPattern }
}

extension TestedElement {
  /// NaN, infinities, signed zeros, subnormal and extreme numbers.
  static var hostile: [Self] {
    let tiny = leastNonzeroMagnitude
    return [
      nan, -nan, signalingNaN, infinity, -infinity, 0, -0.0, tiny, -tiny, leastNormalMagnitude, -leastNormalMagnitude,
      leastNormalMagnitude - tiny, greatestFiniteMagnitude, -greatestFiniteMagnitude, 1, -1, Self(10_000),
      Self(-10_000), ulpOfOne, 1 + ulpOfOne,
    ]
  }

  /// Whether the bits are equal, or both are NaN of whatever payload.
  func isIdentical(to other: Self) -> Bool { bits == other.bits || (isNaN && other.isNaN) }
}

/// The index of the first difference in bits, NaN equal to NaN, or nil.
func firstDifference<Element: TestedElement>(_ a: [Element], _ b: [Element]) -> Int? {
  guard a.count == b.count else { return min(a.count, b.count) }
  return a.indices.first { !a[$0].isIdentical(to: b[$0]) }
}

extension RandomNumbers {
  /// Numbers from -1 to 1, mixed with everything that breaks careless kernels where `hostile`.
  mutating func values<Element: TestedElement>(_ count: Int, hostile: Bool = false) -> [Element] {
    let extremes = Element.hostile
    return (0..<count).map { _ in
      hostile && below(16) == 0 ? extremes[below(extremes.count)] : Element(symmetricUniform())
    }
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 32) }
  }
}

/// A region amid memory that nothing may write, at any alignment.
struct GuardedRegion<Element: TestedElement> {
  let region: Region<Element>
  private let whole: Region<Element>
  private static var guardValue: Element { 12345 }

  /// - Parameter shift: the elements by which it is off an aligned address.
  init(_ values: [Element], shift: Int) {
    whole = Region(count: values.count + shift + 32)
    for index in 0..<whole.count { whole[index] = Self.guardValue }
    region = whole.part(from: shift, count: values.count)
    region.copy(from: values)
  }

  init(count: Int, shift: Int) { self.init([Element](repeating: Self.guardValue, count: count), shift: shift) }

  /// Whether the memory around it is as it was.
  var isIntact: Bool {
    let all = whole.array
    let shift = whole.count - 32 - region.count
    return (all[..<shift] + all[(shift + region.count)...]).allSatisfy { $0 == Self.guardValue }
  }
}

/// Kernels under test with numbers at random, and what holds their results against an oracle.
struct KernelCheck<Element: TestedElement> {
  let kernels: Kernels
  let shift: Int
  var lanes: Int { Element.lanes(kernels) }

  func region(_ values: [Element]) -> Region<Element> { GuardedRegion(values, shift: shift).region }

  var scratch: Region<Element> {
    Region(count: trainingScratchCount + shift).part(from: shift, count: trainingScratchCount)
  }

  /// The panels of rows of examples [m, n], by the layout that nntraining.h describes; NaN in lanes that are not filled.
  func panels(_ examples: [Element], m: Int, n: Int) -> Region<Element> {
    let result = GuardedRegion<Element>(count: panelCount(m: m, n: n), shift: shift).region
    for index in 0..<result.count { result[index] = .nan }
    for i in 0..<m { for u in 0..<n { result[place(i, u, n)] = examples[i * n + u] } }
    return result
  }

  func panelCount(m: Int, n: Int) -> Int { (m + lanes - 1) / lanes * lanes * n }

  /// The element of example i and unit u.
  func place(_ i: Int, _ u: Int, _ n: Int) -> Int { (i / lanes * n + u) * lanes + i % lanes }

  /// Rows of examples [m, n] from panels.
  func examples(_ panels: [Element], m: Int, n: Int) -> [Element] {
    (0..<m).flatMap { i in (0..<n).map { panels[place(i, $0, n)] } }
  }

  /// Runs a kernel that writes panels, and gives their examples.
  func output(m: Int, n: Int, _ body: (Region<Element>) -> Void) -> (values: [Element], isIntact: Bool) {
    let c = GuardedRegion<Element>(count: panelCount(m: m, n: n), shift: shift)
    body(c.region)
    return (examples(c.region.array, m: m, n: n), c.isIntact)
  }
}
