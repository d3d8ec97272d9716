import Images
import Testing

@Suite("Image rules")
struct ImageRuleTests {
  @Test("resizing, cropping and padding with every filter gives Pillow's pixels, bit for bit")
  func resizing() throws {
    let decoder = ImageDecoder()
    let source = try decoder.decode(file: Fixtures.path("source.png"))
    let names = try Fixtures.index().keys.filter { $0.hasPrefix("resize-") }
    #expect(names.count == 84)
    for name in names {
      let parts = name.split(separator: "-").map(String.init)
      let rule = try ImageRule(
        height: try #require(Int(parts[3])), width: try #require(Int(parts[4])), channels: try #require(Int(parts[5])),
        fit: try #require(ImageRule.Fit(rawValue: parts[1])),
        filter: try #require(ImageRule.Filter(rawValue: parts[2])),
        background: [10, 200, 30])
      #expect(rule.apply(to: source) == (try Fixtures.expected(name).pixels), "\(name)")
    }
  }

  @Test("colour becomes grey with Pillow's weights")
  func grey() throws {
    let source = try ImageDecoder().decode(file: Fixtures.path("source.png"))
    let rule = try ImageRule(height: source.height, width: source.width, channels: 1)
    #expect(rule.apply(to: source) == (try Fixtures.expected("source-grey.png").pixels))
  }

  @Test("grey of three equal values is that value, and back")
  func greyOfGrey() throws {
    let ramp = try DecodedImage(height: 1, width: 256, channels: 1, pixels: (0...255).map { UInt8($0) })
    let colour = try ImageRule(height: 1, width: 256, channels: 3).apply(to: ramp)
    #expect(colour == ramp.pixels.flatMap { [$0, $0, $0] })
    let image = try DecodedImage(height: 1, width: 256, channels: 3, pixels: colour)
    #expect(try ImageRule(height: 1, width: 256, channels: 1).apply(to: image) == ramp.pixels)
  }

  @Test("alpha is composited over the background before the change to grey")
  func alpha() throws {
    let image = try DecodedImage(
      height: 1, width: 3, channels: 4, pixels: [200, 100, 50, 255, 200, 100, 50, 0, 200, 100, 50, 64])
    let rule = try ImageRule(height: 1, width: 3, channels: 3, background: [10, 20, 30])
    // (64·200 + 191·10 + 127) ÷ 255 = 58, (64·100 + 191·20 + 127) ÷ 255 = 40, (64·50 + 191·30 + 127) ÷ 255 = 35
    #expect(rule.apply(to: image) == [200, 100, 50, 10, 20, 30, 58, 40, 35])
    let greyRule = try ImageRule(height: 1, width: 3, channels: 1, background: [10, 20, 30])
    #expect(greyRule.apply(to: image) == [124, 18, 45])
    let greyAlpha = try DecodedImage(height: 1, width: 1, channels: 2, pixels: [100, 0])
    #expect(try ImageRule(height: 1, width: 1, channels: 3, background: [1, 2, 3]).apply(to: greyAlpha) == [1, 2, 3])
  }

  @Test("compositing is exact division, rounded to nearest")
  func compositing() throws {
    for alpha in 0...255 {
      let values = (0...255).flatMap { [UInt8($0), UInt8(alpha)] }
      let image = try DecodedImage(height: 1, width: 256, channels: 2, pixels: values)
      let result = try ImageRule(height: 1, width: 256, channels: 1, background: [37, 37, 37]).apply(to: image)
      for value in 0...255 {
        let exact = (Double(alpha * value) + Double((255 - alpha) * 37)) / 255
        #expect(Int(result[value]) == Int(exact.rounded(.toNearestOrAwayFromZero)))
      }
    }
  }

  @Test("extreme aspect ratios keep at least one pixel")
  func extremes() throws {
    for fit in ImageRule.Fit.allCases {
      for (height, width) in [(1, 5000), (5000, 1), (1, 1)] {
        let image = try DecodedImage(
          height: height, width: width, channels: 1, pixels: [UInt8](repeating: 9, count: height * width))
        let rule = try ImageRule(height: 3, width: 4, channels: 1, fit: fit, background: [9, 9, 9])
        #expect(rule.apply(to: image) == [UInt8](repeating: 9, count: 12))
      }
    }
  }

  @Test("a constant picture stays constant under every filter")
  func constant() throws {
    let image = try DecodedImage(height: 13, width: 7, channels: 1, pixels: [UInt8](repeating: 255, count: 91))
    for filter in ImageRule.Filter.allCases {
      for (height, width) in [(1, 1), (5, 40), (100, 3), (64, 64)] {
        let rule = try ImageRule(height: height, width: width, channels: 1, filter: filter)
        #expect(rule.apply(to: image).allSatisfy { $0 == 255 })
      }
    }
  }

  @Test("a rule that makes no sense is refused with what was found")
  func invalid() {
    func message(_ make: () throws -> ImageRule) -> String {
      do {
        _ = try make()
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(
      message { try ImageRule(height: 0, width: 1, channels: 1) }.contains("height must be 1 to 16384 pixels, found 0"))
    #expect(message { try ImageRule(height: 1, width: .max, channels: 1) }.contains("width must be"))
    #expect(
      message { try ImageRule(height: 1, width: 1, channels: 2) }.contains(
        "channels must be 1 (grey) or 3 (RGB), found 2"))
    #expect(message { try ImageRule(height: 1, width: 1, channels: 3, background: [1]) }.contains("3 values"))
  }

  @Test("a decoded picture must have as many values as its shape")
  func decodedImage() {
    #expect(throws: ImageError.self) { try DecodedImage(height: 2, width: 2, channels: 3, pixels: [1]) }
    #expect(throws: ImageError.self) { try DecodedImage(height: .max, width: 2, channels: 3, pixels: []) }
    #expect(throws: ImageError.self) { try DecodedImage(height: 1, width: 1, channels: 5, pixels: [1, 2, 3, 4, 5]) }
  }
}
