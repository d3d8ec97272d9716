/// Random changes of the pictures of a training step, drawn anew in every epoch from the seed. By default none.
public struct Augmentation: Sendable, Equatable {
  /// Whether every other picture, at random, is mirrored left to right.
  public var flip: Bool
  /// The most pixels that a picture is moved by in either direction, in both dimensions.
  public var shift: Int
  /// The most degrees that a picture is turned by about its centre, in either direction; at most 45.
  public var rotation: Double
  /// The most that is added to or taken from all pixels, as a part of their range: 0.2 is up to 51 of 255.
  public var brightness: Double

  /// Changes to be made.
  public init(flip: Bool = false, shift: Int = 0, rotation: Double = 0, brightness: Double = 0) {
    self.flip = flip
    self.shift = shift
    self.rotation = rotation
    self.brightness = brightness
  }

  /// No changes.
  public static let none = Augmentation()

  /// Checks that all numbers are in range.
  ///
  /// - Throws: ``TrainingError/Code/invalidHyperparameter``.
  func validate() throws(TrainingError) {
    guard shift >= 0, shift <= 1 << 16 else {
      throw TrainingError(.invalidHyperparameter, "augmentation: shift is \(shift); expected 0 or more pixels")
    }
    guard rotation >= 0, rotation <= 45 else {
      throw TrainingError(.invalidHyperparameter, "augmentation: rotation is \(rotation); expected 0 to 45 degrees")
    }
    guard brightness >= 0, brightness <= 1 else {
      throw TrainingError(
        .invalidHyperparameter, "augmentation: brightness is \(brightness); expected a part of the range, 0 to 1")
    }
  }
}

/// How much the examples of each class count in the cost.
public enum ClassWeights: Sendable, Equatable {
  /// All the same.
  case equal
  /// Inversely as the class has examples: count / (classes · examples of the class), as in scikit-learn.
  case balanced
  /// One positive number a class.
  case values([Double])
}
