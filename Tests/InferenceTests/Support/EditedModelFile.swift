import Foundation

@testable import Inference

/// A model file that is taken apart, changed and put together again with a checksum that is right, so that a test meets the
/// rule it means and not the checksum.
struct EditedModelFile {
  var header: String
  var data: [UInt8]
  /// What stands in the first eight bytes, if not the header's length.
  var statedLength: UInt64?
  var fixesChecksum = true

  init(_ model: Model) {
    let file = ModelFile.encode(model)
    let length = Int(file[0]) | Int(file[1]) << 8 | Int(file[2]) << 16
    header = String(decoding: file[8..<8 + length], as: UTF8.self)
    data = Array(file[(8 + length)...])
  }

  /// Replaces a part of the header that must be there.
  mutating func replace(_ part: String, _ replacement: String) {
    precondition(header.contains(part), "no \(part) in \(header)")
    header = header.replacingOccurrences(of: part, with: replacement)
  }

  var bytes: [UInt8] { bytes(header: Array(header.utf8)) }

  func bytes(header: [UInt8]) -> [UInt8] {
    var file = [statedLength ?? UInt64(header.count)].littleEndianBytes + header + data
    let marker = Array("\"nnscore.checksum\":\"xxh64:".utf8)
    guard fixesChecksum, let start = file.firstIndex(of: marker), start + marker.count + 16 <= file.count else {
      return file
    }
    let digits = start + marker.count..<start + marker.count + 16
    let checksum = ModelFile.hexadecimal(file.span.withRegion { $0.checksum(masking: digits) })
    file.replaceSubrange(digits, with: checksum)
    return file
  }
}

extension [UInt8] {
  /// Where `part` begins, or nil.
  fileprivate func firstIndex(of part: [UInt8]) -> Int? {
    Data(self).range(of: Data(part))?.lowerBound
  }
}
