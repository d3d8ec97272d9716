import CZlib

/// zlib streams (RFC 1950) in memory. The one file that talks to the C library, hence the one that is unsafe.
enum Zlib {
  /// What can go wrong with a stream from outside.
  enum Failure: Error {
    /// Not a zlib stream, or its checksum differs.
    case invalid
    /// The stream holds more than was said.
    case tooLong
    /// The stream ends early or holds less than was said.
    case tooShort
    /// Bytes follow the stream's end.
    case leftOver
    /// zlib could not get memory.
    case outOfMemory
  }

  /// How hard to look for a shorter form.
  enum Effort {
    /// Level 0: the bytes as they are, in stored blocks.
    case stored
    /// Huffman codes alone: all there is to gain from independent numbers, and fast.
    case codes
    /// Huffman codes and runs of one byte.
    case runs
    /// Level 6.
    case matches
  }

  /// The largest factor by which deflate can shrink (RFC 1951: 258 bytes from two bits, less the block's header).
  static let maximumRatio = 1032

  /// The most bytes that the stream of that many bytes can have.
  static func bound(_ count: Int) -> Int { Int(compressBound(uLong(count))) + storedBlockOverhead }

  /// What level 0 can add beyond what `compressBound` says: a block for each 16 KiB.
  private static let storedBlockOverhead = 1024

  /// Writes the stream of some bytes, at most `UInt32.max` of them, to the beginning of `output`.
  ///
  /// - Returns: how many bytes the stream has.
  /// - Throws: ``Failure/tooShort`` if the output has less room than it takes; ``bound(_:)`` is enough.
  static func compress(
    _ bytes: Span<UInt8>, _ effort: Effort, into output: inout MutableSpan<UInt8>
  ) throws(Failure) -> Int {
    let (level, strategy): (CInt, CInt) =
      switch effort {
      case .stored: (0, Z_DEFAULT_STRATEGY)
      case .codes: (1, Z_HUFFMAN_ONLY)
      case .runs: (1, Z_RLE)
      case .matches: (6, Z_DEFAULT_STRATEGY)
      }
    return unsafe try withStream { stream throws(Failure) in
      guard
        unsafe deflateInit2_(
          stream, level, Z_DEFLATED, 15, 8, strategy, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
      else { throw .outOfMemory }
      defer { unsafe _ = deflateEnd(stream) }
      var status = Z_OK
      unsafe bytes.withUnsafeBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
          unsafe stream.pointee.avail_in = uInt(input.count)
          unsafe stream.pointee.next_out = output.baseAddress
          unsafe stream.pointee.avail_out = uInt(output.count)
          status = unsafe deflate(stream, Z_FINISH)
        }
      }
      guard status == Z_STREAM_END else { throw status == Z_STREAM_ERROR ? .outOfMemory : .tooShort }
      return Int(unsafe stream.pointee.total_out)
    }
  }

  /// The stream of some bytes; at most `UInt32.max` of them.
  static func compress(_ bytes: Span<UInt8>, _ effort: Effort) throws(Failure) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: bound(bytes.count))
    var output = result.mutableSpan
    let count = try compress(bytes, effort, into: &output)
    result.removeLast(result.count - count)
    return result
  }

  /// Fills `output` with what a stream holds: exactly as many bytes, from a stream that ends where `bytes` end.
  static func decompress(_ bytes: Span<UInt8>, into output: inout MutableSpan<UInt8>) throws(Failure) {
    let expected = output.count
    unsafe try withStream { stream throws(Failure) in
      guard unsafe inflateInit_(stream, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw .outOfMemory
      }
      defer { unsafe _ = inflateEnd(stream) }
      var status = Z_OK
      unsafe bytes.withUnsafeBufferPointer { input in
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.pointee.avail_in = uInt(input.count)
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe stream.pointee.next_out = output.baseAddress
          unsafe stream.pointee.avail_out = uInt(output.count)
          if expected > 0 { status = unsafe inflate(stream, Z_FINISH) }
        }
        if status == Z_OK || status == Z_BUF_ERROR, unsafe stream.pointee.avail_out == 0 {
          // One byte more than expected lets zlib reach the end of a stream that fits exactly, even of an empty one.
          unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { spare in
            unsafe stream.pointee.next_out = spare.baseAddress
            unsafe stream.pointee.avail_out = 1
            status = unsafe inflate(stream, Z_FINISH)
          }
        }
      }
      let produced = Int(unsafe stream.pointee.total_out)
      switch status {
      case Z_STREAM_END:
        guard produced == expected else { throw produced > expected ? .tooLong : .tooShort }
        guard unsafe stream.pointee.avail_in == 0 else { throw .leftOver }
      case Z_MEM_ERROR: throw .outOfMemory
      case Z_OK, Z_BUF_ERROR: throw produced > expected ? .tooLong : .tooShort
      default: throw .invalid
      }
    }
  }

  /// A stream that stays where it is: zlib keeps a pointer to it and refuses one that was moved.
  private static func withStream<Result>(
    _ body: (UnsafeMutablePointer<z_stream>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    defer { unsafe stream.deallocate() }
    unsafe stream.initialize(to: z_stream())
    return unsafe try body(stream)
  }
}
