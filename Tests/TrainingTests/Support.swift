import Foundation
import Inference
import Training

/// Byte rows and labels that a seed fixes; each class has an example.
func syntheticData(count: Int, features: Int, classes: Int, seed: UInt64) throws -> TrainingData {
  var random = RandomNumbers(seed: seed)
  let labels = (0..<count).map { $0 < classes ? $0 : Int(random.uniform() * Double(classes)) }
  // The class shows in the pixels, so that there is something to learn.
  let pixels = labels.flatMap { label in
    (0..<features).map { UInt8(min(255, random.uniform() * 200 + ($0 % classes == label ? 55 : 0))) }
  }
  return try TrainingData(pixels: pixels, features: features, labels: labels, classCount: classes)
}

/// Rows of `area` pixels with two channels of different mean and standard deviation.
func normalisedFormat(area: Int) throws -> InputFormat {
  try InputFormat(
    height: 1, width: area, channels: 2, mean: [0.45, 0.6], standardDeviation: [0.25, 0.3])
}

/// The error that `body` throws, or nil.
func trainingError(_ body: () throws -> Void) -> TrainingError? {
  do {
    try body()
    return nil
  } catch {
    return error as? TrainingError
  }
}

/// The instruction sets of this processor.
let supportedInstructionSets = InstructionSet.allCases.filter(\.isSupported)
