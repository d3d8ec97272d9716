/// How the numbers of a tensor differ from those of another one of the same shape.
///
/// Sums are taken in 64 bits over the 32-bit numbers. What is NaN on both sides does not differ; numbers that are not finite make
/// the norms infinite or NaN, and the cosine NaN.
public struct TensorChange: Sendable, Equatable {
  /// One number that changed.
  public struct Element: Sendable, Equatable {
    /// Its place: an index for each dimension, from 0.
    public let index: [Int]
    /// What it was.
    public let first: Float
    /// What it became.
    public let second: Float

    /// Second − first.
    public var difference: Double { Double(second) - Double(first) }
  }

  /// ‖second − first‖₂, the square root of the sum of the squared differences.
  public let differenceNorm: Double
  /// ``differenceNorm`` over ‖first‖₂; nil where the first is all zeros and the second is not.
  public let relativeNorm: Double?
  /// The cosine of the angle between both as vectors: their dot product over the product of their norms, from −1 to 1; nil where one
  /// of them is all zeros.
  public let cosine: Double?
  /// The first of those whose difference is greatest, where NaN counts as infinite; nil where none differs.
  public let largest: Element?
  /// How many numbers differ.
  public let changedCount: Int

  /// Compares two tensors, row-major, both with as many numbers as the shape has, the slowest dimension first.
  init(from first: [Float], to second: [Float], shape: [Int]) {
    var (squares, firstSquares, secondSquares, product) = (0.0, 0.0, 0.0, 0.0)
    var changedCount = 0
    var largest: (index: Int, magnitude: Double)?
    let (a, b) = (first.span, second.span)
    for index in 0..<min(a.count, b.count) {
      let (x, y) = (Double(a[index]), Double(b[index]))
      firstSquares += x * x
      secondSquares += y * y
      product += x * y
      if x == y || (x.isNaN && y.isNaN) { continue }
      let difference = y - x
      squares += difference * difference
      changedCount += 1
      let magnitude = difference.isNaN ? .infinity : abs(difference)
      if magnitude > largest?.magnitude ?? -1 { largest = (index, magnitude) }
    }
    self.changedCount = changedCount
    differenceNorm = squares.squareRoot()
    relativeNorm = firstSquares == 0 ? (squares == 0 ? 0 : nil) : (squares / firstSquares).squareRoot()
    if firstSquares == 0 || secondSquares == 0 {
      cosine = nil
    } else {
      let quotient = product / (firstSquares.squareRoot() * secondSquares.squareRoot())
      // Rounding can lead beyond 1 by a few ulps.
      cosine = quotient.magnitude > 1 ? (quotient < 0 ? -1 : 1) : quotient
    }
    self.largest = largest.map {
      Element(index: Self.place(of: $0.index, shape: shape), first: first[$0.index], second: second[$0.index])
    }
  }

  /// The index in each dimension of the element at a place in row-major order.
  private static func place(of index: Int, shape: [Int]) -> [Int] {
    var rest = index
    var place: [Int] = []
    for length in shape.reversed() {
      place.append(rest % length)
      rest /= length
    }
    return place.reversed()
  }
}
