import Foundation
import Images
import Testing

/// What Pillow makes of the pictures `scaled-….jpg`, decoded at a part of their size: `Fixtures/make_scaled.py`.
private struct ScaledFixture {
  let name: String
  let rule: ImageRule
  let full: ImageRule
  let pixels: [UInt8]
  /// What was decoded.
  let height: Int
  let width: Int
  /// The mean absolute difference from what decoding in full gives.
  let difference: Double

  static func all() throws -> [ScaledFixture] {
    let entries = try JSONDecoder().decode([String: [Double]].self, from: Data(try Fixtures.bytes("scaled.json")))
    let values = try Fixtures.bytes("scaled.bin")
    return try entries.sorted { $0.key < $1.key }.map { try ScaledFixture($0.key, $0.value, values) }
  }

  private init(_ key: String, _ entry: [Double], _ values: [UInt8]) throws {
    let parts = key.split(separator: "-").map(String.init)
    let numbers = entry.map { Int($0) }
    func rule(_ jpeg: ImageRule.JPEGDecoding) throws -> ImageRule {
      try ImageRule(
        height: numbers[0], width: numbers[1], channels: numbers[2], fit: #require(ImageRule.Fit(rawValue: parts[1])),
        filter: #require(ImageRule.Filter(rawValue: parts[2])), jpeg: jpeg, background: [10, 200, 30])
    }
    name = "scaled-\(parts[0]).jpg"
    self.rule = try rule(.scaled)
    full = try rule(.full)
    pixels = Array(values[numbers[3]..<numbers[3] + numbers[0] * numbers[1] * numbers[2]])
    (height, width) = (numbers[4], numbers[5])
    difference = entry[6]
  }
}

@Suite("JPEG decoding at a part of the size")
struct JPEGScalingTests {
  let decoder = ImageDecoder()

  @Test(
    "every subsampling, progressive, grey, CMYK and every orientation, with every fit, gives Pillow's pixels, bit for bit"
  )
  func values() throws {
    let fixtures = try ScaledFixture.all()
    #expect(fixtures.count == 195)
    var divisors: Set<Int> = []
    for fixture in fixtures {
      let size = try decoder.shape(ofFile: Fixtures.path(fixture.name))
      let divisor = fixture.rule.divisor(height: size.height, width: size.width)
      divisors.insert(divisor)
      #expect((size.height + divisor - 1) / divisor == fixture.height)
      #expect((size.width + divisor - 1) / divisor == fixture.width)
      let pixels = try decoder.pixels(ofFile: Fixtures.path(fixture.name), rule: fixture.rule)
      #expect(pixels == fixture.pixels, "\(fixture.name), \(fixture.rule)")
    }
    #expect(divisors == [2, 4, 8])
  }

