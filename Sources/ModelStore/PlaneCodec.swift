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
  /// The most bytes of a chunk before encoding that are read: what decoding needs in memory, twice.
  static let maximumChunkSize = 1 << 23
  /// The bytes of a chunk before encoding that are written: small enough that several threads have something to do even for one
  /// tensor of a small network, and that a chunk stays in the cache; large enough that its tables of codes do not count.
  static let chunkSize = 1 << 18

  /// What is wrong with stored bytes.
  struct Damage: Error {
    /// What was expected and what was found.
    let problem: String
    /// Whether nothing is known about the bytes, since there was no memory to read or write them.
    var isOutOfMemory = false
  }

  /// A plane that shrinks by less than one part in so many is stored: it would take ten times as long to read.
  private static let leastGain = 16

  /// Encodes the elements of one chunk.
  ///
  /// - Parameters:
  ///   - bytes: at most ``maximumChunkSize``, a multiple of `elementSize`.
  static func encode(_ bytes: Span<UInt8>, elementSize: Int) throws(Damage) -> [UInt8] {
    let count = bytes.count / elementSize
    let planes = Planes.split(bytes, elementSize: elementSize)
    let header = 4 * elementSize
    // All streams are written where they stay; what they do not need is cut off.
    var result = [UInt8](repeating: 0, count: header + elementSize * Zlib.bound(count))
    var output = result.mutableSpan
    var position = header
    for index in 0..<elementSize {
      let plane = planes.span.extracting(index * count..<(index + 1) * count)
      var rest = output._mutatingExtracting(position..<output.count)
      let length: Int
      do {
        length = try compress(plane, into: &rest)
      } catch {
        throw Damage(
          problem: "zlib could not compress \(count) bytes: \(error)", isOutOfMemory: error == .outOfMemory)
      }
      for byte in 0..<4 { output[4 * index + byte] = UInt8(truncatingIfNeeded: length >> (8 * byte)) }
      position += length
    }
    result.removeLast(result.count - position)
    return result
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
    var planes = [UInt8](repeating: 0, count: count * elementSize)
    var span = planes.mutableSpan
    var index = 0
    do {
      let inflater = try Inflater()
      while index < elementSize {
        var plane = span._mutatingExtracting(index * count..<(index + 1) * count)
        try inflater.decompress(bytes.extracting(start..<start + lengths[index]), into: &plane)
        start += lengths[index]
        index += 1
      }
    } catch {
      throw Damage(
        problem: "plane \(index), expected \(count) bytes: \(description(of: error))",
        isOutOfMemory: error == .outOfMemory)
    }
    var target = output._mutatingExtracting(range)
    Planes.join(planes.span, elementSize: elementSize, into: &target, difference: combination == .difference)
  }

  /// Writes the shortest stream that little effort finds: mantissas are stored as they are, without trying long.
  private static func compress(
    _ plane: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(Zlib.Failure) -> Int {
    if let effort = effort(for: plane) {
      let length = try Zlib.compress(plane, effort, into: &output)
      if length < plane.count - plane.count / leastGain { return length }
    }
    return try Zlib.compress(plane, .stored, into: &output)
  }

  /// What a sample of a plane says is worth trying; nil if nothing is to be gained.
  private static func effort(for plane: Span<UInt8>) -> Zlib.Effort? {
    let sample = PlaneSample(of: plane)
    let entropy = sample.entropy
    // Few values repeat by chance; where many do, something follows from something, such as in costs.
    if entropy > 2, sample.matchShare > 1.0 / 4 { return .matches }
    // As many runs as are worth it leave less than this.
    guard entropy < 8 * (1 - 1 / Double(leastGain)) else { return nil }
    return sample.runShare > 1.0 / 64 ? .runs : .codes
  }

  private static func description(of failure: Inflater.Failure) -> String {
    switch failure {
    case .invalid: "the stream is not a zlib stream, or its checksum differs"
    case .tooLong: "the stream holds more"
    case .tooShort: "the stream holds less"
    case .leftOver: "bytes follow the stream's end"
    case .outOfMemory: "there is no memory to read it"
    }
  }
}
