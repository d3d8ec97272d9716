/// zlib streams (RFC 1950, 1951) for byte planes: prefix codes and runs, which is all that is to be gained from independent
/// numbers, at a few times the speed of zlib's own compression.
enum Deflate {
  /// How a plane is to be written, and how long that gets.
  enum Plan {
    /// The bytes as they are.
    case stored
    /// Prefix codes and runs of one byte.
    case coded([Block])
    /// A stream that zlib made.
    case finished([UInt8])
  }

  /// A part of a plane with a code of its own.
  struct Block {
    /// A run that repeats the byte before it.
    struct Run {
      let start: Int
      let count: Int
    }

    /// Which bytes of the plane.
    let range: Range<Int>
    let runs: [Run]
    let literals: HuffmanCode
    /// The code lengths as the block begins with them: each a symbol, the value of its extra bits, and how many these are.
    let header: [(symbol: UInt8, extra: UInt8, bits: Int)]
    let headerCode: HuffmanCode
    /// Of the whole block.
    let bitCount: Int
  }

  /// Runs that are shorter are cheaper as literals: the byte that repeats has a code of a bit or two where runs are frequent.
  static let shortestRun = 8
  static let longestRun = 258
  /// So that four codes and what is left of a byte fit into 64 bits.
  static let longestCode = 12
  static let endOfBlock = 256
  /// Bytes of a block: layers and rows differ little within a plane.
  private static let blockSize = 1 << 18
  private static let storedBlockSize = 65535
  static let headerOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  /// Bytes of a stream without compression.
  static func storedSize(_ count: Int) -> Int {
    2 + count + 5 * max(1, (count + storedBlockSize - 1) / storedBlockSize) + 4
  }

  /// Bytes of a stream of coded blocks.
  static func size(_ blocks: [Block]) -> Int { 2 + (blocks.reduce(0) { $0 + $1.bitCount } + 7) / 8 + 4 }

  /// Bytes of the stream of a plane of that many bytes.
  static func size(_ plan: Plan, count: Int) -> Int {
    switch plan {
    case .stored: storedSize(count)
    case .coded(let blocks): size(blocks)
    case .finished(let stream): stream.count
    }
  }

  /// The blocks of a plane in prefix codes, with runs where `withRuns`.
  static func blocks(of plane: Span<UInt8>, withRuns: Bool) -> [Block] {
    var blocks: [Block] = []
    var start = 0
    while start < plane.count {
      let end = plane.count - start < blockSize * 3 / 2 ? plane.count : start + blockSize
      blocks.append(Block(plane, start..<end, withRuns: withRuns))
      start = end
    }
    return blocks
  }

  /// Writes the stream of a plane at `position` of `output`, and moves the position behind it. The output must have eight bytes more
  /// than needed.
  static func write(
    _ plane: Span<UInt8>, _ plan: Plan, into output: inout MutableRawSpan, at position: inout Int
  ) {
    if case .finished(let stream) = plan {
      unsafe copy(stream.span.bytes, into: &output, at: &position)
      return
    }
    // A window of 32 KiB; the check bits say that a fast level was used.
    output.storeBytes(of: 0x78, toByteOffset: position, as: UInt8.self)
    output.storeBytes(of: 0x01, toByteOffset: position + 1, as: UInt8.self)
    position += 2
    if case .coded(let blocks) = plan {
      var writer = BitWriter(position: position)
      for (index, block) in blocks.enumerated() {
        block.write(plane, isLast: index == blocks.count - 1, to: &writer, into: &output)
      }
      position = writer.finish(&output)
    } else {
      writeStored(plane, into: &output, at: &position)
    }
    output.storeBytes(of: Adler32.checksum(plane).bigEndian, toByteOffset: position, as: UInt32.self)
    position += 4
  }

  private static func writeStored(_ plane: Span<UInt8>, into output: inout MutableRawSpan, at position: inout Int) {
    var start = 0
    repeat {
      let count = min(plane.count - start, storedBlockSize)
      output.storeBytes(of: start + count == plane.count ? 1 : 0, toByteOffset: position, as: UInt8.self)
      output.storeBytes(of: UInt16(count).littleEndian, toByteOffset: position + 1, as: UInt16.self)
      output.storeBytes(of: (~UInt16(count)).littleEndian, toByteOffset: position + 3, as: UInt16.self)
      position += 5
      unsafe copy(plane.extracting(start..<start + count).bytes, into: &output, at: &position)
      start += count
    } while start < plane.count
  }

