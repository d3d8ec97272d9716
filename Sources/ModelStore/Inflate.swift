/// A fast reader of the zlib streams that byte planes mostly are: literals in prefix codes, several to a step, and stored blocks.
///
/// It says no to whatever is unusual or wrong, and then zlib reads the stream, or says what is wrong with it.
enum Inflate {
  private static let lengthBases: InlineArray<29, UInt16> = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  private static let lengthBits: InlineArray<29, UInt8> = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]

  /// Fills `output` with what a stream holds, which must be exactly as many bytes; false if zlib should try.
  static func decompress(_ stream: Span<UInt8>, into output: inout MutableSpan<UInt8>) -> Bool {
    guard stream.count >= 8, stream[0] == 0x78, stream[1] & 0x20 == 0, (0x7800 + Int(stream[1])) % 31 == 0 else {
      return false
    }
    let bytes = unsafe stream.bytes
    var reader = BitReader(at: 2)
    var position = 0
    var isLast = false
    while !isLast {
      reader.refill(bytes)
      isLast = reader.take(1) == 1
      let isWhole =
        switch reader.take(2) {
        case 0: readStored(bytes, &reader, into: &output, at: &position)
        case 2: readCoded(bytes, &reader, into: &output, at: &position)
        default: false
        }
      guard isWhole, reader.isValid else { return false }
    }
    guard position == output.count, let checksum = reader.takeChecksum(bytes) else { return false }
    return checksum == Adler32.checksum(output.span)
  }

  private static func readStored(
    _ bytes: RawSpan, _ reader: inout BitReader, into output: inout MutableSpan<UInt8>, at position: inout Int
  ) -> Bool {
    guard let block = reader.takeStoredBlock(bytes), block.count <= output.count - position else { return false }
    var part = output._mutatingExtracting(position..<position + block.count)
    unsafe part.withUnsafeMutableBytes { target in
      unsafe bytes.extracting(block).withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }
    position += block.count
    return true
  }

  private static func readCoded(
    _ bytes: RawSpan, _ reader: inout BitReader, into output: inout MutableSpan<UInt8>, at position: inout Int
  ) -> Bool {
    guard let (literals, distances) = readCodes(bytes, &reader) else { return false }
    let steps = literals.steps.span
    let count = output.count
    var target = unsafe output.mutableBytes
    var index = position
    defer { position = index }
    while true {
      // Five steps take at most 55 bits and write at most 40 bytes.
      while reader.canRefillFast(bytes), count - index >= 48 {
        reader.refillFast(bytes)
        var isLiteral = true
        for _ in 0..<5 {
          let step = steps[reader.peek(DecodingTable.stepBits)]
          guard step >> 48 != 0 else {
            isLiteral = false
            break
          }
          target.storeBytes(of: step.littleEndian, toByteOffset: index, as: UInt64.self)
          index += Int(step >> 48 & 0xff)
          reader.skip(Int(step >> 56))
        }
        if !isLiteral { break }
      }
      reader.refill(bytes)
      guard let symbol = literals.symbol(&reader) else { return false }
      if symbol < 256 {
        guard index < count else { return false }
        target.storeBytes(of: UInt8(symbol), toByteOffset: index, as: UInt8.self)
        index += 1
        continue
      }
      if symbol == Deflate.endOfBlock { return true }
      guard symbol - 257 < lengthBases.count else { return false }
      let length = Int(lengthBases[symbol - 257]) + reader.take(Int(lengthBits[symbol - 257]))
      guard let code = distances.symbol(&reader), code < 30 else { return false }
      var distance = code + 1
      if code >= 4 {
        let bits = code / 2 - 1
        distance = (2 + code % 2) << bits + 1 + reader.take(bits)
      }
      guard distance <= index, length <= count - index, reader.isValid else { return false }
      unsafe target.withUnsafeMutableBytes { written in
        if distance == 1 {
          let run = unsafe UnsafeMutableRawBufferPointer(rebasing: written[index..<index + length])
          unsafe run.initializeMemory(as: UInt8.self, repeating: written[index - 1])
        } else {
          // One after the other: what is copied may be what was just written.
          for offset in index..<index + length { unsafe written[offset] = written[offset - distance] }
        }
      }
      index += length
    }
  }

  /// The codes that a block begins with (RFC 1951, 3.2.7).
  private static func readCodes(_ bytes: RawSpan, _ reader: inout BitReader) -> (
    literals: DecodingTable, distances: DecodingTable
  )? {
    let literalCount = 257 + reader.take(5)
    let distanceCount = 1 + reader.take(5)
    let headerCount = 4 + reader.take(4)
    // More are not defined (RFC 1951, 3.2.7), and zlib refuses them.
    guard literalCount <= 286, distanceCount <= 30 else { return nil }
    var headerLengths = [UInt8](repeating: 0, count: 19)
    for symbol in Deflate.headerOrder[..<headerCount] {
      reader.refill(bytes)
      headerLengths[symbol] = UInt8(reader.take(3))
    }
    guard let header = DecodingTable(headerLengths) else { return nil }
    var lengths: [UInt8] = []
    while lengths.count < literalCount + distanceCount {
      reader.refill(bytes)
      guard let symbol = header.symbol(&reader), reader.isValid else { return nil }
      switch symbol {
      case 16:
        guard let last = lengths.last else { return nil }
        lengths += repeatElement(last, count: 3 + reader.take(2))
      case 17: lengths += repeatElement(0, count: 3 + reader.take(3))
      case 18: lengths += repeatElement(0, count: 11 + reader.take(7))
      default: lengths.append(UInt8(symbol))
      }
    }
    guard lengths.count == literalCount + distanceCount, lengths[Deflate.endOfBlock] > 0,
      let literals = DecodingTable(Array(lengths[..<literalCount]), withSteps: true),
      let distances = DecodingTable(Array(lengths[literalCount...]), ofDistances: true)
    else { return nil }
    return (literals, distances)
  }
}

