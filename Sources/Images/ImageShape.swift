/// The shape of one example: a picture of `height × width × channels` bytes, row-major, in that order.
public struct ImageShape: Sendable, Hashable, CustomStringConvertible {
  /// Rows of pixels.
  public let height: Int
  /// Pixels in a row.
  public let width: Int
  /// Values of a pixel: 1 for grey, 3 for red, green, blue.
  public let channels: Int

  /// A shape from its three extents.
  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// The number of values in one example, `height × width × channels`; nil where that is not a positive `Int`.
  public var valueCount: Int? {
    guard height > 0, width > 0, channels > 0 else { return nil }
    let (area, areaOverflow) = height.multipliedReportingOverflow(by: width)
    let (count, countOverflow) = area.multipliedReportingOverflow(by: channels)
    return areaOverflow || countOverflow ? nil : count
  }

  /// As in messages: `64×64×3`.
  public var description: String { "\(height)×\(width)×\(channels)" }
}
