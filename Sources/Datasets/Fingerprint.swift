import Crypto
import Foundation
import Images

/// The SHA-256 of a labelled set's content.
enum Fingerprint {
  /// `sha256:` and 64 hexadecimal digits, over this sequence of bytes (numbers are unsigned, 64 bits, little-endian):
  /// - the ASCII characters `nnscore labelled set 1` and a line feed;
  /// - height, width, channels, the number of examples, the number of classes;
  /// - for each class name, in the order of their UTF-8 bytes: its number of bytes, its bytes in UTF-8;
  /// - for each example, its class as an index in that order;
  /// - all pixels, row-major.
  ///
  /// For labels and quantities the first line is `nnscore labelled set 2 labels` or `quantities`, and in place of the class stand each
  /// example's values in the order of the names, as 32-bit floats, little-endian; -0 as 0.
  ///
  /// So it does not depend on the file format or on the order in which classes are numbered, but on the order of examples.
  static func of(shape: ImageShape, classNames: [String], targets: LabelledSet.Targets, pixels: [UInt8])
    -> String
  {
    var hash = SHA256()
    func add(_ numbers: [Int]) {
      var bytes = [UInt8]()
      bytes.reserveCapacity(numbers.count * 8)
      for number in numbers {
        let digits = UInt64(number)
        for shift in stride(from: 0 as UInt64, to: 64, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: digits >> shift))
        }
      }
      hash.update(data: bytes)
    }
    let kind = targets.kind == .classes ? "1" : "2 \(targets.kind)"
    hash.update(data: Array("nnscore labelled set \(kind)\n".utf8))
    add([shape.height, shape.width, shape.channels, targets.count(classNames.count), classNames.count])
    let order = classNames.indices.sorted { classNames[$0].utf8.lexicographicallyPrecedes(classNames[$1].utf8) }
    var rank = [Int](repeating: 0, count: classNames.count)
    for (position, index) in order.enumerated() {
      rank[index] = position
      add([classNames[index].utf8.count])
      hash.update(data: Array(classNames[index].utf8))
    }
    switch targets {
    case .classes(let labels): add(labels.map { rank[$0] })
    case .labels(let values), .quantities(let values):
      for start in stride(from: 0, to: values.count, by: order.count) {
        var bytes = [UInt8]()
        for index in order {
          // -0 and 0 are the same number.
          let bits = (values[start + index] + 0).bitPattern
          for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
          }
        }
        hash.update(data: bytes)
      }
    }
    hash.update(data: pixels)
    let digits = Array("0123456789abcdef")
    return "sha256:" + String(hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
