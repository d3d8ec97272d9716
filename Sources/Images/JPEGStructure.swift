/// What a JPEG file says of itself before any pixel is decoded, from a walk over its markers (ITU-T T.81, annex B).
struct JPEGStructure: Equatable {
  private(set) var width = 0
  private(set) var height = 0
  private(set) var components = 0
  private(set) var orientation = ImageOrientation.up

  /// Walks from the start of image to the first scan.
  ///
  /// - Returns: nil where the bytes end, or stop making sense, before the first scan.
  init?(_ bytes: [UInt8]) {
    var offset = 2
    var hasFrame = false
    var hasOrientation = false
    while true {
      guard offset < bytes.count, bytes[offset] == 0xFF else { return nil }
      while offset < bytes.count, bytes[offset] == 0xFF { offset += 1 }
      guard offset + 2 < bytes.count else { return nil }
      let marker = bytes[offset]
      offset += 1
      // Those that stand alone: RST and TEM, which mean nothing here.
      if marker == 0x01 || (0xD0...0xD7).contains(marker) { continue }
      var length = bytes.bigEndian16(at: offset)
      // APP, COM and DNL too short for their own length have nothing in them: so libjpeg takes them, without a warning.
      if length < 2 && ((0xE0...0xEF).contains(marker) || marker == 0xFE || marker == 0xDC) { length = 2 }
      if marker == 0xDA {
        if hasFrame, width > 0, height > 0 { return }
        return nil
      }
      guard length >= 2, length <= bytes.count - offset else { return nil }
      let segment = (offset + 2)..<(offset + length)
      switch marker {
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        guard segment.count >= 6 else { return nil }
        height = bytes.bigEndian16(at: segment.lowerBound + 1)
        width = bytes.bigEndian16(at: segment.lowerBound + 3)
        components = Int(bytes[segment.lowerBound + 5])
        hasFrame = true
      case 0xE1 where !hasOrientation && bytes[segment].starts(with: Array("Exif\0\0".utf8)):
        orientation = ImageOrientation(exif: bytes[segment].dropFirst(6))
        hasOrientation = true
      case 0xD9:
        return nil
      default:
        break
      }
      offset = segment.upperBound
    }
  }
}
