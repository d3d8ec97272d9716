internal import Inference

/// A labelled set that training reads from: in memory as ``TrainingData``, or from wherever an implementation gets its rows, so that
/// a set may be larger than memory.
///
///     struct MappedImages: TrainingDataset {
///       let features = 784
///       let targets: TrainingTargets  // .classes([5, 0, 4, …], count: 10)
///       func readPixels(of examples: ArraySlice<Int>, into pixels: inout MutableSpan<UInt8>) throws { … }
///     }
public protocol TrainingDataset: Sendable {
  /// The elements of one row: height × width × channels of the input format.
  var features: Int { get }
  /// What each example is held against: its class, its labels or its quantities. It must stay the same as long as a
  /// training runs.
  var targets: TrainingTargets { get }

  /// Copies rows. It is called on the thread that trains, for the examples of one step at a time, in the order of the step.
  ///
  /// - Parameters:
  ///   - examples: which ones, from 0.
  ///   - pixels: [examples.count, features], row-major, to be filled.
  /// - Throws: what keeps the rows from being read; it ends the run as ``TrainingError/Code/unreadableData``.
  func readPixels(of examples: ArraySlice<Int>, into pixels: inout MutableSpan<UInt8>) throws
}

extension TrainingDataset {
  /// The number of examples.
  public var count: Int { targets.exampleCount }

  /// The class of each example, from 0; shape [count]. Empty for labels and quantities.
  public var labels: [Int] {
    guard case .classes(let labels, _) = targets else { return [] }
    return labels
  }

  /// The number of classes, of which some may have no example; 0 for labels and quantities.
  public var classCount: Int {
    guard case .classes(_, let count) = targets else { return 0 }
    return count
  }

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
