/// Numbers as the bytes that the store and model files hold, least significant first.
enum LittleEndian {
  /// Bytes, or numbers that stay where they are and are taken as their bytes.
  enum Bytes: Sendable {
    case bytes([UInt8])
    case floats([Float])

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .floats(let floats): 4 * floats.count
      }
    }

    func withSpan<Result, Failure>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
      switch self {
      case .bytes(let bytes): return try body(bytes.span)
      case .floats(let floats):
        #if _endian(big)
          return try body(LittleEndian.bytes(of: floats).span)
        #else
          return unsafe try body(Span<UInt8>(_bytes: floats.span.bytes))
        #endif
      }
    }
  }

  /// Four bytes a number.
  static func bytes(of values: [Float]) -> [UInt8] {
    var arrays = [values]
    swapIfNeeded(&arrays)
    return unsafe arrays[0].withUnsafeBytes { unsafe Array($0) }
  }

  /// Makes numbers of what has the least significant byte first, and back: nothing to do but on a machine of the other order.
  static func swapIfNeeded(_ arrays: inout [[Float]]) {
    #if _endian(big)
      for array in arrays.indices {
        for index in arrays[array].indices {
          arrays[array][index] = Float(bitPattern: arrays[array][index].bitPattern.byteSwapped)
        }
      }
    #endif
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
