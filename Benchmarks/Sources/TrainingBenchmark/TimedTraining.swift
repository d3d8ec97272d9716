import Datasets
import Foundation
import Training

/// A training from files until it is good enough.
struct TimedTraining {
  /// From before the files are opened until the accuracy is known.
  private(set) var seconds = 0.0
  /// The part of it in which the files are read.
  private(set) var loading = 0.0
  /// The accuracy on the test set after each epoch.
  private(set) var accuracies: [Double] = []

  /// - Parameters:
  ///   - folder: has the IDX files of MNIST.
  ///   - target: the accuracy at which it is over.
  ///   - epochs: at most so many.
  init(_ work: Work, folder: String, target: Double, epochs: Int, threads: Int) throws {
    let clock = ContinuousClock()
    let began = clock.now
    func elapsed() -> Double { (clock.now - began) / .seconds(1) }
    let training = try Self.data("\(folder)/train-images-idx3-ubyte.gz")
    let test = try Self.data("\(folder)/t10k-images-idx3-ubyte.gz")
    loading = elapsed()
    let trainer = try work.trainer(training, validation: test, epochs: epochs, threads: threads)
    let cancellation = Cancellation()
    var found: [Double] = []
    var reached: Double?
    do {
      // What was measured after an epoch is told with the next step.
      let result = try trainer.run(cancellation: cancellation) { progress in
        guard let measured = progress.measurement, measured.epoch > found.count,
          let accuracy = measured.validation?.accuracy
        else { return }
        found.append(accuracy)
        if accuracy >= target, reached == nil {
          reached = elapsed()
          cancellation.cancel()
        }
      }
      if let accuracy = result.validationAccuracy { found.append(accuracy) }
    } catch {
      guard error.code == .cancelled else { throw error }
    }
    seconds = reached ?? elapsed()
    accuracies = found
  }

  private static func data(_ path: String) throws -> TrainingData {
    let set = try LabelledSet.load(path: path)
    return try TrainingData(
      pixels: set.pixels, features: set.pixels.count / set.count, labels: set.labels, classCount: set.classNames.count)
  }
}
