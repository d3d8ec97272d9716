import Testing

@testable import ModelStore

/// The streams that are written here are zlib's, and the fast reader reads what zlib reads.
@Suite struct DeflateTests {
  /// Planes of every kind: noise, few values, runs, patterns, one value, steps, and mixtures of parts of them.
  static func plane(kind: Int, count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    switch kind {
    case 0: return (0..<count).map { _ in .random(in: 0...255, using: &generator) }
    case 1: return (0..<count).map { _ in .random(in: 60...66, using: &generator) }
    case 2: return (0..<count).map { _ in .random(in: 0...40, using: &generator) == 0 ? 1 : 0 }
    case 3: return (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 % 63) }
    case 4: return [UInt8](repeating: 9, count: count)
    case 5:
      // Frequencies that double from value to value: codes as long as they get.
      return (0..<count).map { _ in UInt8(UInt32.random(in: 0 ... .max, using: &generator).leadingZeroBitCount) }
    default:
      var bytes: [UInt8] = []
      while bytes.count < count {
        let part = Int.random(in: 1...700, using: &generator)
        bytes += plane(kind: .random(in: 0...5, using: &generator), count: part, &generator)
      }
      return Array(bytes[..<count])
    }
  }

  static func stream(_ plane: [UInt8], _ plan: Deflate.Plan) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Deflate.size(plan, count: plane.count) + 8)
    var span = bytes.mutableSpan
    var output = unsafe span.mutableBytes
    var position = 0
    Deflate.write(plane.span, plan, into: &output, at: &position)
    #expect(position == bytes.count - 8)
    return Array(bytes[..<position])
  }

  static func fast(_ stream: [UInt8], count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0xaa, count: count)
    var output = bytes.mutableSpan
    return Inflate.decompress(stream.span, into: &output) ? bytes : nil
  }

  static func zlib(_ stream: [UInt8], count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0xaa, count: count)
    var output = bytes.mutableSpan
    do { try Zlib.decompress(stream.span, into: &output) } catch { return nil }
    return bytes
  }

  @Test("What is written is as long as was said, and both zlib and the fast reader read it", arguments: 0...6)
  func roundTrip(kind: Int) {
    var generator = SeededGenerator(UInt64(kind))
    for count in [1, 2, 7, 8, 9, 16, 17, 63, 255, 256, 257, 258, 259, 1000, 5000, 65535, 65536, 300_001, 600_000] {
      let plane = Self.plane(kind: kind, count: count, &generator)
      for plan in [
        .stored, .coded(Deflate.blocks(of: plane.span, withRuns: false)),
        Deflate.Plan.coded(Deflate.blocks(of: plane.span, withRuns: true)),
      ] {
        let stream = Self.stream(plane, plan)
        #expect(Self.zlib(stream, count: count) == plane, "\(count)")
        #expect(Self.fast(stream, count: count) == plane || stream.count < 8, "\(count)")
        #expect(Self.zlib(stream, count: count + 1) == nil && Self.fast(stream, count: count + 1) == nil)
        #expect(Self.zlib(stream, count: count - 1) == nil && Self.fast(stream, count: count - 1) == nil)
      }
    }
  }

  @Test("An empty plane is a stream too")
  func empty() {
    let stream = Self.stream([], .stored)
    #expect(Self.zlib(stream, count: 0) == [] && Self.fast(stream, count: 0) == [])
  }

  @Test("The fast reader reads what zlib writes at every level, matches at all distances included", arguments: 0...9)
  func levels(level: Int) throws {
    var generator = SeededGenerator(UInt64(level))
    for kind in 0...6 {
      for count in [2000, 70_000] {
        let plane = Self.plane(kind: kind, count: count, &generator)
        let stream = try Zlib.compress(plane.span, level: level)
        #expect(Self.fast(stream, count: count).map { $0 == plane } ?? true)
        // Where zlib chose one of its fixed codes, that is left to zlib.
        if kind < 3 && count == 70_000 { #expect(Self.fast(stream, count: count) == plane, "\(kind)") }
      }
    }
  }

  @Test("A run is as short as it can be told: zlib does no better on zeros by more than its header")
  func runs() throws {
    let zeros = [UInt8](repeating: 0, count: 500_000)
    let size = Deflate.size(Deflate.blocks(of: zeros.span, withRuns: true))
    #expect(size <= (try Zlib.compress(zeros.span)).count + 300)
  }

  @Test("What the fast reader takes after damage, zlib takes too, and they agree", arguments: 1...6)
  func damage(kind: Int) throws {
    var generator = SeededGenerator(UInt64(100 + kind))
    let plane = Self.plane(kind: kind, count: 2100, &generator)
    for stream in [
      Self.stream(plane, .coded(Deflate.blocks(of: plane.span, withRuns: true))),
      Self.stream(plane, .stored), try Zlib.compress(plane.span, level: 9),
    ] {
      for index in stream.indices where index < 90 || index >= stream.count - 6 || index % 101 == 0 {
        for bit in 0..<8 {
          var damaged = stream
          damaged[index] ^= 1 << UInt8(bit)
          if let found = Self.fast(damaged, count: plane.count) {
            #expect(Self.zlib(damaged, count: plane.count) == found, "byte \(index), bit \(bit)")
          }
        }
      }
      for count in stride(from: 0, to: stream.count, by: 7) {
        #expect(Self.fast(Array(stream[..<count]), count: plane.count) == nil)
      }
      #expect(Self.fast(stream + [0], count: plane.count) == nil)
    }
  }

  @Test(
    "Adler-32 is what its definition says", arguments: [0, 1, 15, 16, 17, 351, 352, 353, 5551, 5552, 5553, 100_000])
  func checksum(count: Int) {
    var generator = SeededGenerator(UInt64(count))
    for bytes in [Self.plane(kind: 0, count: count, &generator), [UInt8](repeating: 255, count: count)] {
      var (first, second) = (1, 0)
      for byte in bytes {
        first = (first + Int(byte)) % 65521
        second = (second + first) % 65521
      }
      #expect(Adler32.checksum(bytes.span) == UInt32(second << 16 | first))
    }
  }

  @Test("Codes are prefix codes that use all room, within the length allowed", arguments: 1...40)
  func codes(seed: UInt64) {
    var generator = SeededGenerator(seed)
    let count = Int.random(in: 2...286, using: &generator)
    let frequencies = (0..<count).map { index -> Int in
      switch seed % 4 {
      case 0: Int.random(in: 0...1000, using: &generator)
      case 1: 1 << min(index, 50)
      case 2: index % 3 == 0 ? 1 : 0
      default: index == 0 ? 1 : 0
      }
    }
    for longest in [9, 12, 15] {
      let code = HuffmanCode(frequencies: frequencies, longest: longest)
      let used = code.lengths.filter { $0 > 0 }
      #expect(used.allSatisfy { $0 <= longest })
      #expect(used.reduce(0) { $0 + 1 << (longest - Int($1)) } == 1 << longest)
      #expect(zip(frequencies, code.lengths).allSatisfy { $0 == 0 || $1 > 0 })
    }
  }
}
