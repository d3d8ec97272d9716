internal import Inference

/// The random numbers of training: the same sequence for the same seed on every machine and in every release.
///
/// xoshiro256** 1.0 (D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021), its
/// state filled by SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014) as its authors recommend. Normals by the polar method
/// (G. Marsaglia and T. Bray, 1964) on the kernels' own logarithm; the only other operations are exact or correctly rounded.
package struct RandomNumbers: Sendable {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64
  private var spareNormal: Double?

  package init(seed: UInt64) {
    var mixer = SplitMix64(state: seed)
    self.init(state: (mixer.next(), mixer.next(), mixer.next(), mixer.next()))
  }

  /// A generator in a given state, which must not be all zeros.
  package init(state: (UInt64, UInt64, UInt64, UInt64)) {
    (s0, s1, s2, s3) = state
  }

  /// 64 uniform bits.
  package mutating func next() -> UInt64 {
    let product = s1 &* 5
    let result = (product << 7 | product >> 57) &* 9
    let shifted = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = s3 << 45 | s3 >> 19
    return result
  }

  /// Uniform in [0, 1): a multiple of 2⁻⁵³.
  package mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Uniform in [-1, 1): a multiple of 2⁻⁵².
  package mutating func symmetricUniform() -> Double {
    2 * uniform() - 1
  }

  /// Normal with mean 0 and standard deviation 1.
  package mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    while true {
      let u = symmetricUniform()
      let v = symmetricUniform()
      let square = u * u + v * v
      guard square < 1, square > 0 else { continue }
      let factor = (-2 * Kernels.naturalLogarithm(square) / square).squareRoot()
      spareNormal = v * factor
      return u * factor
    }
  }
}

/// The generator that fills another generator's state from one number.
package struct SplitMix64: Sendable {
  private var state: UInt64

  package init(state: UInt64) { self.state = state }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
