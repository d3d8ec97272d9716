import Foundation
import Synchronization
import Training

/// A set that is not in memory as far as training can tell: it says which rows were read, and may fail to give some.
final class RecordingDataset: TrainingDataset {
  struct Failure: Error, CustomStringConvertible {
    var description: String { "the tape is torn" }
  }

  let features: Int
  let targets: TrainingTargets
  private let data: TrainingData
  private let error: (any Error)?
  /// The reads before one fails.
  private let patience: Int
  private let recorded = Mutex<[[Int]]>([])

  init(
    _ data: TrainingData, targets: TrainingTargets? = nil, failingWith error: (any Error)? = nil,
    after patience: Int = 0
  ) {
    self.data = data
    self.error = error
    self.patience = patience
    features = data.features
    self.targets = targets ?? data.targets
  }

  /// The rows of each read.
  var reads: [[Int]] { recorded.withLock { $0 } }

  func readPixels(of examples: ArraySlice<Int>, into pixels: inout MutableSpan<UInt8>) throws {
    let count = recorded.withLock {
      $0.append(Array(examples))
      return $0.count
    }
    if let error, count > patience { throw error }
    var place = 0
    for example in examples {
      for byte in data.pixels[example * features..<(example + 1) * features] {
        pixels[place] = byte
        place += 1
      }
    }
  }
}
