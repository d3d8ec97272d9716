import ArgumentParser
import Training

/// How pictures are changed at random, anew in each epoch.
struct AugmentationOptions: ParsableArguments {
  @Flag(inversion: .prefixedNo, help: "Mirror every other picture left to right.") var flip: Bool?
  @Option(parsing: .unconditional, help: ArgumentHelp("Move by up to so many pixels.", valueName: "n")) var shift: Int?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Turn by up to so many degrees, at most 45.", valueName: "x"))
  var rotation: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Add or take up to such a part of the range, 0 to 1.", valueName: "x"))
  var brightness: Double?

  /// Sets what the options say.
  func apply(to builder: inout HyperparametersBuilder) throws {
    try builder.set(.flip, flip) { $0.augmentation.flip = $1 }
    try builder.set(.shift, shift) { $0.augmentation.shift = $1 }
    try builder.set(.rotation, rotation) { $0.augmentation.rotation = $1 }
    try builder.set(.brightness, brightness) { $0.augmentation.brightness = $1 }
  }
}
