public import ArgumentParser
import Foundation
public import Images

/// How training pictures are brought to one shape; recorded in the model, so that scoring does the same.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Resize pictures: a side such as 64, or HEIGHTxWIDTH such as 48x64.",
      discussion: "Without it train takes them at their own size, which must then be the same for all.",
      valueName: "size"))
  var size: String?
  @Flag(help: "Make pictures grey: one channel instead of three.") var grey = false
  @Option(help: "How pictures of another shape fit: stretch, crop or pad.") var fit: ImageRule.Fit = .stretch
  @Option(help: "The resampling filter: box, bilinear or bicubic.") var filter: ImageRule.Filter = .bilinear
  @Option(
    help: ArgumentHelp(
      "How JPEG pictures are decoded: scaled or full.",
      discussion: "scaled: at 1/8, 1/4 or 1/2 of their size where that is not below --size, which is much faster.",
      valueName: "decoding"))
  var jpeg: ImageRule.JPEGDecoding?
  @Option(
    help: ArgumentHelp(
      "The colour behind transparent pixels and around padded pictures, RRGGBB.", valueName: "colour"))
  var background: String = "ffffff"

  /// Whether an option was given that only matters where pictures are resized.
  var isDefault: Bool {
    size == nil && !grey && fit == .stretch && filter == .bilinear && jpeg == nil && background == "ffffff"
  }

  /// The rule that the options ask for, or nil for pictures as they are.
  ///
  /// - Parameter decoding: How JPEG pictures are decoded where the options do not say it.
  func rule(jpeg decoding: ImageRule.JPEGDecoding) throws -> ImageRule? {
    guard let size else {
      if !isDefault { throw ValidationError("--grey, --fit, --filter, --jpeg and --background need --size") }
      return nil
    }
    let sides = size.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(sides.count), let height = sides[0], let width = sides[sides.count - 1] else {
      throw ValidationError("--size is \"\(size)\"; expected a side such as 64, or HEIGHTxWIDTH such as 48x64")
    }
    let digits = background.hasPrefix("#") ? String(background.dropFirst()) : background
    guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let colour = UInt32(digits, radix: 16) else {
      throw ValidationError("--background is \"\(background)\"; expected six hexadecimal digits such as ffffff")
    }
    do {
      return try ImageRule(
        height: height, width: width, channels: grey ? 1 : 3, fit: fit, filter: filter,
        jpeg: jpeg ?? decoding, background: [UInt8(colour >> 16 & 255), UInt8(colour >> 8 & 255), UInt8(colour & 255)])
    } catch {
      throw ValidationError(error.message.replacing("image rule:", with: "--size is \"\(size)\":", maxReplacements: 1))
    }
  }
}

extension ImageRule.Fit: ExpressibleByArgument {}
extension ImageRule.Filter: ExpressibleByArgument {}
extension ImageRule.JPEGDecoding: ExpressibleByArgument {}