  private static func copy(_ bytes: RawSpan, into output: inout MutableRawSpan, at position: inout Int) {
    var part = output._mutatingExtracting(position..<position + bytes.byteCount)
    unsafe part.withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }
    position += bytes.byteCount
  }

  /// The symbol of a run's length, and the extra bits after it (RFC 1951, 3.2.5).
  static func lengthSymbol(_ count: Int) -> (symbol: Int, extra: Int, bits: Int) {
    if count == longestRun { return (285, 0, 0) }
    let offset = count - 3
    if offset < 8 { return (257 + offset, 0, 0) }
    let bits = Int.bitWidth - offset.leadingZeroBitCount - 3
    return (257 + 4 * bits + (offset >> bits), offset & (1 << bits - 1), bits)
  }
}

extension Deflate.Block {
  init(_ plane: Span<UInt8>, _ range: Range<Int>, withRuns: Bool) {
    self.range = range
    let runs = withRuns ? Self.runs(of: plane, in: range) : []
    self.runs = runs
    var frequencies = Self.histogram(of: plane, in: range, without: runs)
    frequencies[Deflate.endOfBlock] = 1
    var extraBits = 0
    for run in runs {
      let (symbol, _, bits) = Deflate.lengthSymbol(run.count)
      frequencies[symbol] += 1
      // The distance, always 1, is a code of one bit.
      extraBits += bits + 1
    }
    let literals = HuffmanCode(frequencies: frequencies, longest: Deflate.longestCode)
    self.literals = literals
    let count = (literals.lengths.lastIndex { $0 > 0 } ?? 0) + 1
    header = Self.header(Array(literals.lengths[..<max(count, 257)]) + [runs.isEmpty ? 0 : 1])
    var headerFrequencies = [Int](repeating: 0, count: 19)
    for item in header { headerFrequencies[Int(item.symbol)] += 1 }
    let headerCode = HuffmanCode(frequencies: headerFrequencies, longest: 7)
    self.headerCode = headerCode
    let headerBits = header.reduce(3 + 5 + 5 + 4 + 3 * Self.headerLengthCount(headerCode)) {
      $0 + Int(headerCode.lengths[Int($1.symbol)]) + $1.bits
    }
    bitCount = zip(frequencies, literals.lengths).reduce(headerBits + extraBits) { $0 + $1.0 * Int($1.1) }
  }

  /// Runs of bytes that equal the byte before them. Words of eight bytes are looked at, so that none of 16 or more is missed.
  private static func runs(of plane: Span<UInt8>, in range: Range<Int>) -> [Run] {
    let bytes = unsafe plane.bytes
    var runs: [Run] = []
    var index = range.lowerBound
    // Where the last run ended; the byte before a run must be there as a literal or in another run.
    var free = range.lowerBound
    while index + 8 <= range.upperBound {
      let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
      guard word == (word &>> 8 | word &<< 56) else {
        index += 8
        continue
      }
      let byte = plane[index]
      var start = index
      while start > free, plane[start - 1] == byte { start -= 1 }
      var end = index + 8
      while end < range.upperBound, plane[end] == byte { end += 1 }
      start += 1
      while end - start >= Deflate.shortestRun {
        let count = min(end - start, Deflate.longestRun)
        runs.append(Run(start: start, count: count))
        start += count
      }
      free = start
      index = end
    }
    return runs
  }

  private static func histogram(of plane: Span<UInt8>, in range: Range<Int>, without runs: [Run]) -> [Int] {
    // Four tables, as one would wait for itself where a byte repeats.
    var tables = [UInt32](repeating: 0, count: 4 * 256)
    var counts = tables.mutableSpan
    func add(_ part: Range<Int>, _ counts: inout MutableSpan<UInt32>) {
      var index = part.lowerBound
      while index + 4 <= part.upperBound {
        for lane in 0..<4 { counts[256 * lane + Int(plane[index + lane])] &+= 1 }
        index += 4
      }
      while index < part.upperBound {
        counts[Int(plane[index])] &+= 1
        index += 1
      }
    }
    var start = range.lowerBound
    for run in runs {
      add(start..<run.start, &counts)
      start = run.start + run.count
    }
    add(start..<range.upperBound, &counts)
    var result = [Int](repeating: 0, count: 286)
    for (index, count) in tables.enumerated() { result[index % 256] += Int(count) }
    return result
  }

