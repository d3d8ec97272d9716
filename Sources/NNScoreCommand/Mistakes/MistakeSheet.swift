import Foundation
import Images

/// Mistakes side by side on one picture: each example as the model saw it, large enough to look at, and below it what it is, what it was
/// taken for, and where to find it.
struct MistakeSheet {
  /// A name at the left, and how probable or how much it is at the right.
  struct Line {
    let name: String
    let value: String
  }

  /// One of them.
  struct Cell {
    /// What the model got: a picture of 1 or 3 channels.
    let picture: DecodedImage
    /// What is so.
    let truth: Line
    /// What the model made of it.
    let answer: Line
    /// The file, or the place in the set.
    let name: String
  }

  /// The most that one sheet holds.
  static let capacity = 60

  private static let margin = 20
  private static let gap = 18
  private static let lineHeight = BitmapFont.height + 4
  /// Small pictures are enlarged to at most so many pixels a side, by a whole number.
  private static let enlargedSide = 192
  /// What has few pixels is easier to recognise where they are not too large.
  private static let largestFactor = 16
  /// Large ones are reduced to it.
  private static let largestSide = 256
  /// The least width of a cell, so that its text has room.
  private static let leastWidth = 168
  /// About the width of a screen.
  private static let fullWidth = 1900
  /// With few mistakes, a sheet is as wide as for so many: for the text above them.
  private static let leastColumns = 4

  /// What stands above the mistakes.
  let title: String
  /// What explains the lines below each picture.
  let legend: String
  /// From the worst on; all pictures of one shape.
  let cells: [Cell]

  /// Draws the sheet.
  ///
  /// - Throws: `ImageError` for pictures that have neither 1 nor 3 channels.
  func image() throws(ImageError) -> DecodedImage {
    guard let first = cells.first else {
      throw ImageError(code: .invalidRule, message: "sheet of mistakes: there are none to draw.")
    }
    let (factor, reduction) = try Self.scale(first.picture.shape)
    let tile = (
      height: (reduction?.height ?? first.picture.height) * factor,
      width: (reduction?.width ?? first.picture.width) * factor
    )
    let cellWidth = max(Self.leastWidth, tile.width)
    let cellHeight = tile.height + 8 + 3 * Self.lineHeight
    let most = max(1, (Self.fullWidth - 2 * Self.margin + Self.gap) / (cellWidth + Self.gap))
    let columns = min(max(cells.count, Self.leastColumns), most)
    let rows = (cells.count + columns - 1) / columns
    let width = 2 * Self.margin + columns * (cellWidth + Self.gap) - Self.gap
    let explanation = Self.lines(legend, width: width - 2 * Self.margin)
    let top = Self.margin + (1 + explanation.count) * Self.lineHeight + Self.gap
    var canvas = Canvas(
      width: width, height: top + rows * (cellHeight + Self.gap) - Self.gap + Self.margin)
    canvas.draw(
      BitmapFont.standard.cut(title, to: width - 2 * Self.margin), left: Self.margin, top: Self.margin, .black)
    for (index, line) in explanation.enumerated() {
      canvas.draw(line, left: Self.margin, top: Self.margin + (1 + index) * Self.lineHeight, .grey)
    }
    for (index, cell) in cells.enumerated() {
      let left = Self.margin + index % columns * (cellWidth + Self.gap)
      let y = top + index / columns * (cellHeight + Self.gap)
      let picture =
        if let reduction {
          try DecodedImage(
            height: reduction.height, width: reduction.width, channels: reduction.channels,
            pixels: reduction.apply(to: cell.picture))
        } else { cell.picture }
      canvas.draw(picture, left: left, top: y, factor: factor)
      canvas.frame(left: left, top: y, width: tile.width, height: tile.height, .paleGrey)
      Self.write(cell, on: &canvas, left: left, top: y + tile.height + 8, width: cellWidth)
    }
    return try canvas.image()
  }

  /// The three lines below a picture.
  private static func write(_ cell: Cell, on canvas: inout Canvas, left: Int, top: Int, width: Int) {
    let font = BitmapFont.standard
    for (index, (line, colour)) in [(cell.truth, Canvas.Colour.black), (cell.answer, .red)].enumerated() {
      let y = top + index * lineHeight
      let taken = font.width(of: line.value)
      canvas.draw(font.cut(Format.visible(line.name), to: width - taken - 10), left: left, top: y, colour)
      canvas.draw(line.value, left: left + width - taken, top: y, colour)
    }
    canvas.draw(
      font.shorten(Format.visible(cell.name), to: width), left: left, top: top + 2 * lineHeight, .grey)
  }

  /// By what pictures of a shape are enlarged, or the rule by which they are reduced.
  private static func scale(_ shape: ImageShape) throws(ImageError) -> (factor: Int, reduction: ImageRule?) {
    let longest = max(shape.height, shape.width)
    guard longest > largestSide else { return (min(max(1, enlargedSide / longest), largestFactor), nil) }
    // A side of ten thousand to one is still a line.
    let rule = try ImageRule(
      height: max(1, shape.height * largestSide / longest), width: max(1, shape.width * largestSide / longest),
      channels: shape.channels, filter: .box)
    return (1, rule)
  }

  /// A probability in few characters; near 0 and 1 it is not rounded to what it is not.
  static func percent(_ probability: Double) -> String {
    switch probability {
    case 0: "0 %"
    case 1: "100 %"
    case ..<0.001: "<0.1 %"
    case 0.999...: ">99.9 %"
    default: probability.isNaN ? "-" : String(format: "%.1f %%", probability * 100)
    }
  }

  /// A text in lines of at most so many pixels.
  private static func lines(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, BitmapFont.standard.width(of: last + " " + word) <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
