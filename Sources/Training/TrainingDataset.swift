internal import Inference

/// A labelled set that training reads from: in memory as ``TrainingData``, or from wherever an implementation gets its rows, so that
/// a set may be larger than memory.
///
///     struct MappedImages: TrainingDataset {
///       let features = 784, classCount = 10
///       let labels: [Int]
///       func readPixels(of examples: ArraySlice<Int>, into pixels: inout MutableSpan<UInt8>) throws { … }
///     }
public protocol TrainingDataset: Sendable {
  /// The elements of one row: height × width × channels of the input format.
  var features: Int { get }
  /// The number of classes, of which some may have no example.
  var classCount: Int { get }
  /// The class of each example, from 0; shape [count].
  var labels: [Int] { get }

  /// Copies rows. It is called on the thread that trains, for the examples of one step at a time, in the order of the step.
  ///
  /// - Parameters:
  ///   - examples: which ones, as indices of ``labels``.
  ///   - pixels: [examples.count, features], row-major, to be filled.
  /// - Throws: what keeps the rows from being read; it ends the run as ``TrainingError/Code/unreadableData``.
  func readPixels(of examples: ArraySlice<Int>, into pixels: inout MutableSpan<UInt8>) throws
}

extension TrainingDataset {
  /// The number of examples.
  public var count: Int { labels.count }

  /// Reads rows [examples.count, features].
  func read(_ examples: ArraySlice<Int>, into rows: Region<UInt8>) throws(TrainingError) {
    precondition(rows.count == examples.count * features)
    do {
      try rows.withMutableSpan { try readPixels(of: examples, into: &$0) }
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.unreadableData, "examples of the data set could not be read: \(error)")
    }
  }
}

extension TrainingData: TrainingDataset {
  /// Copies rows of ``pixels``.
  public func readPixels(of examples: ArraySlice<Int>, into pixels: inout MutableSpan<UInt8>) {
    self.pixels.span.withRegion { from in
      pixels.withRegion { to in
        for (place, example) in examples.enumerated() {
          to.part(from: place * features, count: features).copy(
            from: from.part(from: example * features, count: features))
        }
      }
    }
  }
}
