import Foundation
import Images
import Testing

@Suite("JPEG decoding")
struct JPEGDecodingTests {
  let decoder = ImageDecoder()

  @Test("baseline, progressive, grey, RGB, CMYK, YCCK and every orientation give Pillow's pixels")
  func values() throws {
    let names = Fixtures.names(ending: ".jpg")
    #expect(names.count >= 18)
    for name in names {
      let expected = try Fixtures.expected(name)
      let image = try decoder.decode(try Fixtures.bytes(name), name: name)
      #expect(image.shape == expected.shape, "\(name)")
      #expect(Fixtures.largestDifference(image.pixels, expected.pixels) == 0, "\(name)")
    }
  }

  @Test("a JPEG file cut short at any byte is an error, never a half grey picture")
  func truncations() throws {
    for name in ["orientation6.jpg", "progressive.jpg", "restart.jpg"] {
      let bytes = try Fixtures.bytes(name)
      for count in 0..<bytes.count {
        let error = #expect(throws: ImageError.self, "\(name) cut to \(count) of \(bytes.count) bytes") {
          try decoder.decode(Array(bytes.prefix(count)), name: name)
        }
        #expect(error?.message.hasPrefix("\(name): ") == true)
      }
    }
  }

  @Test("a JPEG file with any one bit flipped is read or refused, and never crashes")
  func bitFlips() throws {
    for name in ["orientation6.jpg", "progressive.jpg"] {
      let bytes = try Fixtures.bytes(name)
      for bit in stride(from: 0, to: 8 * bytes.count, by: 3) {
        var damaged = bytes
        damaged[bit / 8] ^= 1 << (bit % 8)
        do {
          let image = try decoder.decode(damaged, name: name)
          #expect(image.pixels.count == image.shape.valueCount)
        } catch {
          #expect(!error.message.isEmpty)
        }
      }
    }
  }

  @Test("segments too short for their own length, and markers that stand alone, are passed over wherever they are")
  func emptySegments() throws {
    let bytes = try Fixtures.bytes("orientation6.jpg")
    let expected = try decoder.decode(bytes, name: "a.jpg")
    for extra: [UInt8] in [
      [0xFF, 0xE1, 0, 0], [0xFF, 0xE1, 0, 1], [0xFF, 0xE1, 0, 2], [0xFF, 0xFE, 0, 0], [0xFF, 0xEE, 0, 1],
      [0xFF, 0x01], [0xFF, 0xD3], [0xFF, 0xFF, 0xFF, 0xD0],
    ] {
      let longer = bytes[..<2] + extra + bytes[2...]
      #expect(try decoder.shape(of: Array(longer), name: "a.jpg") == expected.shape, "\(extra)")
      #expect(try decoder.decode(Array(longer), name: "a.jpg") == expected, "\(extra)")
    }
    // Tables and frames are not without what they say.
    for extra: [UInt8] in [[0xFF, 0xDB, 0, 0], [0xFF, 0xC4, 0, 1], [0xFF, 0xC0, 0, 1], [0xFF, 0xDA, 0, 1]] {
      let longer = Array(bytes[..<2] + extra + bytes[2...])
      #expect(throws: ImageError.self) { try decoder.shape(of: longer, name: "a.jpg") }
      #expect(throws: ImageError.self) { try decoder.decode(longer, name: "a.jpg") }
    }
  }

  @Test("an orientation that makes no sense, or lies outside its segment, leaves the picture as it is")
  func badOrientation() throws {
    let bytes = try Fixtures.bytes("orientation6.jpg")
    let upright = try decoder.decode(try Fixtures.bytes("orientation1.jpg"), name: "upright")
    let exif = try #require(bytes.firstRange(of: Array("Exif\0\0".utf8))).upperBound
    // The second entry's value; the number of entries; the directory's offset.
    for (offset, value) in [
      (exif + 30, 0 as UInt8), (exif + 30, 9), (exif + 9, 0xFF), (exif + 4, 0xFF), (exif + 7, 0xFF),
    ] {
      var changed = bytes
      changed[offset] = value
      let image = try decoder.decode(changed, name: "a.jpg")
      // 0xFF more entries still have the right one among them.
      if offset == exif + 9 { #expect(image.height == 24) } else { #expect(image == upright) }
    }
  }

  @Test("many threads decode at once, with the same pixels")
  func threads() async throws {
    let bytes = try Fixtures.bytes("progressive.jpg")
    let expected = try Fixtures.expected("progressive.jpg").pixels
    let decoder = decoder
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<64 {
        group.addTask { try decoder.decode(bytes, name: "\(index)").pixels == expected }
      }
      for try await isEqual in group { #expect(isEqual) }
    }
  }
}
