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
  /// Planes that are shorter are left to zlib: making the fast reader's tables would take longer than reading.
  private static let shortPlane = 2048

  /// A plane that shrinks by less than one part in so many is stored: it would take twenty times as long to read.
  private static let leastGain = 16

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
    let planes = Planes.split(bytes, elementSize: elementSize)
    var plans: [Deflate.Plan] = []
    for index in 0..<elementSize {
      do {
        plans.append(try plan(for: planes.span.extracting(index * count..<(index + 1) * count)))
      } catch {
        throw Damage(problem: "zlib could not compress \(count) bytes: \(error)")
      }
    }
    let sizes = plans.map { Deflate.size($0, count: count) }
    // The streams are written eight bytes at a time.
    var result = [UInt8](repeating: 0, count: sizes.reduce(4 * elementSize, +) + 8)
    var span = result.mutableSpan
    var output = unsafe span.mutableBytes
    var position = 4 * elementSize
    for (index, plan) in plans.enumerated() {
      output.storeBytes(of: UInt32(sizes[index]).littleEndian, toByteOffset: 4 * index, as: UInt32.self)
      Deflate.write(
        planes.span.extracting(index * count..<(index + 1) * count), plan, into: &output, at: &position)
    }
    result.removeLast(8)
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
    for index in 0..<elementSize {
      let stream = bytes.extracting(start..<start + lengths[index])
      start += lengths[index]
      var plane = span._mutatingExtracting(index * count..<(index + 1) * count)
      do {
        if count >= shortPlane, Inflate.decompress(stream, into: &plane) { continue }
        try Zlib.decompress(stream, into: &plane)
      } catch {
        throw Damage(problem: "plane \(index), expected \(count) bytes: \(description(of: error))")
      }
    }
    var target = output._mutatingExtracting(range)
    Planes.join(planes.span, elementSize: elementSize, into: &target, difference: combination == .difference)
  }

  /// The shortest form that little effort finds: mantissas are stored as they are, without trying long.
  private static func plan(for plane: Span<UInt8>) throws(Zlib.Failure) -> Deflate.Plan {
    let sample = PlaneSample(of: plane)
    let (entropy, runShare) = (sample.entropy, sample.runShare)
    // Few values repeat by chance; where many do, something follows from something, such as in costs.
    let isPatterned = entropy > 2 && sample.matchShare > 1.0 / 4
    guard entropy < 8 * (1 - 1 / Double(leastGain)) || runShare > 1.0 / 64 || isPatterned else { return .stored }
    let blocks = Deflate.blocks(of: plane, withRuns: runShare > 1.0 / 1024)
    var size = Deflate.size(blocks)
    var plan = Deflate.Plan.coded(blocks)
    if isPatterned {
      let stream = try Zlib.compress(plane)
      if stream.count < size - size / 32 { (plan, size) = (.finished(stream), stream.count) }
    }
    let stored = Deflate.storedSize(plane.count)
    return plane.isEmpty || size > stored - stored / leastGain ? .stored : plan
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
