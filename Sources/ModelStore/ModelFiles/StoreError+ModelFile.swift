import Inference

extension StoreError {
  /// The error that one about a model file means; its message names the file.
  ///
  /// - Parameter isForeign: whether the file may be one of another program, which breaks a rule rather than is damaged.
  init(modelFile error: InferenceError, isForeign: Bool = false) {
    let code: Code =
      switch error.code {
      case .cannotOpen: .cannotOpen
      case .notAModelFile, .unsupportedModelFile: .notAModelFile
      case .goldenMismatch: .goldenMismatch
      case .unsupportedInstructionSet: .unsupportedInstructionSet
      case .damagedModelFile: .damaged
      default: isForeign ? .invalidDraft : .damaged
      }
    self.init(code, error.message)
  }
}
