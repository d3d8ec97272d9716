/// A picture as its file holds it: upright, at its own size, alpha still apart.
public struct DecodedImage: Sendable, Equatable {
  /// Rows of pixels, after the orientation in the file was applied.
  public let height: Int
  /// Pixels in a row, after the orientation in the file was applied.
  public let width: Int
  /// Values of a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha (alpha not multiplied in).
  public let channels: Int
  /// `height × width × channels` values, row-major, 8 bits each, in sRGB.
  public let pixels: [UInt8]

  /// A picture from its pixels.
  ///
  /// - Throws: ``ImageError/Code/invalidRule`` where an extent is below 1, `channels` is not 1 to 4, or the number of
  ///   values is not `height × width × channels`.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) throws(ImageError) {
    let shape = ImageShape(height: height, width: width, channels: channels)
    guard (1...4).contains(channels), let expected = shape.valueCount, expected == pixels.count else {
      throw ImageError(
        code: .invalidRule,
        message: "picture: \(shape) with 1 to 4 channels was expected to have that many values, found \(pixels.count).")
    }
    self.init(unchecked: shape, pixels: pixels)
  }

  /// For pixels whose number follows from how they were made.
  init(unchecked shape: ImageShape, pixels: [UInt8]) {
    height = shape.height
    width = shape.width
    channels = shape.channels
    self.pixels = pixels
  }

  /// The picture as a PNG file, in sRGB.
  ///
  /// - Throws: ``ImageError/Code/tooLarge`` for more than a million pixels a side.
  public func encodedAsPNG() throws(ImageError) -> [UInt8] { try LibPNG.encode(self) }

  /// Height, width and channels.
  public var shape: ImageShape { ImageShape(height: height, width: width, channels: channels) }
}
