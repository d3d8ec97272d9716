/// How a stored picture is to be turned to be upright: the EXIF tag 0x0112 (CIPA DC-008, 4.6.4).
enum ImageOrientation: Int, CaseIterable {
  case up = 1
  case mirroredHorizontally
  case rotatedHalf
  case mirroredVertically
  case transposed
  case rotatedClockwise
  case transversed
  case rotatedCounterclockwise

  /// Whether height and width change places.
  var swapsAxes: Bool { rawValue >= 5 }

  /// Whether the upright picture begins where the stored one ends, in the direction of its columns (from top to bottom).
  var reversesRows: Bool {
    [.rotatedHalf, .mirroredVertically, .transversed, .rotatedCounterclockwise].contains(self)
  }

  /// Whether the upright picture begins where the stored one ends, in the direction of its rows (from left to right).
  var reversesColumns: Bool {
    [.mirroredHorizontally, .rotatedHalf, .rotatedClockwise, .transversed].contains(self)
  }

  /// The orientation in a TIFF structure as EXIF uses it; `up` where it says nothing or nothing sensible.
  ///
  /// - Parameter exif: The bytes from the byte-order mark on.
  init(exif: ArraySlice<UInt8>) {
    self = Self.tag(in: Array(exif)).flatMap(ImageOrientation.init(rawValue:)) ?? .up
  }

  private static func tag(in bytes: [UInt8]) -> Int? {
    guard bytes.count >= 8 else { return nil }
    let isLittleEndian: Bool
    switch (bytes[0], bytes[1]) {
    case (0x49, 0x49): isLittleEndian = true
    case (0x4D, 0x4D): isLittleEndian = false
    default: return nil
    }
    func number(at offset: Int, bytes count: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - count else { return nil }
      let digits = bytes[offset..<(offset + count)]
      return (isLittleEndian ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
      let entries = number(at: directory, bytes: 2)
    else { return nil }
    for entry in 0..<entries {
      let offset = directory + 2 + 12 * entry
      guard let tag = number(at: offset, bytes: 2) else { return nil }
      // Type 3: one 16-bit number, which lies in the entry itself.
      if tag == 0x0112, number(at: offset + 2, bytes: 2) == 3, number(at: offset + 4, bytes: 4) == 1 {
        return number(at: offset + 8, bytes: 2)
      }
    }
    return nil
  }

  /// The picture turned upright.
  func apply(to image: DecodedImage) -> DecodedImage {
    if self == .up { return image }
    let (height, width, channels) = (image.height, image.width, image.channels)
    let (newHeight, newWidth) = swapsAxes ? (width, height) : (height, width)
    var result = [UInt8](repeating: 0, count: image.pixels.count)
    var target = 0
    for row in 0..<newHeight {
      for column in 0..<newWidth {
        let (y, x) = source(row: row, column: column, height: height, width: width)
        let start = (y * width + x) * channels
        for channel in 0..<channels { result[target + channel] = image.pixels[start + channel] }
        target += channels
      }
    }
    return DecodedImage(
      unchecked: ImageShape(height: newHeight, width: newWidth, channels: channels), pixels: result)
  }

  /// Where in the stored picture of `height × width` the upright pixel at `row`, `column` lies.
  private func source(row: Int, column: Int, height: Int, width: Int) -> (row: Int, column: Int) {
    switch self {
    case .up: (row, column)
    case .mirroredHorizontally: (row, width - 1 - column)
    case .rotatedHalf: (height - 1 - row, width - 1 - column)
    case .mirroredVertically: (height - 1 - row, column)
    case .transposed: (column, row)
    case .rotatedClockwise: (height - 1 - column, row)
    case .transversed: (height - 1 - column, width - 1 - row)
    case .rotatedCounterclockwise: (column, width - 1 - row)
    }
  }
}
