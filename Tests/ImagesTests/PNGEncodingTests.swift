import Images
import Testing

@Suite("Writing PNG")
struct PNGEncodingTests {
  @Test("What is written is read back, pixel by pixel: grey and colour, with and without alpha", arguments: 1...4)
  func roundTrip(channels: Int) throws {
    var random = SystemRandomNumberGenerator()
    for (height, width) in [(1, 1), (7, 3), (64, 100), (300, 2)] {
      // Noise, which deflate makes longer, and rows that are all alike.
      for isNoise in [true, false] {
        let pixels = (0..<height * width * channels).map {
          isNoise ? UInt8.random(in: 0...255, using: &random) : UInt8($0 % channels * 80)
        }
        let image = try DecodedImage(height: height, width: width, channels: channels, pixels: pixels)
        let bytes = try image.encodedAsPNG()
        #expect(bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
        #expect(try ImageDecoder().decode(bytes, name: "written") == image, "\(image.shape), noise: \(isNoise)")
      }
    }
  }

  @Test("A picture wider than libpng writes is an error")
  func tooWide() throws {
    let image = try DecodedImage(
      height: 1, width: 1_000_001, channels: 1, pixels: [UInt8](repeating: 0, count: 1_000_001))
    do throws(ImageError) {
      _ = try image.encodedAsPNG()
      Issue.record("written")
    } catch {
      #expect(error.code == .tooLarge && error.message.contains("1×1000001×1"), "\(error)")
    }
  }
}
