import CDeflate

/// Reads zlib streams (RFC 1950) in memory by libdeflate, which takes half of zlib's time for it. One inflater a thread.
@safe struct Inflater: ~Copyable {
  /// What can go wrong with a stream from outside.
  enum Failure: Error {
    /// Not a zlib stream, or its checksum differs.
    case invalid
    /// The stream holds more than was said.
    case tooLong
    /// The stream holds less than was said.
    case tooShort
    /// Bytes follow the stream's end.
    case leftOver
    /// There is no memory for an inflater.
    case outOfMemory
  }

  private let decompressor: OpaquePointer

  init() throws(Failure) {
    guard let decompressor = unsafe libdeflate_alloc_decompressor() else { throw .outOfMemory }
    unsafe self.decompressor = decompressor
  }

  deinit { unsafe libdeflate_free_decompressor(decompressor) }

  /// Fills `output` with what a stream holds: exactly as many bytes, from a stream that ends where `bytes` end.
  func decompress(_ bytes: Span<UInt8>, into output: inout MutableSpan<UInt8>) throws(Failure) {
    var consumed = 0
    var produced = 0
    let result = unsafe bytes.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        // libdeflate wants a pointer even for nothing.
        unsafe withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { spare in
          unsafe libdeflate_zlib_decompress_ex(
            decompressor, input.baseAddress ?? UnsafeRawPointer(spare.baseAddress), input.count,
            output.baseAddress ?? spare.baseAddress, output.count, &consumed, &produced)
        }
      }
    }
    switch result {
    case LIBDEFLATE_SUCCESS:
      guard produced == output.count else { throw .tooShort }
      guard consumed == bytes.count else { throw .leftOver }
    case LIBDEFLATE_INSUFFICIENT_SPACE: throw .tooLong
    default: throw .invalid
    }
  }
}
