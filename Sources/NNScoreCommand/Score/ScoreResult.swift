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
