/// The checksum at the end of a zlib stream (RFC 1950).
enum Adler32 {
  private static let modulus: UInt32 = 65521
  private static let lanes = 16

  /// The checksum of bytes.
  ///
  /// Sixteen lanes take every sixteenth byte each: `sums` adds up their bytes, `weighted` adds up `sums` after each step. From these
  /// follow both sums of the definition, as byte j of a run of n counts n − j times in the second.
  static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
    var first: UInt32 = 1
    var second: UInt32 = 0
    let bytes = unsafe bytes.bytes
    var start = 0
    // A lane of `weighted` is at most 255 × 22 × 23 / 2 after 22 steps, which 16 bits hold.
    let stepsAtMost = 22
    while bytes.byteCount - start >= lanes {
      let steps = min((bytes.byteCount - start) / lanes, stepsAtMost)
      var sums = SIMD16<UInt16>()
      var weighted = SIMD16<UInt16>()
      for step in 0..<steps {
        let block = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start + lanes * step, as: SIMD16<UInt8>.self)
        sums &+= SIMD16<UInt16>(truncatingIfNeeded: block)
        weighted &+= sums
      }
      var sum: UInt32 = 0
      var weightedSum: UInt32 = 0
      var laneSum: UInt32 = 0
      for lane in 0..<lanes {
        sum += UInt32(sums[lane])
        weightedSum += UInt32(weighted[lane])
        laneSum += UInt32(lane) * UInt32(sums[lane])
      }
      let count = UInt32(steps * lanes)
      second = (second + count * first + UInt32(lanes) * weightedSum - laneSum) % modulus
      first = (first + sum) % modulus
      start += Int(count)
    }
    while start < bytes.byteCount {
      first = (first + UInt32(unsafe bytes.unsafeLoad(fromByteOffset: start, as: UInt8.self))) % modulus
      second = (second + first) % modulus
      start += 1
    }
    return second << 16 | first
  }
}
