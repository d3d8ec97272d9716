/// Numbers as the bytes that the store and model files hold, least significant first.
enum LittleEndian {
  /// Four bytes a number.
  static func bytes(of values: [Float]) -> [UInt8] {
    var values = values
    reverseBytesIfNeeded(&values)
    return unsafe values.withUnsafeBytes { unsafe Array($0) }
  }

  /// Hands over numbers as their bytes, to be written.
  static func withBytes<Result>(
    of values: inout [Float], _ body: (inout MutableSpan<UInt8>) throws -> Result
  ) rethrows -> Result {
    defer { reverseBytesIfNeeded(&values) }
    return unsafe try values.withUnsafeMutableBytes { bytes in
      var span = unsafe bytes.bindMemory(to: UInt8.self).mutableSpan
      return try body(&span)
    }
  }

  /// On a machine that has the most significant byte first.
  private static func reverseBytesIfNeeded(_ values: inout [Float]) {
    #if _endian(big)
      for index in values.indices { values[index] = Float(bitPattern: values[index].bitPattern.byteSwapped) }
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
