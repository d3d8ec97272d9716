import Datasets
import Images
import Inference

/// What became of one image.
struct ScoreResult: Sendable {
  /// The scores of an image, or why there are none.
  enum Outcome: Sendable {
    /// One probability for each label, and the index of the highest.
    case scored(best: Int, scores: [Float])
    case failed(code: String, message: String)
  }

  let path: String
  /// The row within an IDX or HDF5 file.
  let index: Int?
  let outcome: Outcome

  var isFailed: Bool {
    if case .failed = outcome { return true }
    return false
  }
}

extension Model {
  /// The number for each label, from the outputs of one example: for a single sigmoid of two labels, 1 - p and p.
  func labelScores(_ outputs: ArraySlice<Float>) -> [Float] {
    guard isBinary, let p = outputs.first else { return Array(outputs) }
    return [1 - p, p]
  }

  /// The index of the highest score, the first of equals; NaN never wins.
  static func best(_ scores: [Float]) -> Int {
    var best = 0
    for index in scores.indices.dropFirst() where scores[index] > scores[best] || scores[best].isNaN { best = index }
    return best
  }
}