/// The symbols of a prefix code by the bits that are next.
private struct DecodingTable {
  /// How many bits a step looks at.
  static let stepBits = 11
  private static let literalsAtMost = 6

  /// By the next bits, as many as the longest code has: the symbol, and in the lowest four bits the length of its code; 0 where
  /// there is none.
  private var symbols: [UInt16]
  private let longest: Int
  /// By the next ``stepBits`` bits: the literals that these are (the first in the lowest byte), in bits 48 to 55 how many, and in
  /// the highest byte how many bits they take. 0 where something else than a literal comes first.
  private(set) var steps: [UInt64] = []

  /// Nil if there are more codes than fit, or fewer: zlib takes that only where there is no more than one distance.
  init?(_ lengths: [UInt8], ofDistances: Bool = false, withSteps: Bool = false) {
    let longest = Int(lengths.max() ?? 0)
    let room = lengths.reduce(0) { $0 + ($1 > 0 ? 1 << (longest - Int($1)) : 0) }
    guard longest <= 15, room == 1 << longest || (ofDistances && longest <= 1) else { return nil }
    self.longest = longest
    symbols = [UInt16](repeating: 0, count: 1 << longest)
    let code = HuffmanCode(lengths: lengths)
    for (symbol, length) in lengths.enumerated() where length > 0 {
      for index in stride(from: Int(code.codes[symbol]), to: symbols.count, by: 1 << Int(length)) {
        symbols[index] = UInt16(symbol << 4) | UInt16(length)
      }
    }
    if withSteps { steps = makeSteps() }
  }

  private func makeSteps() -> [UInt64] {
    let mask = 1 << longest - 1
    return (0..<1 << Self.stepBits).map { bits in
      var literals: UInt64 = 0
      var (count, used) = (0, 0)
      while count < Self.literalsAtMost {
        let entry = symbols[bits >> used & mask]
        let length = Int(entry & 15)
        guard length > 0, entry >> 4 < 256, used + length <= Self.stepBits else { break }
        literals |= UInt64(entry >> 4) << UInt64(8 * count)
        count += 1
        used += length
      }
      return literals | UInt64(count) << 48 | UInt64(used) << 56
    }
  }

  /// The next symbol, or nil if no code begins so.
  func symbol(_ reader: inout BitReader) -> Int? {
    let entry = symbols[reader.peek(longest)]
    guard entry != 0 else { return nil }
    reader.skip(Int(entry & 15))
    return Int(entry >> 4)
  }
}

/// Bits of bytes, the lowest first. Behind the end come zeros, and then it is not valid any more.
private struct BitReader {
  private var position: Int
  private var bits: UInt64 = 0
  /// How many of `bits` were read and not taken; negative once more were taken than there are.
  private var count = 0

  init(at position: Int) { self.position = position }

  var isValid: Bool { count >= 0 }

  /// Whether eight bytes lie ahead.
  func canRefillFast(_ bytes: RawSpan) -> Bool { bytes.byteCount - position >= 8 && count >= 0 }

  /// Afterwards at least 56 bits are there.
  @inline(__always)
  mutating func refillFast(_ bytes: RawSpan) {
    bits |= unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian &<< UInt64(count)
    position += (63 - count) >> 3
    count |= 56
  }

  mutating func refill(_ bytes: RawSpan) {
    if canRefillFast(bytes) { return refillFast(bytes) }
    while count >= 0, count <= 56, position < bytes.byteCount {
      bits |= UInt64(unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)) << UInt64(count)
      position += 1
      count += 8
    }
  }

  @inline(__always)
  func peek(_ bitCount: Int) -> Int { Int(bits & (1 &<< UInt64(bitCount) &- 1)) }

  @inline(__always)
  mutating func skip(_ bitCount: Int) {
    bits &>>= UInt64(bitCount)
    count &-= bitCount
  }

  mutating func take(_ bitCount: Int) -> Int {
    let value = peek(bitCount)
    skip(bitCount)
    return value
  }

  /// Goes on at the next whole byte that was not taken; false behind the end.
  private mutating func align() -> Bool {
    guard count >= 0 else { return false }
    position -= count / 8
    bits = 0
    count = 0
    return true
  }

  /// Where the bytes of a stored block are, whose length comes next.
  mutating func takeStoredBlock(_ bytes: RawSpan) -> Range<Int>? {
    guard align(), bytes.byteCount - position >= 4 else { return nil }
    let length = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt16.self).littleEndian
    let check = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position + 2, as: UInt16.self).littleEndian
    guard length == ~check, bytes.byteCount - position - 4 >= Int(length) else { return nil }
    position += 4 + Int(length)
    return position - Int(length)..<position
  }

  /// The checksum, if it is all that is left.
  mutating func takeChecksum(_ bytes: RawSpan) -> UInt32? {
    guard align(), bytes.byteCount - position == 4 else { return nil }
    return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self).bigEndian
  }
}
