/// What a picture may cost, checked from its header before any pixel is decoded.
///
/// A PNG of a few kilobytes can ask for gigabytes of pixels; with these limits it is an error instead.
public struct ImageLimits: Sendable, Equatable {
  /// The largest file that is read, in bytes.
  public let maximumFileBytes: Int
  /// The largest picture that is decoded, in pixels (width × height as stored in the file).
  public let maximumPixels: Int

  /// Limits; by default 256 MiB a file and 100 million pixels a picture.
  ///
  /// Values below 1 allow nothing. Decoding a picture needs up to 4 bytes a pixel, a progressive JPEG up to 12.
  public init(maximumFileBytes: Int = 256 << 20, maximumPixels: Int = 100_000_000) {
    self.maximumFileBytes = maximumFileBytes
    self.maximumPixels = maximumPixels
  }

  /// The default limits: 256 MiB, 100 million pixels.
  public static let standard = ImageLimits()

  /// The longest side of a picture, in pixels, as libpng has it: what resampling needs grows with the sides.
  package static let maximumSide = 1_000_000

  func check(width: Int, height: Int, name: String) throws(ImageError) {
    if max(width, height) > Self.maximumSide {
      throw ImageError(
        code: .tooLarge,
        message: "\(name): is \(width)×\(height) pixels, but sides of at most \(Self.maximumSide) are decoded. "
          + "Scale the picture down, or leave it out.")
    }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    if overflow || pixels > maximumPixels {
      let count = overflow ? "more than \(Int.max)" : "\(pixels)"
      throw ImageError(
        code: .tooLarge,
        message: "\(name): \(width)×\(height) is \(count) pixels, but at most \(maximumPixels) are decoded. "
          + "Scale the picture down, or leave it out.")
    }
  }

  func check(bytes: Int, name: String) throws(ImageError) {
    if bytes > maximumFileBytes {
      throw ImageError(
        code: .tooLarge,
        message: "\(name): the file has \(bytes) bytes, but at most \(maximumFileBytes) are read. "
          + "Recompress the picture, or leave it out.")
    }
  }
}
