extension ImageRule {
  /// By what a JPEG file's size is divided as it is decoded: 1, 2, 4 or 8, and the quotients are rounded up.
  ///
  /// Where ``jpeg`` is ``JPEGDecoding/scaled`` it is the largest for which both height and width, divided exactly, are not below the
  /// rule's, and with ``Fit/pad`` the largest for which one of them is not: so resizing never enlarges what decoding made too small.
  /// A picture of less than 8 pixels in both directions is never divided.
  ///
  /// What such a picture shows where is still that of its own size: the coordinates of a crop, and of the last pixel, of which only a
  /// part may be the picture's, are divided exactly.
  ///
  /// libjpeg leaves out the higher frequencies of each block of 8 × 8 pixels, for which it needs a fraction of the time. Other
  /// programs reach the same pixels by its `scale_denom` (in Pillow: `Image.draft`). Its factors in between, such as 3/8, take longer
  /// than the next one of these and hold less.
  ///
  /// - Parameters:
  ///   - sourceHeight: The picture's height, upright.
  ///   - sourceWidth: The picture's width, upright.
  public func divisor(height sourceHeight: Int, width sourceWidth: Int) -> Int {
    guard jpeg == .scaled, max(sourceHeight, sourceWidth) >= 8 else { return 1 }
    let quotients = [sourceHeight / height, sourceWidth / width]
    let quotient = (fit == .pad ? quotients.max() : quotients.min()) ?? 1
    return [8, 4, 2].first { $0 <= quotient } ?? 1
  }
}
