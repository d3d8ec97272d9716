/// Numbers as the bytes that the store and model files hold, least significant first.
enum LittleEndian {
  /// Four bytes a number.
  static func bytes(of values: [Float]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 4 * values.count)
    var span = result.mutableSpan
    var index = 0
    for value in values {
      let bits = value.bitPattern
      span[index] = UInt8(truncatingIfNeeded: bits)
      span[index + 1] = UInt8(truncatingIfNeeded: bits >> 8)
      span[index + 2] = UInt8(truncatingIfNeeded: bits >> 16)
      span[index + 3] = UInt8(truncatingIfNeeded: bits >> 24)
      index += 4
    }
    return result
  }

  /// Eight bytes a number.
  static func bytes(of values: [Double]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(8 * values.count)
    for value in values {
      for shift in stride(from: 0, to: 64, by: 8) {
        result.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(shift)))
      }
    }
    return result
  }

  /// The numbers of four bytes each; bytes left over are not read.
  static func floats(_ bytes: Span<UInt8>) -> [Float] {
    let count = bytes.count / 4
    var result = [Float](repeating: 0, count: count)
    var span = result.mutableSpan
    for index in 0..<count {
      let start = 4 * index
      let low = UInt32(bytes[start]) | UInt32(bytes[start + 1]) << 8
      let high = UInt32(bytes[start + 2]) | UInt32(bytes[start + 3]) << 8
      span[index] = Float(bitPattern: low | high << 16)
    }
    return result
  }

  /// The numbers of eight bytes each; bytes left over are not read.
  static func doubles(_ bytes: Span<UInt8>) -> [Double] {
    (0..<bytes.count / 8).map { index in
      Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(bytes[8 * index + $1]) << UInt64(8 * $1) })
    }
  }
}
