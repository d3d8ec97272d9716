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
  @Flag(inversion: .prefixedNo, help: "Make pictures grey: one channel instead of three.") var grey: Bool?
  @Option(help: "How pictures of another shape fit (default: stretch).") var fit: ImageRule.Fit?
  @Option(help: "The resampling filter (default: bilinear).") var filter: ImageRule.Filter?
  @Option(
    help: ArgumentHelp(
      "How JPEG pictures are decoded.",
      discussion: "scaled: at 1/8, 1/4 or 1/2 of their size where that is not below --size, which is much faster.",
      valueName: "decoding"))
  var jpeg: ImageRule.JPEGDecoding?
  @Option(
    help: ArgumentHelp(
      "The colour behind transparent pixels and around padded pictures, RRGGBB (default: ffffff).",
      valueName: "colour"))
  var background: String?

  /// The options that were given.
  var given: [TrainKey] {
    let all: [(TrainKey, Bool)] = [
      (.size, size != nil), (.grey, grey != nil), (.fit, fit != nil), (.filter, filter != nil), (.jpeg, jpeg != nil),
      (.background, background != nil),
    ]
    return all.filter(\.1).map(\.0)
  }

  /// The rule that the options ask for, or nil for pictures as they are.
  ///
  /// - Parameter decoding: How JPEG pictures are decoded where the options do not say it.
  func rule(jpeg decoding: ImageRule.JPEGDecoding) throws(OptionProblem) -> ImageRule? {
    guard let size else {
      if let option = given.first {
        throw OptionProblem(option, "it is for pictures that are resized; give --size too")
      }
      return nil
    }
    let sides = size.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(sides.count), let height = sides[0], let width = sides[sides.count - 1] else {
      throw OptionProblem(.size, "\"\(size)\"; expected a side such as 64, or HEIGHTxWIDTH such as 48x64")
    }
    let text = background ?? "ffffff"
    let digits = text.hasPrefix("#") ? String(text.dropFirst()) : text
    guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let colour = UInt32(digits, radix: 16) else {
      throw OptionProblem(.background, "\"\(text)\"; expected six hexadecimal digits such as ffffff")
    }
    do throws(ImageError) {
      return try ImageRule(
        height: height, width: width, channels: grey == true ? 1 : 3, fit: fit ?? .stretch, filter: filter ?? .bilinear,
        jpeg: jpeg ?? decoding, background: [UInt8(colour >> 16 & 255), UInt8(colour >> 8 & 255), UInt8(colour & 255)])
    } catch {
      throw OptionProblem(.size, error.message.replacing("image rule:", with: "\"\(size)\":", maxReplacements: 1))
    }
  }
}

extension ImageRule.Fit: ExpressibleByArgument {}
extension ImageRule.Filter: ExpressibleByArgument {}
extension ImageRule.JPEGDecoding: ExpressibleByArgument {}
