// The one file of this module that calls libpng.
import CPNG

/// PNG files through libpng's simplified API, which keeps its `setjmp` to itself, but for interlaced 16-bit files.
///
/// A gAMA chunk that differs from sRGB is taken into account: the values come out in sRGB. 16-bit values are scaled to
/// 8 bits, rounded to nearest, and are taken to be sRGB unless the file says otherwise.
enum LibPNG {
  /// Decodes a PNG file whose structure and size have been checked.
  static func decode(_ bytes: [UInt8], structure: PNGStructure, name: String) throws(ImageError) -> DecodedImage {
    let result: Result<DecodedImage, ImageError> = unsafe bytes.withUnsafeBytes { buffer in
      unsafe decode(buffer, structure: structure, name: name)
    }
    return try result.get()
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, structure: PNGStructure, name: String
  ) -> Result<DecodedImage, ImageError> {
    var image = unsafe png_image()
    unsafe image.version = UInt32(PNG_IMAGE_VERSION)
    defer { unsafe png_image_free(&image) }
    guard unsafe png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
      return .failure(unsafe error(image, name))
    }
    unsafe image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
    unsafe image.format &= UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_ALPHA)
    let format = unsafe image.format
    let channels = (format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0 ? 1 : 3) + Int(format & UInt32(PNG_FORMAT_FLAG_ALPHA))
    let shape = unsafe ImageShape(height: Int(image.height), width: Int(image.width), channels: channels)
    // Transparency that is damaged or out of place libpng passes over, which would be another picture.
    let expected = ImageShape(height: structure.height, width: structure.width, channels: structure.channels)
    guard shape == expected, let count = shape.valueCount else {
      return .failure(damaged("reads \(shape), the chunks before the pixels say \(expected)", name))
    }
    if structure.bitDepth == 16 && structure.isInterlaced {
      return unsafe decodeInterlaced(bytes, shape: shape, count: count, name: name)
    }
    var succeeded = false
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      succeeded = unsafe png_image_finish_read(&image, nil, buffer.baseAddress, 0, nil) != 0
      initializedCount = succeeded ? count : 0
    }
    guard succeeded else { return .failure(unsafe error(image, name)) }
    return .success(DecodedImage(unchecked: shape, pixels: pixels))
  }

  /// For interlaced 16-bit files, which the simplified API of some releases gets wrong: `shim.h` says why.
  private static func decodeInterlaced(
    _ bytes: UnsafeRawBufferPointer, shape: ImageShape, count: Int, name: String
  ) -> Result<DecodedImage, ImageError> {
    var message = [CChar](repeating: 0, count: 128)
    var succeeded = false
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      succeeded =
        unsafe cpng_read_8_bit(
          bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, buffer.baseAddress, shape.height,
          shape.width * shape.channels, &message, message.count) != 0
      initializedCount = succeeded ? count : 0
    }
    if succeeded { return .success(DecodedImage(unchecked: shape, pixels: pixels)) }
    let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return .failure(damaged(text, name))
  }

  /// A picture as a PNG file: 8 bits a sample, sRGB, not interlaced.
  static func encode(_ picture: DecodedImage) throws(ImageError) -> [UInt8] {
    var image = unsafe png_image()
    unsafe image.version = UInt32(PNG_IMAGE_VERSION)
    unsafe image.width = UInt32(clamping: picture.width)
    unsafe image.height = UInt32(clamping: picture.height)
    unsafe image.format =
      (picture.channels > 2 ? UInt32(PNG_FORMAT_FLAG_COLOR) : 0)
      | (picture.channels % 2 == 0 ? UInt32(PNG_FORMAT_FLAG_ALPHA) : 0)
    defer { unsafe png_image_free(&image) }
    // What does not compress gets longer: by a byte a row, and for its blocks and chunks by less than a 256th.
    let filtered = picture.height * (1 + picture.width * picture.channels)
    var size = png_alloc_size_t(filtered + filtered / 256 + 4096)
    var succeeded = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, initializedCount in
      succeeded =
        unsafe png_image_write_to_memory(&image, buffer.baseAddress, &size, 0, picture.pixels, 0, nil) != 0
      initializedCount = succeeded ? Int(size) : 0
    }
    guard succeeded else {
      throw ImageError(
        code: .tooLarge,
        message: "picture: \(picture.shape) cannot be written as PNG (libpng: \(unsafe message(image))).")
    }
    return bytes
  }

  private static func message(_ image: png_image) -> String {
    unsafe withUnsafeBytes(of: image.message) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static func error(_ image: png_image, _ name: String) -> ImageError {
    damaged(unsafe message(image), name)
  }

  private static func damaged(_ message: String, _ name: String) -> ImageError {
    ImageError(
      code: .corrupt,
      message: "\(name): the PNG file is damaged (libpng: \(message)). Copy or download it again.")
  }
}
