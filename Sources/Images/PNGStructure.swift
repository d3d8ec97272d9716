/// What a PNG file says of itself before any pixel is decoded, from a walk over its chunks.
///
/// The walk refuses what libpng's simplified reading would not notice or would notice only after allocating: a file that
/// ends before its IEND chunk, and one whose compressed data cannot hold its pixels. Format: W3C, PNG (third edition), 5.
struct PNGStructure: Equatable {
  /// A chunk's type: its four letters as a number, big-endian.
  struct ChunkType: Equatable {
    let code: UInt32

    static let header = ChunkType("IHDR")
    static let imageData = ChunkType("IDAT")
    static let end = ChunkType("IEND")
    static let transparency = ChunkType("tRNS")
    static let exif = ChunkType("eXIf")
    static let gamma = ChunkType("gAMA")
    /// Those that change no pixel.
    static let silent = ["tEXt", "zTXt", "iTXt", "pHYs", "tIME", "eXIf", "sRGB", "IDAT", "IEND"].map(ChunkType.init)

    init(code: UInt32) { self.code = code }

    private init(_ letters: String) { code = letters.utf8.reduce(0) { $0 << 8 | UInt32($1) } }
  }

  /// Where a chunk's data lie in the file.
  struct Chunk: Equatable {
    let type: ChunkType
    let data: Range<Int>
  }

  /// The gAMA of pictures in sRGB: 1/2.2 in units of 1/100000.
  private static let gammaOfSRGB: UInt32 = 45_455
  /// Files of more chunks are not plain: nothing is remembered of so many.
  private static let maximumPlainChunks = 1 << 16

  private(set) var width = 0
  private(set) var height = 0
  private(set) var bitDepth = 0
  private(set) var colourType = 0
  private(set) var isInterlaced = false
  private(set) var hasTransparency = false
  private(set) var orientation = ImageOrientation.up
  private(set) var compressedBytes = 0
  /// Whether the samples are the picture as they are: 8 bits, grey or colour, not interlaced, and no chunk that changes them.
  private(set) var isPlain = false
  /// All chunks of a plain file.
  private(set) var chunks: [Chunk] = []

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
      let type = ChunkType(code: bytes.bigEndian32(at: offset + 4))
      if index == 0 && (type != .header || length != 13) {
        throw Self.corrupt(name, "was expected to begin with an IHDR chunk of 13 bytes")
      }
      // One of fewer bytes than the first would be read past its end, perhaps past that of the file.
      if index > 0 && type == .header {
        throw Self.corrupt(name, "has a second IHDR chunk at byte \(offset), expected one: it was damaged")
      }
      if !wholeFile && type == .imageData { return }
      guard length <= bytes.count - offset - 12 else {
        throw Self.corrupt(
          name,
          "has a chunk at byte \(offset) of \(length) bytes, but only \(bytes.count - offset - 12) are left: "
            + "it was cut short or damaged")
      }
      let data = (offset + 8)..<(offset + 8 + length)
      switch type {
      case .header: try readHeader(bytes, at: data.lowerBound, name: name)
      case .transparency where compressedBytes == 0: hasTransparency = true
      case .exif where compressedBytes == 0: orientation = ImageOrientation(exif: bytes[data])
      case .imageData: compressedBytes += length
      default: break
      }
      note(Chunk(type: type, data: data), isFirst: index == 0, in: bytes)
      if type == .end { return }
      offset = data.upperBound + 4
      index += 1
    }
  }

  /// Keeps a chunk of a file that is plain so far, unless it ends that.
  private mutating func note(_ chunk: Chunk, isFirst: Bool, in bytes: [UInt8]) {
    if isFirst {
      isPlain =
        bitDepth == 8 && colourType != 3
        && bytes[chunk.data.lowerBound + 10..<chunk.data.upperBound].allSatisfy { $0 == 0 }
    }
    guard isPlain else { return }
    let isSilent =
      isFirst || ChunkType.silent.contains(chunk.type)
      || chunk.type == .gamma && chunk.data.count == 4
        && bytes.bigEndian32(at: chunk.data.lowerBound) == Self.gammaOfSRGB
    let isScattered =
      chunk.type == .imageData && chunks.last?.type != .imageData && chunks.contains { $0.type == .imageData }
    isPlain = isSilent && !isScattered && chunks.count < Self.maximumPlainChunks
    if isPlain { chunks.append(chunk) } else { chunks = [] }
  }

  private mutating func readHeader(_ bytes: [UInt8], at offset: Int, name: String) throws(ImageError) {
    width = Int(bytes.bigEndian32(at: offset))
    height = Int(bytes.bigEndian32(at: offset + 4))
    bitDepth = Int(bytes[offset + 8])
    colourType = Int(bytes[offset + 9])
    isInterlaced = bytes[offset + 12] != 0
    let depths: ClosedRange<Int>? =
      switch colourType {
      case 0: 1...16
      case 3: 1...8
      case 2, 4, 6: 8...16
      default: nil
      }
    guard (1...0x7FFF_FFFF).contains(width), (1...0x7FFF_FFFF).contains(height) else {
      throw Self.corrupt(name, "says that it is \(width)×\(height) pixels")
    }
    guard let depths, depths.contains(bitDepth), bitDepth.nonzeroBitCount == 1 else {
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
