/// How any picture becomes `height × width × channels` bytes: part of a model's input format, so that training and
/// scoring see the same pixels.
///
/// The steps, in this order:
/// 1. decode to 8-bit sRGB, grey or colour, with or without alpha; a JPEG file in full or, as ``jpeg`` says, at a part of its
///    size, which stands for the whole of it in all that follows;
/// 2. turn upright as the file's EXIF orientation says;
/// 3. composite over ``background`` where there is alpha `a`: each value `v` over `b` becomes
///    `(a·v + (255 − a)·b + 127) ÷ 255`, rounded down, in 8-bit sRGB values;
/// 4. colour to grey for one channel, with the weights of ITU-R BT.601 in fixed point:
///    `(19595·R + 38470·G + 7471·B + 32768) ÷ 65536`, rounded down; grey to colour for three channels, by repeating;
/// 5. fit and resize: nothing where the size is right already.
///
/// The arithmetic of each step is in integers (the filters' coefficients have 22 fractional bits), so the pixels are the
/// same on every machine. So is libjpeg-turbo's, at every size that a rule asks it for.
public struct ImageRule: Sendable, Hashable {
  /// What happens to a picture of another aspect ratio.
  public enum Fit: String, Sendable, CaseIterable {
    /// The whole picture is stretched to the size.
    case stretch
    /// The largest rectangle of the size's aspect ratio is cut out of the centre, rounded to whole pixels.
    case crop
    /// The whole picture is scaled to fit inside, and the margins are filled with the background.
    case pad
  }

  /// The resampling filter. Each is antialiased: when a picture is reduced, the filter is widened by the same factor.
  public enum Filter: String, Sendable, CaseIterable {
    /// The mean of the area; of one pixel when enlarging.
    case box
    /// A triangle of radius 1.
    case bilinear
    /// The cubic convolution of Keys (1981) with a = −1/2, radius 2.
    case bicubic
  }

  /// At which size a JPEG file is decoded.
  public enum JPEGDecoding: String, Sendable, CaseIterable {
    /// At its own size.
    case full
    /// At the smallest of 1/8, 1/4, 1/2 and 1 of its size that is not below what it is resized to: see ``ImageRule/divisor(height:width:)``.
    case scaled
  }

  /// The largest height and width of a rule, in pixels.
  public static let maximumExtent = 16_384

  /// Rows of the result.
  public let height: Int
  /// Pixels in a row of the result.
  public let width: Int
  /// 1 for grey, 3 for red, green, blue.
  public let channels: Int
  /// What happens to a picture of another aspect ratio.
  public let fit: Fit
  /// The resampling filter.
  public let filter: Filter
  /// At which size a JPEG file is decoded.
  public let jpeg: JPEGDecoding
  /// Red, green and blue of what transparent pictures are laid over and margins are filled with.
  public let background: [UInt8]

  /// A rule from its parts.
  ///
  /// - Throws: ``ImageError/Code/invalidRule`` where height or width is not within 1 to ``maximumExtent``, `channels` is
  ///   neither 1 nor 3, or `background` does not have three values.
  public init(
    height: Int, width: Int, channels: Int, fit: Fit = .stretch, filter: Filter = .bicubic, jpeg: JPEGDecoding = .full,
    background: [UInt8] = [255, 255, 255]
  ) throws(ImageError) {
    for (name, value) in [("height", height), ("width", width)] where !(1...Self.maximumExtent).contains(value) {
      throw ImageError(
        code: .invalidRule,
        message: "image rule: \(name) must be 1 to \(Self.maximumExtent) pixels, found \(value).")
    }
    guard channels == 1 || channels == 3 else {
      throw ImageError(
        code: .invalidRule, message: "image rule: channels must be 1 (grey) or 3 (RGB), found \(channels).")
    }
    guard background.count == 3 else {
      throw ImageError(
        code: .invalidRule,
        message: "image rule: the background must have 3 values (red, green, blue), found \(background.count).")
    }
    self.height = height
    self.width = width
    self.channels = channels
    self.fit = fit
    self.filter = filter
    self.jpeg = jpeg
    self.background = background
  }

  /// The shape of the result.
  public var shape: ImageShape { ImageShape(height: height, width: width, channels: channels) }
}
