extension ImageRule {
  /// A picture brought to this rule's shape: steps 3 to 5 of the rule.
  ///
  /// - Returns: `height × width × channels` values, row-major.
  public func apply(to image: DecodedImage) -> [UInt8] {
    apply(to: ScaledImage(image))
  }

  /// The same of a picture that was decoded at a part of its size. Where things lie follows from its own size: the rectangle that is cut
  /// out and the margins are those of the whole picture, so that no pixel of the smaller one moves what they show.
  func apply(to image: ScaledImage) -> [UInt8] {
    let source = Raster(
      height: image.pixels.height, width: image.pixels.width, channels: channels,
      pixels: image.pixels.flattened(channels: channels, background: background))
    if image.height == height && image.width == width { return source.pixels }
    switch fit {
    case .stretch:
      let whole = Raster.Box(top: 0, left: 0, height: image.height, width: image.width)
      return resized(source, whole, of: image, height: height, width: width).pixels
    case .crop:
      let box = centreCrop(height: image.height, width: image.width)
      return resized(source, box, of: image, height: height, width: width).pixels
    case .pad:
      let whole = Raster.Box(top: 0, left: 0, height: image.height, width: image.width)
      let inner = innerSize(height: image.height, width: image.width)
      return padded(resized(source, whole, of: image, height: inner.height, width: inner.width))
    }
  }

  /// What a picture shows in a box of its own pixels, at another size.
  private func resized(_ source: Raster, _ box: Raster.Box, of image: ScaledImage, height: Int, width: Int) -> Raster {
    let (rows, down) = image.rows.scaled(box.top..<(box.top + box.height))
    let (columns, across) = image.columns.scaled(box.left..<(box.left + box.width))
    let part = Raster.Box(
      top: rows.lowerBound, left: columns.lowerBound, height: rows.count, width: columns.count)
    return source.cropped(part)
      .resized(Raster.Extent(columns: across, rows: down), height: height, width: width, filter: filter)
  }

  /// The largest centred rectangle of the rule's aspect ratio, its shorter side rounded to the nearest whole pixel
  /// (halves up), its offset rounded down.
  func centreCrop(height sourceHeight: Int, width sourceWidth: Int) -> Raster.Box {
    if sourceWidth * height > sourceHeight * width {
      let cropWidth = min(sourceWidth, max(1, Self.roundedQuotient(sourceHeight * width, height)))
      return Raster.Box(top: 0, left: (sourceWidth - cropWidth) / 2, height: sourceHeight, width: cropWidth)
    }
    let cropHeight = min(sourceHeight, max(1, Self.roundedQuotient(sourceWidth * height, width)))
    return Raster.Box(top: (sourceHeight - cropHeight) / 2, left: 0, height: cropHeight, width: sourceWidth)
  }

  /// The size of the whole picture scaled to fit inside the rule's, its shorter side rounded as in a crop.
  func innerSize(height sourceHeight: Int, width sourceWidth: Int) -> (height: Int, width: Int) {
    if sourceWidth * height > sourceHeight * width {
      return (min(height, max(1, Self.roundedQuotient(sourceHeight * width, sourceWidth))), width)
    }
    return (height, min(width, max(1, Self.roundedQuotient(sourceWidth * height, sourceHeight))))
  }

  private func padded(_ inner: Raster) -> [UInt8] {
    let fill = channels == 1 ? [Luma.grey(background[0], background[1], background[2])] : background
    var result = [UInt8]()
    result.reserveCapacity(height * width * channels)
    let top = (height - inner.height) / 2
    let left = (width - inner.width) / 2
    func append(margin pixels: Int) {
      for _ in 0..<pixels { result.append(contentsOf: fill) }
    }
    append(margin: top * width)
    for row in 0..<inner.height {
      append(margin: left)
      let start = row * inner.width * channels
      result.append(contentsOf: inner.pixels[start..<(start + inner.width * channels)])
      append(margin: width - left - inner.width)
    }
    append(margin: (height - top - inner.height) * width)
    return result
  }

  /// numerator ÷ denominator to the nearest whole number, halves up.
  private static func roundedQuotient(_ numerator: Int, _ denominator: Int) -> Int {
    (2 * numerator + denominator) / (2 * denominator)
  }
}

extension DecodedImage {
  /// The picture with its alpha composited over `background`, in 1 (grey) or 3 (RGB) channels.
  ///
  /// - Parameter background: Red, green and blue.
  /// - Returns: `height × width × channels` values, row-major.
  func flattened(channels wanted: Int, background: [UInt8]) -> [UInt8] {
    if channels == wanted { return pixels }
    let hasAlpha = channels == 2 || channels == 4
    let isColour = channels >= 3
    var result = [UInt8](repeating: 0, count: height * width * wanted)
    var source = 0
    var target = 0
    while target < result.count {
      var red = pixels[source]
      var green = isColour ? pixels[source + 1] : red
      var blue = isColour ? pixels[source + 2] : red
      if hasAlpha {
        let alpha = UInt32(pixels[source + channels - 1])
        red = Self.composite(red, over: background[0], alpha: alpha)
        green = Self.composite(green, over: background[1], alpha: alpha)
        blue = Self.composite(blue, over: background[2], alpha: alpha)
      }
      if wanted == 1 {
        result[target] = Luma.grey(red, green, blue)
      } else {
        result[target] = red
        result[target + 1] = green
        result[target + 2] = blue
      }
      source += channels
      target += wanted
    }
    return result
  }

  private static func composite(_ value: UInt8, over background: UInt8, alpha: UInt32) -> UInt8 {
    UInt8((alpha * UInt32(value) + (255 - alpha) * UInt32(background) + 127) / 255)
  }
}

/// Colour to grey.
enum Luma {
  /// ITU-R BT.601 luma in 16-bit fixed point; of three equal values it is that value.
  static func grey(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let sum: UInt32 = 19595 * UInt32(red) + 38470 * UInt32(green) + 7471 * UInt32(blue)
    return UInt8((sum + 32768) >> 16)
  }
}
