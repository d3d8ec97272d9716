import Inference

/// Numbers as the bytes that the store and model files hold, least significant first.
enum LittleEndian {
  /// Bytes, or numbers that stay where they are and are taken as their bytes.
  enum Bytes: Sendable {
    case bytes([UInt8])
    case floats([Float])
    case signedBytes([Int8])

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .signedBytes(let bytes): bytes.count
      case .floats(let floats): 4 * floats.count
      }
    }

    func withSpan<Result, Failure>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
      switch self {
      case .bytes(let bytes): return try body(bytes.span)
      case .signedBytes(let bytes): return unsafe try body(Span<UInt8>(_bytes: bytes.span.bytes))
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

extension ModelParameters {
  /// The bytes of each tensor, in the order of ``LayerTensor/all(of:_:)``.
  var tensorBytes: [LittleEndian.Bytes] {
    switch self {
    case .float32(let parameters):
      parameters.layers.flatMap { [.floats($0.weight), .floats($0.bias)] }
    case .int8(let parameters):
      parameters.layers.flatMap {
        [
          .signedBytes($0.weight), .floats($0.weightScale), .floats($0.bias), .floats([$0.inputScale]),
          .bytes([$0.inputZeroPoint]),
        ]
      }
    }
  }
}

/// A number that tensors in the store are made of.
protocol StoredNumber: BitwiseCopyable {
  /// The type's name in the table `tensors`.
  static var dtype: String { get }
  /// Makes numbers of what has the least significant byte first; see ``LittleEndian``.
  static func swapIfNeeded(_ arrays: inout [[Self]])
}

extension Float: StoredNumber {
  static var dtype: String { "F32" }
  static func swapIfNeeded(_ arrays: inout [[Float]]) { LittleEndian.swapIfNeeded(&arrays) }
}

extension Int8: StoredNumber {
  static var dtype: String { "I8" }
  static func swapIfNeeded(_ arrays: inout [[Int8]]) {}
}

extension UInt8: StoredNumber {
  static var dtype: String { "U8" }
  static func swapIfNeeded(_ arrays: inout [[UInt8]]) {}
}
