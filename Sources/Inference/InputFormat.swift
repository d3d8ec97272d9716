/// How an input row is made: its shape, how a picture is brought to that shape, and how its numbers are normalised.
///
/// A row is `height × width × channels` elements in that order. An element v of channel c enters the first layer as
/// x = (v · scale − mean[c]) / standardDeviation[c].
public struct InputFormat: Sendable, Equatable {
  /// The type of a row's elements.
  public enum ElementType: UInt8, Sendable, Equatable, CaseIterable {
    case uint8 = 0
    case float32 = 1

    /// The name in model files.
    public var name: StaticString {
      switch self {
      case .uint8: "uint8"
      case .float32: "float32"
      }
    }
  }

  /// How a picture of another aspect ratio is made to fit.
  public enum Fit: UInt8, Sendable, Equatable, CaseIterable {
    /// Width and height are scaled each by its own factor.
    case stretch = 0
    /// The centre is cut out at the target's aspect ratio.
    case crop = 1
    /// The whole picture is kept and the rest filled with the background.
    case pad = 2

    /// The name in model files and on the command line.
    public var name: StaticString {
      switch self {
      case .stretch: "stretch"
      case .crop: "crop"
      case .pad: "pad"
      }
    }
  }

  /// The resampling filter, antialiased: its support grows with the reduction.
  public enum Filter: UInt8, Sendable, Equatable, CaseIterable {
    case box = 0
    case bilinear = 1
    case bicubic = 2

    /// The name in model files and on the command line.
    public var name: StaticString {
      switch self {
      case .box: "box"
      case .bilinear: "bilinear"
      case .bicubic: "bicubic"
      }
    }
  }

  /// At which size a JPEG picture is decoded. It concerns whoever makes rows of pictures, not scoring.
  public enum JPEGDecoding: UInt8, Sendable, Equatable, CaseIterable {
    /// At its own size.
    case full = 0
    /// At the smallest of 1/8, 1/4, 1/2 and 1 of its size that is not below the target.
    case scaled = 1

    /// The name in model files and on the command line.
    public var name: StaticString {
      switch self {
      case .full: "full"
      case .scaled: "scaled"
      }
    }
  }

  /// The most elements that a row may have.
  public static let maximumFeatures = Architecture.maximumWidth
  /// The most channels, each of which has a mean and a standard deviation of its own.
  public static let maximumChannels = 1 << 16

  /// The type of a row's elements.
  public let elementType: ElementType
  /// Rows of pixels.
  public let height: Int
  /// Pixels in a row.
  public let width: Int
  /// 1 (grey) or 3 (red, green, blue) for pictures; any number for other data.
  public let channels: Int
  /// How a picture of another aspect ratio is made to fit.
  public let fit: Fit
  /// The filter used when a picture is resized.
  public let filter: Filter
  /// At which size a JPEG picture is decoded.
  public let jpeg: JPEGDecoding
  /// Red, green and blue of what lies under transparent pixels and around padded pictures.
  public let background: [UInt8]
  /// Factor of every element, 1/255 for pixels by default.
  public let scale: Double
  /// Mean a channel, subtracted after scaling; in units of the scaled element.
  public let mean: [Double]
  /// Standard deviation a channel, by which the difference is divided; in units of the scaled element.
  public let standardDeviation: [Double]

  /// The number of elements in a row: height × width × channels.
  public var features: Int { height * width * channels }

  /// Checks and makes an input format.
  ///
  /// - Parameters:
  ///   - elementType: the type of a row's elements.
  ///   - height: rows of pixels.
  ///   - width: pixels in a row.
  ///   - channels: elements of a pixel.
  ///   - fit: how a picture of another aspect ratio is made to fit.
  ///   - filter: how a picture is resized.
  ///   - jpeg: at which size a JPEG picture is decoded.
  ///   - background: red, green and blue under transparent pixels and around padded pictures.
  ///   - scale: factor of every element.
  ///   - mean: one value a channel; empty for 0.
  ///   - standardDeviation: one value a channel; empty for 1.
  /// - Throws: ``InferenceError/Code/invalidInputFormat``: a side that is not positive, more than ``maximumFeatures`` elements or
  ///   ``maximumChannels``, a scale or standard deviation that is not a positive number, a list whose length is not that of the
  ///   channels, a quotient of scale or mean by standard deviation that is not finite.
  public init(
    elementType: ElementType = .uint8, height: Int, width: Int, channels: Int,
    fit: Fit = .stretch, filter: Filter = .bilinear, jpeg: JPEGDecoding = .full,
    background: [UInt8] = [255, 255, 255], scale: Double = 1.0 / 255, mean: [Double] = [],
    standardDeviation: [Double] = []
  ) throws(InferenceError) {
    func refuse(_ message: String) -> InferenceError { InferenceError(.invalidInputFormat, message) }
    guard height > 0, width > 0, channels > 0 else {
      throw refuse("the input is \(height) × \(width) × \(channels); each side must be at least 1")
    }
    let area = height.multipliedReportingOverflow(by: width)
    let features = area.partialValue.multipliedReportingOverflow(by: channels)
    guard !area.overflow, !features.overflow, features.partialValue <= Self.maximumFeatures else {
      throw refuse(
        "the input is \(height) × \(width) × \(channels); at most \(Self.maximumFeatures) elements are supported")
    }
    guard channels <= Self.maximumChannels else {
      throw refuse("the input has \(channels) channels; at most \(Self.maximumChannels) are supported")
    }
    guard background.count == 3 else {
      throw refuse("the background has \(background.count) values; expected 3 (red, green, blue)")
    }
    guard scale.isFinite, scale > 0 else {
      throw refuse("the input's scale is not a positive number")
    }
    guard mean.isEmpty || mean.count == channels else {
      throw refuse("the input has \(mean.count) means; expected one for each of its \(channels) channels")
    }
    guard standardDeviation.isEmpty || standardDeviation.count == channels else {
      throw refuse(
        "the input has \(standardDeviation.count) standard deviations; expected one for each of its \(channels) channels"
      )
    }
    for value in mean where !value.isFinite {
      throw refuse("a mean of the input is not a finite number")
    }
    for value in standardDeviation where !(value.isFinite && value > 0) {
      throw refuse("a standard deviation of the input is not a positive number")
    }
    let means = mean.isEmpty ? [Double](repeating: 0, count: channels) : mean
    let deviations = standardDeviation.isEmpty ? [Double](repeating: 1, count: channels) : standardDeviation
    for channel in 0..<channels {
      guard (scale / deviations[channel]).isFinite, (means[channel] / deviations[channel]).isFinite else {
        throw refuse("the standard deviation of channel \(channel) is too small to divide scale and mean by")
      }
    }
    self.elementType = elementType
    self.height = height
    self.width = width
    self.channels = channels
    self.fit = fit
    self.filter = filter
    self.jpeg = jpeg
    self.background = background
    self.scale = scale
    self.mean = means
    self.standardDeviation = deviations
  }

  /// The same with the scale 1, means of 0 and standard deviations of 1: what they do is part of a first layer in 8 bits.
  package func unscaled() throws(InferenceError) -> InputFormat {
    try InputFormat(
      elementType: elementType, height: height, width: width, channels: channels, fit: fit, filter: filter, jpeg: jpeg,
      background: background, scale: 1)
  }
}
