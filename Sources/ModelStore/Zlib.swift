import CZlib

/// Writes zlib streams (RFC 1950) in memory; ``Inflater`` reads them.
enum Zlib {
  /// What can go wrong when a stream is written.
  enum Failure: Error {
    /// The output has less room than the stream takes.
    case noRoom
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
  /// - Throws: ``Failure/noRoom`` if the output has less room than it takes; ``bound(_:)`` is enough.
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
      guard status == Z_STREAM_END else { throw status == Z_STREAM_ERROR ? .outOfMemory : .noRoom }
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
