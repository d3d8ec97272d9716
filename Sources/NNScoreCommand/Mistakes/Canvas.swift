import Images

/// A picture in the making: red, green and blue, at first all white. What lies outside of it is not drawn.
struct Canvas {
  /// Red, green and blue.
  struct Colour {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    static let black = Colour(red: 0x18, green: 0x18, blue: 0x18)
    static let grey = Colour(red: 0x70, green: 0x70, blue: 0x70)
    static let paleGrey = Colour(red: 0xc8, green: 0xc8, blue: 0xc8)
    static let red = Colour(red: 0xc0, green: 0x10, blue: 0x20)
  }

  let width: Int
  let height: Int
  /// height × width × 3 values, row-major.
  private(set) var pixels: [UInt8]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: 255, count: width * height * 3)
  }

  /// Colours one pixel.
  mutating func set(_ x: Int, _ y: Int, _ colour: Colour) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    let start = (y * width + x) * 3
    pixels[start] = colour.red
    pixels[start + 1] = colour.green
    pixels[start + 2] = colour.blue
  }

  /// Writes a line of text.
  mutating func draw(_ text: String, left: Int, top: Int, _ colour: Colour) {
    BitmapFont.standard.ink(text, left: left, top: top) { set($0, $1, colour) }
  }

  /// Draws a picture of 1 or 3 channels, each pixel as a square of `factor` by `factor`.
  mutating func draw(_ picture: DecodedImage, left: Int, top: Int, factor: Int) {
    let (green, blue) = picture.channels == 3 ? (1, 2) : (0, 0)
    for y in 0..<picture.height * factor {
      for x in 0..<picture.width * factor {
        let start = (y / factor * picture.width + x / factor) * picture.channels
        set(
          left + x, top + y,
          Colour(
            red: picture.pixels[start], green: picture.pixels[start + green], blue: picture.pixels[start + blue]))
      }
    }
  }

  /// Draws the outline of a rectangle, one pixel wide, around what has this corner and size.
  mutating func frame(left: Int, top: Int, width: Int, height: Int, _ colour: Colour) {
    for x in left - 1...left + width {
      set(x, top - 1, colour)
      set(x, top + height, colour)
    }
    for y in top - 1...top + height {
      set(left - 1, y, colour)
      set(left + width, y, colour)
    }
  }

  /// What was drawn.
  ///
  /// - Throws: `ImageError` where it has no pixels.
  func image() throws(ImageError) -> DecodedImage {
    try DecodedImage(height: height, width: width, channels: 3, pixels: pixels)
  }
}
