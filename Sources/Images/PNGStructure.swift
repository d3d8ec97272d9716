/// What a PNG file says of itself before any pixel is decoded, from a walk over its chunks.
///
/// The walk refuses what libpng's simplified reading would not notice or would notice only after allocating: a file that
/// ends before its IEND chunk, and one whose compressed data cannot hold its pixels. Format: W3C, PNG (third edition), 5.
struct PNGStructure: Equatable {
  private(set) var width = 0
  private(set) var height = 0
  private(set) var bitDepth = 0
  private(set) var colourType = 0
  private(set) var isInterlaced = false
  private(set) var hasTransparency = false
  private(set) var orientation = ImageOrientation.up
  private(set) var compressedBytes = 0

  var isGrey: Bool { colourType == 0 || colourType == 4 }

  /// Values of a decoded pixel, 1 to 4.
  var channels: Int {
    let hasAlpha = hasTransparency || colourType == 4 || colourType == 6
    return (isGrey ? 1 : 3) + (hasAlpha ? 1 : 0)
  }

  private var bitsPerPixel: Int {
    switch colourType {
    case 2: 3 * bitDepth
    case 4: 2 * bitDepth
    case 6: 4 * bitDepth
    default: bitDepth
    }
  }

  /// Walks over the chunks of a file that begins with the PNG signature.
  ///
  /// - Parameter wholeFile: False to stop at the first image data, for a beginning of a file.
  init(_ bytes: [UInt8], name: String, wholeFile: Bool = true) throws(ImageError) {
    var offset = 8
    var index = 0
    while true {
      guard bytes.count - offset >= 12 else {
        throw Self.corrupt(name, "ends after byte \(bytes.count), before its IEND chunk: it was cut short")
      }
      let length = Int(bytes.bigEndian32(at: offset))
      let type = String(decoding: bytes[(offset + 4)..<(offset + 8)], as: UTF8.self)
      if index == 0 && (type != "IHDR" || length != 13) {
        throw Self.corrupt(name, "was expected to begin with an IHDR chunk of 13 bytes")
      }
      if !wholeFile && type == "IDAT" { return }
      guard length <= bytes.count - offset - 12 else {
        throw Self.corrupt(
          name,
          "has a chunk at byte \(offset) of \(length) bytes, but only \(bytes.count - offset - 12) are left: "
            + "it was cut short or damaged")
      }
      let data = (offset + 8)..<(offset + 8 + length)
      switch type {
      case "IHDR": try readHeader(bytes, at: data.lowerBound, name: name)
      case "tRNS": hasTransparency = true
      case "eXIf" where compressedBytes == 0: orientation = ImageOrientation(exif: bytes[data])
      case "IDAT": compressedBytes += length
      case "IEND": return
      default: break
      }
      offset = data.upperBound + 4
      index += 1
    }
  }

  private mutating func readHeader(_ bytes: [UInt8], at offset: Int, name: String) throws(ImageError) {
    width = Int(bytes.bigEndian32(at: offset))
    height = Int(bytes.bigEndian32(at: offset + 4))
    bitDepth = Int(bytes[offset + 8])
    colourType = Int(bytes[offset + 9])
    isInterlaced = bytes[offset + 12] != 0
    let allowedDepths: [Int: [Int]] = [
      0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16],
    ]
    guard (1...0x7FFF_FFFF).contains(width), (1...0x7FFF_FFFF).contains(height) else {
      throw Self.corrupt(name, "says that it is \(width)×\(height) pixels")
    }
    guard allowedDepths[colourType]?.contains(bitDepth) == true else {
      throw Self.corrupt(name, "has colour type \(colourType) with bit depth \(bitDepth), which do not go together")
    }
  }

  /// Refuses a whole file whose image data cannot hold its pixels.
  ///
  /// Deflate packs at most 1032 bytes into one (RFC 1951: 258 bytes for two bits).
  func checkCompressedSize(name: String) throws(ImageError) {
    let (bits, overflow) = width.multipliedReportingOverflow(by: height * bitsPerPixel)
    if overflow || bits / 8 > (compressedBytes + 1) * 1032 {
      throw Self.corrupt(
        name, "has \(compressedBytes) bytes of image data, which cannot hold \(width)×\(height) pixels")
    }
  }

  private static func corrupt(_ name: String, _ what: String) -> ImageError {
    ImageError(code: .corrupt, message: "\(name): the PNG file \(what). Copy or download it again.")
  }
}

extension [UInt8] {
  /// The four bytes at an offset that the caller has checked, as one number.
  func bigEndian32(at offset: Int) -> UInt32 {
    UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16 | UInt32(self[offset + 2]) << 8
      | UInt32(self[offset + 3])
  }

  /// The two bytes at an offset that the caller has checked, as one number.
  func bigEndian16(at offset: Int) -> Int {
    Int(self[offset]) << 8 | Int(self[offset + 1])
  }
}
