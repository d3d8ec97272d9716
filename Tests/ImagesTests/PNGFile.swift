/// PNG files made in tests: any chunks, any filters, the image data stored without compression.
struct PNGFile {
  typealias Chunk = (type: String, data: [UInt8])

  let width: Int
  let height: Int
  /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
  let channels: Int
  /// `height × width × channels` samples of 8 bits.
  let samples: [UInt8]
  /// Between the header and the image data.
  var before: [Chunk] = []
  /// Behind the image data.
  var after: [Chunk] = []
  /// The lengths of the image data's chunks but the last.
  var pieces: [Int] = []
  /// Between the pieces.
  var between: [Chunk] = []
  /// Compression method, filter method, interlace method.
  var methods: [UInt8] = [0, 0, 0]

  /// The file, with filter `filter(row)` for each row.
  func bytes(filter: (Int) -> UInt8, rows: (([UInt8]) -> [UInt8])? = nil) -> [UInt8] {
    bytes(filtered: rows?(filteredRows(filter)) ?? filteredRows(filter))
  }

  /// The file of rows that are filtered already, each after the number of its filter.
  func bytes(filtered: [UInt8]) -> [UInt8] {
    let colourType: UInt8 = [0, 4, 2, 6][channels - 1]
    var chunks: [Chunk] = [
      ("IHDR", bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, colourType] + methods)
    ]
    chunks += before
    var data = Self.zlib(filtered)[...]
    for piece in pieces {
      chunks.append(("IDAT", Array(data.prefix(piece))))
      chunks += between
      data = data.dropFirst(piece)
    }
    chunks += [("IDAT", Array(data))] + after + [("IEND", [])]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunks.flatMap(Self.encode)
  }

  /// Each row after the number of its filter, with the filter applied (W3C, PNG, 9.2).
  private func filteredRows(_ filter: (Int) -> UInt8) -> [UInt8] {
    let rowBytes = width * channels
    var result: [UInt8] = []
    for row in 0..<height {
      result.append(filter(row))
      for index in 0..<rowBytes {
        func sample(_ row: Int, _ index: Int) -> Int { row < 0 || index < 0 ? 0 : Int(samples[row * rowBytes + index]) }
        let (a, b, c) = (sample(row, index - channels), sample(row - 1, index), sample(row - 1, index - channels))
        let predicted: Int
        switch filter(row) {
        case 1: predicted = a
        case 2: predicted = b
        case 3: predicted = (a + b) / 2
        case 4:
          let p = a + b - c
          let (pa, pb, pc) = (abs(p - a), abs(p - b), abs(p - c))
          predicted = pa <= pb && pa <= pc ? a : pb <= pc ? b : c
        default: predicted = 0
        }
        result.append(UInt8(truncatingIfNeeded: sample(row, index) - predicted))
      }
    }
    return result
  }

  private func bigEndian(_ number: UInt32) -> [UInt8] { Self.bigEndian(number) }

  static func bigEndian(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
  }

  /// A chunk with its length and checksum.
  static func encode(_ chunk: Chunk) -> [UInt8] {
    let covered = Array(chunk.type.utf8) + chunk.data
    return bigEndian(UInt32(chunk.data.count)) + covered + checksum(of: covered[...])
  }

  /// The checksum of a chunk's type and data.
  static func checksum(of covered: ArraySlice<UInt8>) -> [UInt8] {
    var remainder: UInt32 = .max
    for byte in covered {
      remainder ^= UInt32(byte)
      for _ in 0..<8 { remainder = remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0xEDB8_8320 }
    }
    return bigEndian(~remainder)
  }

  /// A zlib stream of stored blocks (RFC 1950, RFC 1951).
  private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x78, 0x01]
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(65_535)
      rest = rest.dropFirst(block.count)
      let length = UInt16(block.count)
      result += [
        rest.isEmpty ? 1 : 0, UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8),
      ]
      result += block
    } while !rest.isEmpty
    var sums: (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      sums.0 = (sums.0 + UInt32(byte)) % 65521
      sums.1 = (sums.1 + sums.0) % 65521
    }
    return result + bigEndian(sums.1 << 16 | sums.0)
  }
}
