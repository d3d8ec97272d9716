// The one file of this module that calls libdeflate.
import CDeflate

/// The common sort of PNG file, read in a part of the time that libpng takes: 8 bits a sample, grey or colour, with or without alpha, not
/// interlaced, in sRGB, and without the least damage.
///
/// Whatever else a file holds or whatever is wrong with it, this says nothing about it: libpng reads it then, or says what is wrong.
enum PlainPNG {
  /// The picture, stored as it is; nil where libpng is to read the file.
  static func decode(_ bytes: [UInt8], structure: PNGStructure) -> DecodedImage? {
    guard structure.isPlain, checksumsHold(bytes, structure.chunks) else { return nil }
    let shape = ImageShape(height: structure.height, width: structure.width, channels: structure.channels)
    guard let filtered = inflate(bytes, structure, count: shape.height * (1 + shape.width * shape.channels)),
      let pixels = PixelKernels.unfilter(filtered, shape: shape)
    else { return nil }
    return DecodedImage(unchecked: shape, pixels: pixels)
  }

  /// Whether the CRC behind each chunk is that of its type and data.
  private static func checksumsHold(_ bytes: [UInt8], _ chunks: [PNGStructure.Chunk]) -> Bool {
    unsafe bytes.withUnsafeBytes { buffer in
      chunks.allSatisfy { chunk in
        let covered = chunk.data.lowerBound - 4..<chunk.data.upperBound
        let found = unsafe libdeflate_crc32(0, buffer.baseAddress.map { unsafe $0 + covered.lowerBound }, covered.count)
        return found == bytes.bigEndian32(at: chunk.data.upperBound)
      }
    }
  }

  /// The image data decompressed, exactly so many bytes.
  private static func inflate(_ bytes: [UInt8], _ structure: PNGStructure, count: Int) -> [UInt8]? {
    let parts = structure.chunks.filter { $0.type == .imageData }.map(\.data)
    guard let first = parts.first, let decompressor = unsafe libdeflate_alloc_decompressor() else { return nil }
    defer { unsafe libdeflate_free_decompressor(decompressor) }
    // One chunk, as most files have, is read where it lies.
    let data = parts.count == 1 ? bytes[first] : ArraySlice(parts.flatMap { bytes[$0] })
    var isWhole = false
    let result = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
      var consumed = 0
      let outcome = unsafe data.withUnsafeBytes { source in
        unsafe libdeflate_zlib_decompress_ex(
          decompressor, source.baseAddress, source.count, target.baseAddress, count, &consumed, nil)
      }
      isWhole = outcome == LIBDEFLATE_SUCCESS && consumed == data.count
      initializedCount = isWhole ? count : 0
    }
    return isWhole ? result : nil
  }
}
