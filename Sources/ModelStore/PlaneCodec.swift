/// How a chunk of numbers is stored: the first bytes of all elements, then all second bytes, and so on, each such plane as one
/// zlib stream.
///
/// Trained weights have nearly random mantissas but few different exponents, so one plane in four shrinks well and the others not
/// at all; apart they are found out at once. The form, of a chunk of n elements of e bytes:
/// - e lengths, each a little-endian 32-bit unsigned number: how many bytes each plane's stream has;
/// - the e streams one after the other, each a zlib stream of exactly n bytes.
enum PlaneCodec {
  /// The codec's name in the store.
  static let name = "planes"
  /// The name in the store of the same form of a difference: the bytes exclusive or those of another blob.
  static let differenceName = "xor-planes"
  /// The most bytes of a chunk before encoding: what encoding and decoding need in memory, twice.
  static let maximumChunkSize = 1 << 23

  /// What is wrong with stored bytes.
  struct Damage: Error {
    /// What was expected and what was found.
    let problem: String
  }

  /// Encodes the elements of one chunk.
  ///
  /// - Parameters:
  ///   - bytes: at most ``maximumChunkSize``, a multiple of `elementSize`.
  static func encode(_ bytes: Span<UInt8>, elementSize: Int) throws(Damage) -> [UInt8] {
    let count = bytes.count / elementSize
    var lengths: [UInt8] = []
    var streams: [UInt8] = []
    var plane = [UInt8](repeating: 0, count: count)
    for index in 0..<elementSize {
      var target = plane.mutableSpan
      gather(from: bytes, first: index, stride: elementSize, into: &target)
      let stream: [UInt8]
      do {
        stream = try compress(plane.span)
      } catch {
        throw Damage(problem: "zlib could not compress \(count) bytes: \(error)")
      }
      for shift in [0, 8, 16, 24] { lengths.append(UInt8(truncatingIfNeeded: stream.count >> shift)) }
      streams.append(contentsOf: stream)
    }
    return lengths + streams
  }

  /// What decoded bytes do to those that are there.
  enum Combination {
    /// Take their place.
    case replace
    /// Are their difference (exclusive or) from what is wanted.
    case difference
  }

  /// Decodes one chunk into `range` of `output`, whose length says what is expected.
  ///
  /// - Throws: ``Damage``: lengths that do not add up, a stream that is not one or holds more or less than expected. Nothing is
  ///   allocated before a stream's length makes the expected size possible.
  static func decode(
    _ bytes: Span<UInt8>, elementSize: Int, into output: inout MutableSpan<UInt8>, at range: Range<Int>,
    as combination: Combination = .replace
  ) throws(Damage) {
    let header = 4 * elementSize
    guard bytes.count >= header else {
      throw Damage(problem: "expected at least \(header) bytes, found \(bytes.count)")
    }
    var lengths: [Int] = []
    for index in 0..<elementSize {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[4 * index + $1]) << (8 * $1) }
      lengths.append(length)
    }
    let total = lengths.reduce(header, +)
    guard total == bytes.count else {
      throw Damage(problem: "the planes' lengths say \(total) bytes, found \(bytes.count)")
    }
    let count = range.count / elementSize
    for (index, length) in lengths.enumerated() where count / Zlib.maximumRatio > length {
      throw Damage(problem: "plane \(index): \(length) bytes cannot hold the expected \(count)")
    }
    var start = header
    var plane = [UInt8](repeating: 0, count: count)
    for index in 0..<elementSize {
      let stream = bytes.extracting(start..<start + lengths[index])
      start += lengths[index]
      var target = plane.mutableSpan
      do {
        try Zlib.decompress(stream, into: &target)
      } catch {
        throw Damage(problem: "plane \(index), expected \(count) bytes: \(description(of: error))")
      }
      scatter(plane.span, first: range.lowerBound + index, stride: elementSize, into: &output, as: combination)
    }
  }

  /// The shortest of what little effort finds: mantissas are stored as they are, without trying long.
  private static func compress(_ plane: Span<UInt8>) throws(Zlib.Failure) -> [UInt8] {
    let sample = plane.extracting(0..<min(plane.count, 1 << 16))
    let runs = try Zlib.compress(sample, .runs)
    let matches = try Zlib.compress(sample, .matches)
    let best = min(runs.count, matches.count)
    // A gain below 1/64 is not worth decompressing at each load.
    if best >= sample.count - sample.count / 64 {
      return try Zlib.compress(plane, .stored)
    }
    let effort: Zlib.Effort = matches.count < runs.count - runs.count / 32 ? .matches : .runs
    if sample.count == plane.count { return effort == .runs ? runs : matches }
    let stream = try Zlib.compress(plane, effort)
    return stream.count < plane.count ? stream : try Zlib.compress(plane, .stored)
  }

  private static func gather(
    from bytes: Span<UInt8>, first: Int, stride: Int, into plane: inout MutableSpan<UInt8>
  ) {
    var source = first
    for index in plane.indices {
      plane[index] = bytes[source]
      source += stride
    }
  }

  private static func scatter(
    _ plane: Span<UInt8>, first: Int, stride: Int, into bytes: inout MutableSpan<UInt8>, as combination: Combination
  ) {
    let kept: UInt8 = combination == .difference ? 0xff : 0
    var target = first
    for index in plane.indices {
      bytes[target] = bytes[target] & kept ^ plane[index]
      target += stride
    }
  }

  private static func description(of failure: Zlib.Failure) -> String {
    switch failure {
    case .invalid: "the stream is not a zlib stream, or its checksum differs"
    case .tooLong: "the stream holds more"
    case .tooShort: "the stream holds less"
    case .leftOver: "bytes follow the stream's end"
    case .outOfMemory: "zlib could not get memory"
    }
  }
}
