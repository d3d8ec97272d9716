// Only a debug build lets tests see what is internal.
#if DEBUG
  import Images
  import Testing

  @testable import NNScoreCommand

  @Suite("Sheets of mistakes")
  struct MistakeSheetTests {
    private func sheet(_ count: Int, height: Int, width: Int, channels: Int = 1, name: String = "1") throws
      -> DecodedImage
    {
      let picture = try DecodedImage(
        height: height, width: width, channels: channels,
        pixels: (0..<height * width * channels).map { UInt8($0 * 37 % 256) })
      let line = MistakeSheet.Line(name: name, value: MistakeSheet.percent(0.25))
      let cell = MistakeSheet.Cell(picture: picture, truth: line, answer: line, name: name)
      return try MistakeSheet(
        title: name, legend: "Below it are its label, in red the model's answer, and its file.",
        cells: [MistakeSheet.Cell](repeating: cell, count: count)
      ).image()
    }

    @Test("Every character of ASCII is drawn, with seven to nine rows of one width")
    func glyphs() {
      let lines = BitmapFont.drawing.split(separator: "\n").map(String.init)
      #expect(lines.map { $0.first ?? " " } == (0x21...0x7e).map { Character(Unicode.Scalar(UInt8($0))) } + ["…"])
      for line in lines + ["  " + BitmapFont.box] {
        let rows = line.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false)
        #expect((7...9).contains(rows.count) && Set(rows.map(\.count)).count == 1, "\(line)")
        #expect(rows.joined().allSatisfy { "#.".contains($0) } && rows.joined().contains("#"), "\(line)")
      }
      #expect(Set(lines.map { $0.dropFirst(2) }).count == lines.count)
      let font = BitmapFont.standard
      #expect(font.glyph("é").rows == font.glyph("e").rows)
      #expect(font.glyph("猫").rows != font.glyph("?").rows && font.glyph("猫").rows == font.glyph("犬").rows)
    }

    @Test("Long names are cut to the width, and those of files keep both ends")
    func cut() {
      let font = BitmapFont.standard
      let long = "a-name-that-goes-on-and-on.png"
      for width in [20, 50, 100, 168] {
        #expect(font.cut(long, to: width).hasSuffix("…") && font.width(of: font.cut(long, to: width)) <= width)
        #expect(font.width(of: font.shorten(long, to: width)) <= width)
      }
      #expect(font.shorten(long, to: 168).hasPrefix("a-") && font.shorten(long, to: 168).hasSuffix(".png"))
      #expect(font.cut("short", to: 168) == "short" && font.shorten("short", to: 168) == "short")
      #expect(font.cut("", to: 0) == "" && font.width(of: "") == 0)
      let longer = "a-" + String(repeating: long, count: 10_000)
      #expect(font.shorten(longer, to: 168).hasPrefix("a-a-") && font.shorten(longer, to: 168).hasSuffix("-on.png"))
      #expect(font.cut(longer, to: 168).hasPrefix("a-a-name") && font.width(of: font.cut(longer, to: 168)) <= 168)
    }

    @Test("Small pictures are enlarged pixel by pixel, large ones reduced, long and flat ones drawn all the same")
    func sizes() throws {
      // Four columns of 168 pixels, six times 28.
      let digits = try sheet(3, height: 28, width: 28)
      #expect(digits.channels == 3)
      #expect(digits.width == 40 + 4 * 168 + 3 * 18)
      let full = try sheet(60, height: 28, width: 28)
      #expect(full.width <= 1900 && full.width > 1700)
      // The top left pixel of the first picture, 0, as a square of 6 × 6; the next is 37.
      func first(_ image: DecodedImage) -> (x: Int, y: Int)? {
        for y in 0..<image.height where y > 60 {
          for x in 0..<image.width where image.pixels[(y * image.width + x) * 3] == 0 { return (x, y) }
        }
        return nil
      }
      let corner = try #require(first(full))
      for (x, y) in [(0, 0), (5, 0), (0, 5), (5, 5)] {
        let place = ((corner.y + y) * full.width + corner.x + x) * 3
        #expect(full.pixels[place..<place + 3] == [0, 0, 0])
        #expect(full.pixels[place + 18..<place + 21] == [37, 37, 37])
      }
      for (height, width) in [(64, 64), (256, 100), (257, 300), (1000, 2000), (1, 12288), (3000, 1)] {
        let image = try sheet(2, height: height, width: width, channels: 3)
        #expect((500...1900).contains(image.width) && image.height < 600, "\(height)×\(width): \(image.shape)")
      }
    }

    @Test("Names of any characters and length are drawn within their cell")
    func names() throws {
      let plain = try sheet(1, height: 8, width: 8)
      for name in ["", "猫 and \u{1b}[2J", String(repeating: "W", count: 500), "👨‍👩‍👧", "\u{301}"] {
        #expect(try sheet(1, height: 8, width: 8, name: name).shape == plain.shape)
      }
    }

    @Test("Probabilities are short, and not rounded to certainty")
    func percent() {
      let expected: [(Double, String)] = [
        (0, "0 %"), (1, "100 %"), (1e-9, "<0.1 %"), (0.9999, ">99.9 %"),
        (1 - 1e-9, ">99.9 %"), (0.5, "50.0 %"), (0.9712, "97.1 %"),
        (.nan, "-"),
      ]
      for (value, text) in expected { #expect(MistakeSheet.percent(value) == text) }
    }
  }
#endif
