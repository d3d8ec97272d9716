// Only a debug build lets tests see what is internal.
#if DEBUG
  import Datasets
  import Inference
  import Testing
  import Training

  @testable import NNScoreCommand

  @Suite("Errors and their exit codes")
  struct FailureTests {
    @Test("a shortage of memory is something to try again, as the help says")
    func memory() {
      #expect(Failure(TrainingError(.notEnoughMemory, "")).status == .tryAgain)
      #expect(Failure(DatasetError(code: .tooLarge, message: "")).status == .tryAgain)
    }

    @Test("wrong usage, what is not there and wrong data are told apart")
    func others() {
      #expect(Failure(TrainingError(.invalidHyperparameter, "")).status == .usage)
      #expect(Failure(TrainingError(.cancelled, "")).status == .interrupted)
      #expect(Failure(TrainingError(.diverged, "")).status == .badData)
      #expect(Failure(DatasetError(code: .notFound, message: "")).status == .noInput)
      #expect(Failure(DatasetError(code: .corrupt, message: "")).status == .badData)
      struct Unknown: Error {}
      #expect(Failure(Unknown()).status == .internalError)
    }
  }
#endif
