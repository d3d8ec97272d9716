import CKernels

/// XXH64, seed 0, over bytes that are fed piece by piece.
struct Checksum {
  private var state = nnk_checksum()

  init() { unsafe nnk_checksum_begin(&state) }

  /// The checksum of the bytes so far.
  var value: UInt64 {
    var state = state
    return unsafe nnk_checksum_end(&state)
  }

  /// Feeds bytes.
  mutating func update(_ bytes: Region<UInt8>) { unsafe nnk_checksum_update(&state, bytes.base, bytes.count) }

  /// Feeds bytes, those of `masked` taken as the character "0".
  mutating func update(_ bytes: Region<UInt8>, masking masked: Range<Int>) {
    update(bytes.part(from: 0, count: masked.lowerBound))
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: masked.count)
    unsafe nnk_checksum_update(&state, zeros, zeros.count)
    update(bytes.part(from: masked.upperBound, count: bytes.count - masked.upperBound))
  }

  /// Feeds bytes and copies them.
  ///
  /// - Parameter target: memory for as many bytes, apart from these.
  mutating func update(_ bytes: Region<UInt8>, copyingInto target: UnsafeMutableRawPointer) {
    unsafe nnk_checksum_copy(&state, target, bytes.base, bytes.count)
  }
}

extension Region where Element == UInt8 {
  /// XXH64, seed 0, over these bytes with those of `masked` taken as the character "0".
  func checksum(masking masked: Range<Int>) -> UInt64 {
    var checksum = Checksum()
    checksum.update(self, masking: masked)
    return checksum.value
  }
}