  @Test(
    "it is near to decoding in full: within 0.9 of 255 in the mean for the bilinear filter, 5.1 for any picture and filter"
  )
  func quality() throws {
    var differences: [ImageRule.Filter: [Double]] = [:]
    for fixture in try ScaledFixture.all() {
      let full = try decoder.pixels(ofFile: Fixtures.path(fixture.name), rule: fixture.full)
      let sum = zip(full, fixture.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      let difference = Double(sum) / Double(full.count)
      #expect(abs(difference - fixture.difference) < 0.001, "\(fixture.name), \(fixture.rule)")
      #expect(difference < 5.1)
      differences[fixture.rule.filter, default: []].append(difference)
    }
    let bilinear = try #require(differences[.bilinear])
    #expect(bilinear.reduce(0, +) / Double(bilinear.count) < 0.9)
  }

  @Test("the divisor is the largest that leaves enough in both directions, for a picture with margins in one")
  func divisors() throws {
    let sides = [1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 128, 129, 500, 511, 512, 513, 4096]
    for fit in ImageRule.Fit.allCases {
      for (height, width) in [(1, 1), (8, 8), (64, 64), (7, 50), (224, 224)] {
        let rule = try ImageRule(height: height, width: width, channels: 3, fit: fit, jpeg: .scaled)
        for sourceHeight in sides {
          for sourceWidth in sides {
            func isEnough(_ divisor: Int) -> Bool {
              let down = Double(sourceHeight) / Double(divisor) >= Double(height)
              let across = Double(sourceWidth) / Double(divisor) >= Double(width)
              return fit == .pad ? down || across : down && across
            }
            let expected = sourceHeight < 8 && sourceWidth < 8 ? 1 : [8, 4, 2, 1].first(where: isEnough) ?? 1
            #expect(rule.divisor(height: sourceHeight, width: sourceWidth) == expected)
          }
        }
        let full = try ImageRule(height: height, width: width, channels: 3, fit: fit)
        #expect(full.divisor(height: 4096, width: 4096) == 1)
      }
    }
  }

  @Test("several rules at once give what each gives alone, in any order")
  func severalRules() throws {
    var rules: [ImageRule] = []
    for (side, jpeg) in [(8, ImageRule.JPEGDecoding.scaled), (30, .full), (30, .scaled), (9, .scaled), (200, .scaled)] {
      rules.append(try ImageRule(height: side, width: side, channels: 3, jpeg: jpeg))
    }
    for name in ["scaled-420.jpg", "scaled-turned6.jpg", "scaled-grey.jpg", "source.png"] {
      for order in [rules, rules.reversed()] {
        let together = try decoder.pixels(ofFile: Fixtures.path(name), rules: order)
        let alone = try order.map { try decoder.pixels(ofFile: Fixtures.path(name), rule: $0) }
        #expect(together == alone, "\(name)")
      }
    }
    #expect(try decoder.pixels(ofFile: Fixtures.path("source.png"), rules: []).isEmpty)
  }

  @Test("a PNG file is not scaled, and a JPEG file that has the right size already is left as it is")
  func unscaled() throws {
    for name in ["source.png", "scaled-444.jpg"] {
      let shape = try decoder.shape(ofFile: Fixtures.path(name))
      for side in [8, 40] {
        let full = try ImageRule(height: side, width: side, channels: 3)
        let scaled = try ImageRule(height: side, width: side, channels: 3, jpeg: .scaled)
        let same = try decoder.pixels(ofFile: Fixtures.path(name), rules: [full, scaled])
        #expect((same[0] == same[1]) == (name == "source.png"))
      }
      let natural = try ImageRule(height: shape.height, width: shape.width, channels: 3, jpeg: .scaled)
      #expect(
        try decoder.pixels(ofFile: Fixtures.path(name), rule: natural)
          == decoder.decode(file: Fixtures.path(name)).pixels)
    }
  }

  @Test("a file cut short or damaged is refused or read, and never crashes or is half a picture")
  func damage() throws {
    let rule = try ImageRule(height: 8, width: 8, channels: 3, jpeg: .scaled)
    try withTemporaryFolder { folder in
      let path = folder + "/damaged.jpg"
      for name in ["scaled-turned6.jpg", "scaled-progressive.jpg", "scaled-cmyk.jpg", "scaled-grey.jpg"] {
        let bytes = try Fixtures.bytes(name)
        for count in stride(from: 0, to: bytes.count, by: 61) {
          try Data(bytes.prefix(count)).write(to: URL(filePath: path))
          let error = #expect(throws: ImageError.self, "\(name) cut to \(count)") {
            try decoder.pixels(ofFile: path, rule: rule)
          }
          #expect(error?.message.hasPrefix(path) == true)
        }
        for bit in stride(from: 0, to: 8 * bytes.count, by: 101) {
          var damaged = bytes
          damaged[bit / 8] ^= 1 << (bit % 8)
          try Data(damaged).write(to: URL(filePath: path))
          do {
            #expect(try decoder.pixels(ofFile: path, rule: rule).count == 192)
          } catch let error as ImageError {
            #expect(!error.message.isEmpty)
          }
        }
      }
    }
  }

  @Test("the limit on pixels is that of the picture's own size")
  func limits() throws {
    let rule = try ImageRule(height: 8, width: 8, channels: 3, jpeg: .scaled)
    let path = Fixtures.path("scaled-420.jpg")
    let enough = ImageDecoder(limits: ImageLimits(maximumPixels: 203 * 301))
    #expect(try enough.pixels(ofFile: path, rule: rule).count == 192)
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder(limits: ImageLimits(maximumPixels: 203 * 301 - 1)).pixels(ofFile: path, rule: rule)
    }
    #expect(error?.code == .tooLarge)
  }
}
