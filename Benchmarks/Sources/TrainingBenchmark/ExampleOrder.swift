import Foundation
import Inference
import Synchronization
import Training

/// Tells in which order training takes the examples of a set, so that others can take them in the same.
final class ExampleOrder: TrainingDataset {
  let features = 1
  let targets: TrainingTargets
  private let recorded = Mutex<[UInt8]>([])

  private init(count: Int) {
    targets = .classes((0..<count).map { $0 % 2 }, count: 2)
  }

  func readPixels(of examples: ArraySlice<Int>, into pixels: inout MutableSpan<UInt8>) {
    recorded.withLock { bytes in
      for example in examples {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: UInt32(example) >> shift))
        }
      }
    }
  }

  /// The examples of some epochs, one after the other, as numbers of 32 bits: it depends on their number, the batch size and the
  /// seed alone, so that the smallest of networks tells it.
  static func bytes(count: Int, batch: Int, seed: UInt64, epochs: Int) throws -> [UInt8] {
    let order = ExampleOrder(count: count)
    let hyperparameters = Hyperparameters(learningRate: 1e-6, epochs: epochs, batchSize: batch, seed: seed)
    _ = try Trainer(
      hyperparameters, inputFormat: .init(height: 1, width: 1, channels: 1), data: order, threads: 1
    ).run()
    // The result is evaluated once more at the end.
    return order.recorded.withLock { Array($0.prefix(4 * count * epochs)) }
  }
}
