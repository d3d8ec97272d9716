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
  ///
  /// - Parameter divisor: Of the stored height and width: by what both are divided, rounded up.
  static func decode(
    _ bytes: [UInt8], limits: ImageLimits, name: String, divisor: (_ height: Int, _ width: Int) -> Int
  ) throws(ImageError) -> ScaledImage {
    guard let handle = unsafe tjInitDecompress() else {
      throw ImageError(code: .corrupt, message: "\(name): libjpeg-turbo could not be started: out of memory?")
    }
    defer { unsafe _ = tjDestroy(handle) }
    let header = try unsafe header(handle, bytes, name)
    try limits.check(width: header.width, height: header.height, name: name)

    let stored = header.isFourColour ? 4 : header.isGrey ? 1 : 3
    let format = header.isFourColour ? TJPF_CMYK : header.isGrey ? TJPF_GRAY : TJPF_RGB
    let divisor = divisor(header.height, header.width)
    let height = (header.height + divisor - 1) / divisor
    let width = (header.width + divisor - 1) / divisor
    let count = height * width * stored
    var status: Int32 = -1
    var pixels = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      status = unsafe bytes.withUnsafeBufferPointer { source in
        unsafe tjDecompress2(
          handle, source.baseAddress, UInt(source.count), buffer.baseAddress, Int32(width), 0, Int32(height),
          Int32(format.rawValue), TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
      }
      initializedCount = status == 0 ? count : 0
    }
    guard status == 0 else { throw unsafe error(handle, name) }
    if header.isFourColour { pixels = InvertedCMYK.rgb(pixels) }
    let shape = ImageShape(height: height, width: width, channels: header.isFourColour ? 3 : stored)
    return ScaledImage(
      rows: ScaledImage.Axis(count: header.height, divisor: divisor),
      columns: ScaledImage.Axis(count: header.width, divisor: divisor),
      pixels: DecodedImage(unchecked: shape, pixels: pixels))
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
