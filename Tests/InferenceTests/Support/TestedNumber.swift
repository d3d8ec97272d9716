import Inference

/// What tests need of `Float` and `Double`, beside the kernels.
protocol TestedNumber: KernelElement {
  /// The bits, zero-extended.
  var bits: UInt64 { get }
  /// NaN, infinities, signed zeros, subnormal and extreme numbers.
  static var hostile: [Self] { get }
}

extension TestedNumber {
  /// Whether the bits are equal, or both are NaN of whatever payload.
  func isIdentical(to other: Self) -> Bool { bits == other.bits || (isNaN && other.isNaN) }

  fileprivate static var extremes: [Self] {
    let tiny = leastNonzeroMagnitude
    return [
      nan, -nan, signalingNaN, infinity, -infinity, 0, -0.0, tiny, -tiny, leastNormalMagnitude, -leastNormalMagnitude,
      leastNormalMagnitude - tiny, greatestFiniteMagnitude, -greatestFiniteMagnitude, 1, -1, Self(10_000),
      Self(-10_000),
      ulpOfOne, 1 + ulpOfOne,
    ]
  }
}

extension Float: TestedNumber {
  var bits: UInt64 { UInt64(bitPattern) }
  static var hostile: [Float] { extremes }
}

extension Double: TestedNumber {
  var bits: UInt64 { bitPattern }
  static var hostile: [Double] { extremes }
}

/// The index of the first difference in bits, NaN equal to NaN, or nil.
func firstDifference<Number: TestedNumber>(_ a: [Number], _ b: [Number]) -> Int? {
  guard a.count == b.count else { return min(a.count, b.count) }
  return a.indices.first { !a[$0].isIdentical(to: b[$0]) }
}

/// The kernels of this machine; the portable ones first.
let testedKernels: [Kernels] = InstructionSet.allCases.compactMap { Kernels($0) }
