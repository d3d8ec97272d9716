/// Elements as byte planes: all first bytes, all second bytes, and so on.
enum Planes {
  /// The planes of elements, one after the other.
  static func split(_ bytes: Span<UInt8>, elementSize: Int) -> [UInt8] {
    let count = bytes.count / elementSize
    var planes = [UInt8](repeating: 0, count: count * elementSize)
    unsafe planes.withUnsafeMutableBufferPointer { planes in
      unsafe bytes.withUnsafeBufferPointer { bytes in
        if elementSize == 4 {
          guard let target = planes.baseAddress, let source = unsafe UnsafeRawPointer(bytes.baseAddress) else {
            return
          }
          unsafe split4(source, count, target)
        } else {
          for plane in 0..<elementSize {
            for index in 0..<count {
              unsafe planes[plane * count + index] = bytes[index * elementSize + plane]
            }
          }
        }
      }
    }
    return planes
  }

  /// Puts planes together into elements that take the place of those that are there, or with `difference` are combined with them
  /// by exclusive or.
  static func join(
    _ planes: Span<UInt8>, elementSize: Int, into output: inout MutableSpan<UInt8>, difference: Bool
  ) {
    let count = output.count / elementSize
    unsafe output.withUnsafeMutableBufferPointer { output in
      unsafe planes.withUnsafeBufferPointer { planes in
        if elementSize == 4 {
          guard let source = planes.baseAddress, let target = UnsafeMutableRawPointer(output.baseAddress)
          else { return }
          unsafe join4(source, count, target, difference: difference)
        } else {
          let kept: UInt8 = difference ? 0xff : 0
          for plane in 0..<elementSize {
            for index in 0..<count {
              let target = index * elementSize + plane
              unsafe output[target] = output[target] & kept ^ planes[plane * count + index]
            }
          }
        }
      }
    }
  }

  // The two loops that the compiler turns into vector instructions: whole elements in, a byte of each plane out, and back.

  private static func split4(_ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutablePointer<UInt8>) {
    let (first, second) = unsafe (target, target + count)
    let (third, fourth) = unsafe (target + 2 * count, target + 3 * count)
    for index in 0..<count {
      let element = unsafe source.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self).littleEndian
      unsafe first[index] = UInt8(truncatingIfNeeded: element)
      unsafe second[index] = UInt8(truncatingIfNeeded: element &>> 8)
      unsafe third[index] = UInt8(truncatingIfNeeded: element &>> 16)
      unsafe fourth[index] = UInt8(truncatingIfNeeded: element &>> 24)
    }
  }

  private static func join4(
    _ source: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutableRawPointer, difference: Bool
  ) {
    let (first, second) = unsafe (source, source + count)
    let (third, fourth) = unsafe (source + 2 * count, source + 3 * count)
    let kept: UInt32 = difference ? .max : 0
    for index in 0..<count {
      let low = unsafe UInt32(first[index]) | UInt32(second[index]) &<< 8
      let high = unsafe UInt32(third[index]) | UInt32(fourth[index]) &<< 8
      let before = unsafe target.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self)
      unsafe target.storeBytes(
        of: before & kept ^ (low | high &<< 16).littleEndian, toByteOffset: 4 &* index, as: UInt32.self)
    }
  }
}
