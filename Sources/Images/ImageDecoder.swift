/// PNG and JPEG files to pixels.
///
/// A value without state: one decoder can be used from any number of threads at once. The format is decided by the
/// file's first bytes, never by its name.
public struct ImageDecoder: Sendable {
  /// What a picture may cost.
  public let limits: ImageLimits

  /// A decoder with limits.
  public init(limits: ImageLimits = .standard) {
    self.limits = limits
  }

  /// The pixels of an image file, brought to a rule's shape.
  ///
  /// - Returns: `height × width × channels` values of the rule, row-major.
  /// - Throws: Any code of ``ImageError`` but `invalidRule`.
  public func pixels(ofFile path: String, rule: ImageRule) throws(ImageError) -> [UInt8] {
    let bytes = try read(path, maximum: limits.maximumFileBytes)
    return rule.apply(to: try decode(bytes, name: path, divisor: rule.divisor(height:width:)))
  }

  /// The pixels of an image file, brought to the shapes of several rules. The file is read once, and decoded once at each size.
  ///
  /// - Returns: For each rule its `height × width × channels` values, row-major.
  /// - Throws: Any code of ``ImageError`` but `invalidRule`.
  public func pixels(ofFile path: String, rules: [ImageRule]) throws(ImageError) -> [[UInt8]] {
    let bytes = try read(path, maximum: limits.maximumFileBytes)
    var images: [ScaledImage] = []
    var result: [[UInt8]] = []
    for rule in rules {
      // A PNG file is decoded at its own size whatever a rule says.
      let isScalable = images.first.map { _ in FileKind.recognise(bytes) == .jpeg } ?? true
      let known = images.first { !isScalable || $0.divisor == rule.divisor(height: $0.height, width: $0.width) }
      let image = if let known { known } else { try decode(bytes, name: path, divisor: rule.divisor(height:width:)) }
      if known == nil { images.append(image) }
      result.append(rule.apply(to: image))
    }
    return result
  }

  /// An image file, upright, at its own size.
  ///
  /// - Throws: Any code of ``ImageError`` but `invalidRule`.
  public func decode(file path: String) throws(ImageError) -> DecodedImage {
    try decode(try read(path, maximum: limits.maximumFileBytes), name: path)
  }

  /// An image file in memory, upright, at its own size.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What messages call it.
  /// - Throws: Any code of ``ImageError`` but `notFound`, `unreadable` and `invalidRule`.
  public func decode(_ bytes: [UInt8], name: String) throws(ImageError) -> DecodedImage {
    try decode(bytes, name: name) { _, _ in 1 }.pixels
  }

  /// An image file in memory, upright, a JPEG file at a part of its size.
  ///
  /// - Parameter divisor: Of the height and width of a JPEG file, upright: by what both are divided, rounded up.
  private func decode(
    _ bytes: [UInt8], name: String, divisor: (_ height: Int, _ width: Int) -> Int
  ) throws(ImageError) -> ScaledImage {
    try limits.check(bytes: bytes.count, name: name)
    switch FileKind.recognise(bytes) {
    case .png:
      let structure = try PNGStructure(bytes, name: name)
      try limits.check(width: structure.width, height: structure.height, name: name)
      try structure.checkCompressedSize(name: name)
      let stored =
        if let plain = PlainPNG.decode(bytes, structure: structure) { plain } else {
          try LibPNG.decode(bytes, structure: structure, name: name)
        }
      return ScaledImage(stored).turned(structure.orientation)
    case .jpeg:
      let orientation = JPEGStructure(bytes)?.orientation ?? .up
      return try LibTurboJPEG.decode(bytes, limits: limits, name: name) { height, width in
        orientation.swapsAxes ? divisor(width, height) : divisor(height, width)
      }.turned(orientation)
    case let kind:
      throw Self.wrongKind(kind, name: name)
    }
  }

  /// The shape that an image file will have when decoded, from its header alone: upright, with 1 to 4 channels.
  ///
  /// - Throws: Any code of ``ImageError`` but `invalidRule`; pixels are not looked at, so decoding may still fail.
  public func shape(ofFile path: String) throws(ImageError) -> ImageShape {
    let beginning = try read(path, maximum: 64 << 10, prefix: true)
    // A long colour profile or thumbnail can push the first image data further back: then the whole file is read.
    if let shape = try? shape(of: beginning, name: path) { return shape }
    return try shape(of: try read(path, maximum: limits.maximumFileBytes), name: path)
  }

  /// The shape that an image will have when decoded, from its header alone: upright, with 1 to 4 channels.
  ///
  /// - Parameters:
  ///   - bytes: The file, at least as far as its first image data.
  ///   - name: What messages call it.
  public func shape(of bytes: [UInt8], name: String) throws(ImageError) -> ImageShape {
    let (stored, orientation): (ImageShape, ImageOrientation)
    switch FileKind.recognise(bytes) {
    case .png:
      let structure = try PNGStructure(bytes, name: name, wholeFile: false)
      stored = ImageShape(height: structure.height, width: structure.width, channels: structure.channels)
      orientation = structure.orientation
    case .jpeg:
      guard let structure = JPEGStructure(bytes) else {
        throw ImageError(
          code: .corrupt,
          message: "\(name): the JPEG file ends or is damaged before its first scan. Copy or download it again.")
      }
      stored = ImageShape(
        height: structure.height, width: structure.width, channels: structure.components == 1 ? 1 : 3)
      orientation = structure.orientation
    case let kind:
      throw Self.wrongKind(kind, name: name)
    }
    try limits.check(width: stored.width, height: stored.height, name: name)
    return orientation.swapsAxes
      ? ImageShape(height: stored.width, width: stored.height, channels: stored.channels) : stored
  }

  private func read(_ path: String, maximum: Int, prefix: Bool = false) throws(ImageError) -> [UInt8] {
    do {
      return prefix
        ? try FileBytes.prefix(path: path, count: maximum) : try FileBytes.read(path: path, maximum: maximum)
    } catch {
      switch error {
      case .notFound:
        throw ImageError(code: .notFound, message: FileBytes.notFoundMessage(path: path, expected: "file"))
      case .notAFile(let what):
        throw ImageError(code: .unreadable, message: "\(path): is \(what), expected a PNG or JPEG file.")
      case .tooLarge(let bytes):
        try limits.check(bytes: bytes, name: path)
        throw ImageError(code: .tooLarge, message: "\(path): the file has \(bytes) bytes.")
      case .system(let reason):
        throw ImageError(code: .unreadable, message: "\(path): cannot be read: \(reason).")
      }
    }
  }

  private static func wrongKind(_ kind: FileKind, name: String) -> ImageError {
    let code: ImageError.Code = kind == .empty ? .empty : kind.isPicture ? .unsupportedFormat : .notAnImage
    let remedy = kind.remedy.map { " \($0)" } ?? ""
    return ImageError(code: code, message: "\(name): is \(kind), expected a PNG or JPEG picture.\(remedy)")
  }
}
