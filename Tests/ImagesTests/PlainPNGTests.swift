import Testing

@testable import Images

@Suite("PNG files that are read without libpng")
struct PlainPNGTests {
  /// What each of both readers makes of a file; nil for one that does not read it.
  private func read(_ bytes: [UInt8]) throws -> (plain: DecodedImage?, libpng: DecodedImage?) {
    let structure = try PNGStructure(bytes, name: "a.png")
    return (
      PlainPNG.decode(bytes, structure: structure), try? LibPNG.decode(bytes, structure: structure, name: "a.png")
    )
  }

  private func picture(width: Int = 7, height: Int = 6, channels: Int = 3) -> PNGFile {
    var random = SystemRandomNumberGenerator()
    // Few values: neighbours that are equally near are where the filters are easily got wrong.
    let samples = (0..<height * width * channels).map { _ in
      UInt8.random(in: 0...255, using: &random) & (Bool.random(using: &random) ? 0xFF : 0x81)
    }
    return PNGFile(width: width, height: height, channels: channels, samples: samples)
  }

  @Test(
    "every filter in every row, of 1 to 4 channels and many sizes, gives the samples that were written, as libpng does")
  func filters() throws {
    for channels in 1...4 {
      for width in [1, 2, 3, 5, 16, 33] {
        for height in [1, 2, 3, 11] {
          let file = picture(width: width, height: height, channels: channels)
          for filter in 0..<6 {
            let bytes = file.bytes { UInt8(filter < 5 ? filter : ($0 * 7 + 3) % 5) }
            let (plain, libpng) = try read(bytes)
            #expect(plain?.pixels == file.samples && plain == libpng, "\(channels), \(width)×\(height), \(filter)")
          }
        }
      }
    }
  }

  @Test("of the fixtures it takes those of 8 bits without palette, key and interlacing, and reads them as libpng does")
  func fixtures() throws {
    var taken: Set<String> = []
    for name in Fixtures.names(ending: ".png") {
      let (plain, libpng) = try read(try Fixtures.bytes(name))
      #expect(libpng != nil)
      guard let plain else { continue }
      taken.insert(name)
      #expect(plain == libpng)
    }
    #expect(taken.isSuperset(of: ["grey8.png", "greyalpha8.png", "rgb8.png", "rgba8.png", "source.png"]))
    #expect(
      taken.allSatisfy {
        $0.contains("8") && !$0.contains("interlaced") && !$0.contains("palette") || $0.hasPrefix("source")
      })
  }

  @Test("chunks that change no pixel may stand anywhere; with any other one libpng reads the file")
  func chunks() throws {
    let grey = PNGFile.bigEndian(45_455)
    let silent: [PNGFile.Chunk] = [
      ("tEXt", Array("Title\0cat".utf8)), ("pHYs", [0, 0, 11, 19, 0, 0, 11, 19, 1]), ("tIME", [7, 234, 1, 2, 3, 4, 5]),
    ]
    var file = picture()
    file.before = [("sRGB", [0]), ("gAMA", grey)] + silent
    file.after = [silent[0], silent[2]]
    file.pieces = [1, 0, 20]
    var (plain, libpng) = try read(file.bytes { _ in 4 })
    #expect(plain?.pixels == file.samples && plain == libpng)

    for other in [
      ("gAMA", PNGFile.bigEndian(100_000)), ("gAMA", PNGFile.bigEndian(45_456)),
      ("cHRM", [UInt8](repeating: 0, count: 32)),
      ("tRNS", [0, 1, 0, 2, 0, 3]), ("sBIT", [8, 8, 8]), ("bKGD", [0, 0, 0, 0, 0, 0]), ("iCCP", [65, 0, 0]),
      ("prVt", []),
      ("PLTE", [1, 2, 3]),
    ] as [PNGFile.Chunk] {
      file = picture()
      file.before = [other]
      #expect(try read(file.bytes { _ in 0 }).plain == nil, "\(other.type)")
    }
    file = picture()
    file.pieces = [5]
    file.between = [silent[0]]
    (plain, _) = try read(file.bytes { _ in 0 })
    #expect(plain == nil, "image data in two places")
    for methods in [[1, 0, 0], [0, 1, 0], [0, 0, 1]] as [[UInt8]] {
      file = picture()
      file.methods = methods
      #expect(try read(file.bytes { _ in 0 }).plain == nil)
    }
  }

  @Test("image data of another length than the picture's, or with a filter that there is not, is left to libpng")
  func wrongData() throws {
    let file = picture()
    #expect(try read(file.bytes(filter: { _ in 0 }, rows: { $0 + [0] })).plain == nil)
    #expect(try read(file.bytes(filter: { _ in 0 }, rows: { $0.dropLast() })).plain == nil)
    for row in 0..<file.height {
      for filter in [5, 255] as [UInt8] {
        #expect(try read(file.bytes { $0 == row ? filter : 1 }).plain == nil)
      }
    }
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder().decode(file.bytes { _ in 9 }, name: "a.png")
    }
    #expect(error?.code == .corrupt && error?.message.contains("libpng") == true)
  }

  @Test("a file with any one bit flipped is left to libpng, or has the same pixels")
  func bitFlips() throws {
    var file = picture(width: 5, height: 4)
    file.before = [("tEXt", Array("Title\0cat".utf8))]
    file.pieces = [10]
    let bytes = file.bytes { UInt8($0 % 5) }
    var left = 0
    for bit in 0..<8 * bytes.count {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << (bit % 8)
      guard FileKind.recognise(damaged) == .png, let structure = try? PNGStructure(damaged, name: "a.png") else {
        continue
      }
      let plain = PlainPNG.decode(damaged, structure: structure)
      if plain == nil { left += 1 }
      #expect(plain == nil || plain?.pixels == file.samples, "bit \(bit)")
    }
    #expect(left > 4 * bytes.count)
  }

  @Test("a file of very many chunks is not remembered, and still read")
  func manyChunks() throws {
    var file = picture()
    file.before = [PNGFile.Chunk](repeating: ("tEXt", []), count: 70_000)
    let bytes = file.bytes { _ in 2 }
    let structure = try PNGStructure(bytes, name: "a.png")
    #expect(!structure.isPlain && structure.chunks.isEmpty)
  }
}
