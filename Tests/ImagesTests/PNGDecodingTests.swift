import Foundation
import Images
import Testing

@Suite("PNG decoding")
struct PNGDecodingTests {
  let decoder = ImageDecoder()

  @Test("every colour type, bit depth, interlacing, palette and transparency gives the samples that were written")
  func values() throws {
    let names = Fixtures.names(ending: ".png")
    #expect(names.count > 40)
    for name in names {
      let expected = try Fixtures.expected(name)
      let image = try decoder.decode(try Fixtures.bytes(name), name: name)
      #expect(image.shape == expected.shape, "\(name)")
      #expect(image.pixels == expected.pixels, "\(name)")
    }
  }

  @Test("the shape from the header is that of the decoded picture")
  func shapes() throws {
    for name in Fixtures.names(ending: ".png") + Fixtures.names(ending: ".jpg") {
      #expect(
        try decoder.shape(ofFile: Fixtures.path(name)) == decoder.decode(file: Fixtures.path(name)).shape, "\(name)")
    }
  }

  @Test("a PNG file cut short at any byte is an error that begins with its name")
  func truncations() throws {
    for name in ["palette4-alpha-interlaced.png", "rgb16.png", "rgba16-interlaced.png", "grey1.png"] {
      let bytes = try Fixtures.bytes(name)
      for count in 0..<bytes.count {
        let error = #expect(throws: ImageError.self, "\(name) cut to \(count) bytes") {
          try decoder.decode(Array(bytes.prefix(count)), name: name)
        }
        #expect(error?.message.hasPrefix("\(name): ") == true)
      }
    }
  }

  @Test("a PNG file with any one bit flipped is read or refused, and never crashes")
  func bitFlips() throws {
    for name in ["palette4-alpha-interlaced.png", "greyalpha8.png", "rgb16-key-interlaced.png"] {
      let bytes = try Fixtures.bytes(name)
      for bit in 0..<(8 * bytes.count) {
        var damaged = bytes
        damaged[bit / 8] ^= 1 << (bit % 8)
        do {
          let image = try decoder.decode(damaged, name: name)
          #expect(image.pixels.count == image.shape.valueCount)
        } catch {
          #expect([.corrupt, .notAnImage, .tooLarge, .unsupportedFormat].contains(error.code), "\(error)")
        }
      }
    }
  }

  @Test("a second header, of any length, is an error that says where it is", arguments: [0, 1, 12, 13, 14])
  func secondHeader(length: Int) throws {
    let bytes = try Fixtures.bytes("rgb8.png")
    let header = Array(bytes[16..<29] + [0]).prefix(length)
    // Behind the first; and where the file is cut after the header, as the last bytes that there are.
    for rest in [bytes[33...], []] {
      let twice = bytes[..<33] + PNGFile.encode(("IHDR", Array(header))) + rest
      let error = #expect(throws: ImageError.self) { try decoder.decode(Array(twice), name: "a.png") }
      #expect(error?.code == .corrupt)
      #expect(error?.message.hasPrefix("a.png: the PNG file has a second IHDR chunk at byte 33") == true)
      #expect(throws: ImageError.self) { try decoder.shape(of: Array(twice), name: "a.png") }
    }
  }

  @Test("damage to the image data is found by its checksum")
  func checksum() throws {
    var bytes = try Fixtures.bytes("rgb8.png")
    bytes[bytes.count - 30] ^= 0x10
    let error = #expect(throws: ImageError.self) { try decoder.decode(bytes, name: "a.png") }
    #expect(error?.code == .corrupt)
  }

  @Test("transparency that is damaged is an error; behind the pixels there is none")
  func transparency() throws {
    var file = PNGFile(width: 2, height: 1, channels: 1, samples: [7, 8])
    file.after = [("tRNS", [0, 7])]
    var bytes = file.bytes { _ in 0 }
    #expect(try decoder.decode(bytes, name: "a.png").shape == ImageShape(height: 1, width: 2, channels: 1))
    #expect(try decoder.shape(of: bytes, name: "a.png") == ImageShape(height: 1, width: 2, channels: 1))

    file.after = []
    file.before = [("tRNS", [0, 7])]
    bytes = file.bytes { _ in 0 }
    #expect(try decoder.decode(bytes, name: "a.png").pixels == [7, 0, 8, 255])
    let letters = try #require(bytes.firstRange(of: Array("tRNS".utf8)))
    bytes[letters.upperBound + 3] ^= 1
    let error = #expect(throws: ImageError.self) { try decoder.decode(bytes, name: "a.png") }
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("reads 1×2×1, the chunks before the pixels say 1×2×2") == true)
  }

  /// 100,000 × 100,000 grey pixels in a header, with a little valid-looking data.
  private func bomb(width: UInt32, height: UInt32) throws -> [UInt8] {
    var bytes = try Fixtures.bytes("grey8.png")
    for (offset, value) in [(16, width), (20, height)] {
      for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * byte)) }
    }
    return bytes
  }

  @Test("a decompression bomb is an error with both numbers and the limit, before anything is decoded")
  func decompressionBomb() throws {
    let error = #expect(throws: ImageError.self) {
      try decoder.decode(try bomb(width: 100_000, height: 100_000), name: "bomb.png")
    }
    #expect(error?.code == .tooLarge)
    #expect(error?.message.contains("100000×100000 is 10000000000 pixels") == true)
    #expect(error?.message.contains("at most 100000000 ") == true)
    #expect(throws: ImageError.self) {
      try decoder.decode(try bomb(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF), name: "bomb.png")
    }
    #expect(throws: ImageError.self) { try decoder.decode(try bomb(width: .max, height: .max), name: "bomb.png") }
    #expect(throws: ImageError.self) { try decoder.decode(try bomb(width: 0, height: 7), name: "bomb.png") }
  }

  @Test("pixels that so few compressed bytes cannot hold are refused before memory is allocated for them")
  func impossibleRatio() throws {
    let error = #expect(throws: ImageError.self) {
      try decoder.decode(try bomb(width: 9_000, height: 9_000), name: "thin.png")
    }
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("cannot hold 9000×9000 pixels") == true)
  }

  @Test("limits on bytes and pixels are kept to the last one")
  func limits() throws {
    let bytes = try Fixtures.bytes("rgb8.png")
    #expect(try ImageDecoder(limits: ImageLimits(maximumPixels: 99)).decode(bytes, name: "a").width == 11)
    #expect(throws: ImageError.self) {
      try ImageDecoder(limits: ImageLimits(maximumPixels: 98)).decode(bytes, name: "a")
    }
    #expect(try ImageDecoder(limits: ImageLimits(maximumFileBytes: bytes.count)).decode(bytes, name: "a").width == 11)
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder(limits: ImageLimits(maximumFileBytes: bytes.count - 1)).decode(bytes, name: "a")
    }
    #expect(error?.code == .tooLarge)
    let wide = PNGFile(width: 1_000_001, height: 1, channels: 1, samples: [UInt8](repeating: 0, count: 1_000_001))
    let side = #expect(throws: ImageError.self) { try decoder.decode(wide.bytes { _ in 0 }, name: "a") }
    #expect(side?.code == .tooLarge && side?.message.contains("sides of at most 1000000") == true)
    #expect(error?.message.contains("\(bytes.count) bytes, but at most \(bytes.count - 1)") == true)
  }
}
