import Testing

@testable import ModelStore

@Suite struct PlaneCodecTests {
  static func decode(_ stored: [UInt8], elementSize: Int, rawSize: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xaa, count: rawSize)
    var output = bytes.mutableSpan
    try PlaneCodec.decode(stored.span, elementSize: elementSize, into: &output, at: 0..<rawSize)
    return bytes
  }

  /// What is wrong with stored bytes, or nil if they decode.
  static func problem(_ stored: [UInt8], elementSize: Int, rawSize: Int) -> String? {
    do {
      _ = try decode(stored, elementSize: elementSize, rawSize: rawSize)
      return nil
    } catch {
      return (error as? PlaneCodec.Damage)?.problem ?? "another error: \(error)"
    }
  }

  @Test("Random bytes of every small size and element size come back", arguments: [1, 2, 4, 8])
  func smallSizes(elementSize: Int) throws {
    var generator = SeededGenerator(UInt64(elementSize))
    for count in 0...130 {
      let bytes = (0..<count * elementSize).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let stored = try PlaneCodec.encode(bytes.span, elementSize: elementSize)
      #expect(try Self.decode(stored, elementSize: elementSize, rawSize: bytes.count) == bytes)
    }
  }

  @Test("Bytes of all kinds come back, larger than zlib's window", arguments: 0..<6)
  func kinds(kind: Int) throws {
    var generator = SeededGenerator(UInt64(kind))
    let bytes = (0..<300_004).map { index -> UInt8 in
      switch kind {
      case 0: 0
      case 1: UInt8.random(in: 0...255, using: &generator)
      case 2:
        index % 4 == 3 ? UInt8.random(in: 60...64, using: &generator) : UInt8.random(in: 0...255, using: &generator)
      case 3: UInt8(truncatingIfNeeded: index / 4)
      case 4: UInt8.random(in: 0...1, using: &generator) &* 0xff
      default: UInt8(truncatingIfNeeded: (index / 4) * (index / 4) >> 5)
      }
    }
    let stored = try PlaneCodec.encode(bytes.span, elementSize: 4)
    #expect(try Self.decode(stored, elementSize: 4, rawSize: bytes.count) == bytes)
    #expect(stored.count < bytes.count + 1000)
    if kind == 0 { #expect(stored.count < 2000) }
    // Three planes of noise, and one with five values: log2(5) = 2.32 bits of 8.
    if kind == 2 { #expect(Double(stored.count) < Double(bytes.count) * (3 + 2.7 / 8) / 4) }
  }

  @Test(
    "Planes are split and put together whatever the element size, over what is there or as a difference from it",
    arguments: [1, 2, 4, 8])
  func planes(elementSize: Int) {
    var generator = SeededGenerator(UInt64(40 + elementSize))
    for count in [0, 1, 3, 15, 16, 17, 1000] {
      let bytes = (0..<count * elementSize).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let there = (0..<count * elementSize).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let planes = Planes.split(bytes.span, elementSize: elementSize)
      #expect(planes == (0..<elementSize).flatMap { plane in (0..<count).map { bytes[$0 * elementSize + plane] } })
      for isDifference in [false, true] {
        var result = there
        var output = result.mutableSpan
        Planes.join(planes.span, elementSize: elementSize, into: &output, difference: isDifference)
        #expect(result == (isDifference ? zip(bytes, there).map { $0 ^ $1 } : bytes))
      }
    }
  }

  @Test(
    "Streams of any bytes fit into the room that is said to be enough", arguments: [0, 1, 100, 16_383, 65_536, 700_001])
  func room(count: Int) throws {
    var generator = SeededGenerator(UInt64(count))
    let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for effort in [Zlib.Effort.stored, .codes, .runs, .matches] {
      let stream = try Zlib.compress(bytes.span, effort)
      #expect(stream.count <= Zlib.bound(count))
      var result = [UInt8](repeating: 0, count: count)
      var output = result.mutableSpan
      try Inflater().decompress(stream.span, into: &output)
      #expect(result == bytes)
    }
  }

  @Test("Chunks decode into the part of the output that is theirs")
  func range() throws {
    let stored = try PlaneCodec.encode([UInt8](1...8).span, elementSize: 4)
    var bytes = [UInt8](repeating: 0, count: 16)
    var output = bytes.mutableSpan
    try PlaneCodec.decode(stored.span, elementSize: 4, into: &output, at: 4..<12)
    #expect(bytes == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
  }

  @Test("No flipped bit decodes to anything else than an error or the same bytes")
  func flippedBits() throws {
    let bytes = (0..<64).map { UInt8($0 * $0 % 251) }
    let stored = try PlaneCodec.encode(bytes.span, elementSize: 4)
    for index in stored.indices {
      for bit in 0..<8 {
        var damaged = stored
        damaged[index] ^= 1 << UInt8(bit)
        // zlib's header has bits that change nothing, so equal bytes are right too.
        if let decoded = try? Self.decode(damaged, elementSize: 4, rawSize: bytes.count) { #expect(decoded == bytes) }
      }
    }
  }

  @Test("Cut short anywhere, it is an error")
  func truncated() throws {
    let stored = try PlaneCodec.encode([UInt8](0..<64).span, elementSize: 4)
    for count in 0..<stored.count {
      #expect(Self.problem(Array(stored[..<count]), elementSize: 4, rawSize: 64) != nil)
    }
  }

  @Test("Lies about sizes are told apart")
  func lies() throws {
    let stored = try PlaneCodec.encode([UInt8](0..<64).span, elementSize: 4)
    #expect(Self.problem(stored, elementSize: 4, rawSize: 60)?.contains("holds more") == true)
    #expect(Self.problem(stored, elementSize: 4, rawSize: 68)?.contains("holds less") == true)
    #expect(Self.problem(stored + [0], elementSize: 4, rawSize: 64)?.contains("lengths say") == true)
    #expect(Self.problem([1, 2, 3], elementSize: 4, rawSize: 64)?.contains("at least 16 bytes, found 3") == true)

    // A stream, then a byte that belongs to none, counted to the plane.
    let stream = try Zlib.compress([7].span, .stored)
    let padded = [UInt8(stream.count + 1), 0, 0, 0] + stream + [0]
    #expect(Self.problem(padded, elementSize: 1, rawSize: 1)?.contains("follow the stream's end") == true)
    let huge = [UInt8](repeating: 0xff, count: 16)
    #expect(Self.problem(huge, elementSize: 4, rawSize: 64)?.contains("lengths say 17179869196 bytes") == true)
  }

  @Test("A bomb is refused by its size before anything is allocated, or once it holds more than expected")
  func bombs() throws {
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    let bomb = try Zlib.compress(zeros.span, .matches)
    let length = bomb.count
    let stored = [UInt8(length & 0xff), UInt8(length >> 8), 0, 0] + bomb
    #expect(Self.problem(stored, elementSize: 1, rawSize: 1000)?.contains("holds more") == true)
    #expect(Self.problem([1, 0, 0, 0, 0], elementSize: 1, rawSize: 1 << 20)?.contains("cannot hold") == true)
    #expect(try Self.decode(stored, elementSize: 1, rawSize: zeros.count) == zeros)
  }
}
