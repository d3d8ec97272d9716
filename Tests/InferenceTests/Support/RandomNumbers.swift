/// SplitMix64 (Steele, Lea and Flood, 2014): small, seeded, the same on every machine.
struct RandomNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// From -1 to 1.
  mutating func unit() -> Double { Double(Int64(bitPattern: next())) / 0x1p63 }

  /// Numbers around 1, mixed with everything that breaks careless kernels where `hostile`.
  mutating func values<Number: TestedNumber>(_ count: Int, hostile: Bool = false) -> [Number] {
    (0..<count).map { _ in
      if hostile, next() % 16 == 0 { return Number.hostile[Int(next() % UInt64(Number.hostile.count))] }
      return Number(unit())
    }
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
