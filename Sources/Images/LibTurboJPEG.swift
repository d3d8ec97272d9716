// The one file of this module that calls libjpeg-turbo.
import CTurboJPEG

/// JPEG decoding through the TurboJPEG API: the accurate integer inverse DCT and smooth ("fancy") chroma upsampling.
enum LibTurboJPEG {
  /// What a decompressor reads from the header.
  struct Header {
    let width: Int
    let height: Int
    let isGrey: Bool
    let isFourColour: Bool
  }

  /// Decodes a JPEG file; any warning of the decoder, such as data that end too early, is an error.
  static func decode(_ bytes: [UInt8], limits: ImageLimits, name: String) throws(ImageError) -> DecodedImage {
    guard let handle = unsafe tjInitDecompress() else {
      throw ImageError(code: .corrupt, message: "\(name): libjpeg-turbo could not be started: out of memory?")
    }
    defer { unsafe _ = tjDestroy(handle) }
    let header = try unsafe header(handle, bytes, name)
    try limits.check(width: header.width, height: header.height, name: name)

    let stored = header.isFourColour ? 4 : header.isGrey ? 1 : 3
    let format = header.isFourColour ? TJPF_CMYK : header.isGrey ? TJPF_GRAY : TJPF_RGB
    let shape = ImageShape(height: header.height, width: header.width, channels: stored)
    let count = header.height * header.width * stored
    var status: Int32 = -1
    var pixels = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      status = unsafe bytes.withUnsafeBufferPointer { source in
        unsafe tjDecompress2(
          handle, source.baseAddress, UInt(source.count), buffer.baseAddress, Int32(header.width), 0,
          Int32(header.height), Int32(format.rawValue), TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
      }
      initializedCount = status == 0 ? count : 0
    }
    guard status == 0 else { throw unsafe error(handle, name) }
    if !header.isFourColour { return DecodedImage(unchecked: shape, pixels: pixels) }
    pixels = InvertedCMYK.rgb(pixels)
    return DecodedImage(
      unchecked: ImageShape(height: header.height, width: header.width, channels: 3), pixels: pixels)
  }

  private static func header(_ handle: tjhandle, _ bytes: [UInt8], _ name: String) throws(ImageError) -> Header {
    var width: Int32 = 0
    var height: Int32 = 0
    var subsampling: Int32 = 0
    var colourSpace: Int32 = -1
    let status = unsafe bytes.withUnsafeBufferPointer { source in
      unsafe tjDecompressHeader3(
        handle, source.baseAddress, UInt(source.count), &width, &height, &subsampling, &colourSpace)
    }
    // An unusual subsampling fails here although it can be decoded; everything that decoding needs is known by then.
    guard status == 0 || (width > 0 && height > 0 && subsampling < 0 && colourSpace >= 0) else {
      throw unsafe error(handle, name)
    }
    return Header(
      width: Int(width), height: Int(height), isGrey: colourSpace == Int32(TJCS_GRAY.rawValue),
      isFourColour: colourSpace == Int32(TJCS_CMYK.rawValue) || colourSpace == Int32(TJCS_YCCK.rawValue))
  }

  private static func error(_ handle: tjhandle, _ name: String) -> ImageError {
    let message = unsafe tjGetErrorStr2(handle).map { unsafe String(cString: $0) } ?? "unknown error"
    let isUnsupported = ["Unsupported", "not supported", "Unsupported marker", "not compiled"].contains {
      message.contains($0)
    }
    return ImageError(
      code: isUnsupported ? .unsupportedFormat : .corrupt,
      message: isUnsupported
        ? "\(name): a JPEG variant that is not read (libjpeg-turbo: \(message)). Convert it to PNG or baseline JPEG."
        : "\(name): the JPEG file is damaged or cut short (libjpeg-turbo: \(message)). Copy or download it again.")
  }
}

/// CMYK as Adobe programs write it into JPEG files: 255 means no ink.
enum InvertedCMYK {
  /// Red, green and blue of each pixel, by the subtractive formula `K − C·K/255` on the inks' complements.
  static func rgb(_ inks: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: inks.count / 4 * 3)
    for pixel in 0..<(inks.count / 4) {
      let key = UInt32(inks[4 * pixel + 3])
      for channel in 0..<3 {
        let ink = 255 - UInt32(inks[4 * pixel + channel])
        result[3 * pixel + channel] = UInt8(key - dividedBy255(ink * key))
      }
    }
    return result
  }

  /// value ÷ 255 to the nearest whole number, exact for products of two bytes.
  private static func dividedBy255(_ value: UInt32) -> UInt32 {
    let biased = value + 128
    return ((biased >> 8) + biased) >> 8
  }
}