  /// Code lengths with their repetitions told (RFC 1951, 3.2.7).
  private static func header(_ lengths: [UInt8]) -> [(symbol: UInt8, extra: UInt8, bits: Int)] {
    var result: [(symbol: UInt8, extra: UInt8, bits: Int)] = []
    var index = 0
    while index < lengths.count {
      let length = lengths[index]
      var count = 1
      while index + count < lengths.count, lengths[index + count] == length { count += 1 }
      index += count
      if length > 0 {
        result.append((length, 0, 0))
        count -= 1
      }
      while count >= 3 {
        let taken = min(count, length > 0 ? 6 : 138)
        switch (length, taken) {
        case (0, 11...): result.append((18, UInt8(taken - 11), 7))
        case (0, _): result.append((17, UInt8(taken - 3), 3))
        default: result.append((16, UInt8(taken - 3), 2))
        }
        count -= taken
      }
      for _ in 0..<count { result.append((length, 0, 0)) }
    }
    return result
  }

  private static func headerLengthCount(_ code: HuffmanCode) -> Int {
    max(4, (Deflate.headerOrder.lastIndex { code.lengths[$0] > 0 } ?? 0) + 1)
  }

  fileprivate func write(
    _ plane: Span<UInt8>, isLast: Bool, to writer: inout BitWriter, into output: inout MutableRawSpan
  ) {
    let count = max((literals.lengths.lastIndex { $0 > 0 } ?? 0) + 1, 257)
    let headerCount = Self.headerLengthCount(headerCode)
    writer.write(isLast ? 0b101 : 0b100, 3, into: &output)
    writer.write(UInt64(count - 257), 5, into: &output)
    writer.write(0, 5, into: &output)
    writer.write(UInt64(headerCount - 4), 4, into: &output)
    for symbol in Deflate.headerOrder[..<headerCount] {
      writer.write(UInt64(headerCode.lengths[symbol]), 3, into: &output)
    }
    for item in header {
      writer.write(headerCode, Int(item.symbol), into: &output)
      writer.write(UInt64(item.extra), item.bits, into: &output)
    }
    // Code and length of each byte in one word: one load where there would be two.
    let table = literals.codes.indices.map { UInt32(literals.codes[$0]) | UInt32(literals.lengths[$0]) << 16 }
    var start = range.lowerBound
    for run in runs {
      writer.write(plane.extracting(start..<run.start), table.span, into: &output)
      let (symbol, extra, bits) = Deflate.lengthSymbol(run.count)
      writer.write(literals, symbol, into: &output)
      // After the length's extra bits, the distance: the code of one bit, 0.
      writer.write(UInt64(extra), bits + 1, into: &output)
      start = run.start + run.count
    }
    writer.write(plane.extracting(start..<range.upperBound), table.span, into: &output)
    writer.write(literals, Deflate.endOfBlock, into: &output)
  }
}

/// Bits into bytes, the lowest first.
private struct BitWriter {
  private var position: Int
  private var bits: UInt64 = 0
  private var count: UInt64 = 0

  init(position: Int) { self.position = position }

  /// Eight bytes are written, of which the whole ones count.
  private mutating func flush(_ output: inout MutableRawSpan) {
    output.storeBytes(of: bits.littleEndian, toByteOffset: position, as: UInt64.self)
    position += Int(count >> 3)
    bits &>>= count & ~7
    count &= 7
  }

  mutating func write(_ value: UInt64, _ bitCount: Int, into output: inout MutableRawSpan) {
    bits |= value << count
    count += UInt64(bitCount)
    flush(&output)
  }

  mutating func write(_ code: HuffmanCode, _ symbol: Int, into output: inout MutableRawSpan) {
    write(UInt64(code.codes[symbol]), Int(code.lengths[symbol]), into: &output)
  }

  /// Bytes by a table of codes (low half) and lengths (high half) of at most ``Deflate/longestCode`` bits.
  mutating func write(_ bytes: Span<UInt8>, _ table: Span<UInt32>, into output: inout MutableRawSpan) {
    var index = 0
    while index + 4 <= bytes.count {
      for lane in 0..<4 { put(bytes[index + lane], table) }
      flush(&output)
      index += 4
    }
    while index < bytes.count {
      put(bytes[index], table)
      flush(&output)
      index += 1
    }
  }

  @inline(__always)
  private mutating func put(_ byte: UInt8, _ table: Span<UInt32>) {
    let entry = table[Int(byte)]
    bits |= UInt64(entry & 0xffff) &<< count
    count &+= UInt64(entry >> 16)
  }

  /// Writes what is left of a byte, and gives the position behind it.
  mutating func finish(_ output: inout MutableRawSpan) -> Int {
    count = (count + 7) & ~7
    flush(&output)
    return position
  }
}
