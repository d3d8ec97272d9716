/// How threads share what is done to all weights: of wide layers each has rows, the same ones for gradients, updates and forward products,
/// so that its core's cache holds them.
struct WorkPlan: Sendable {
  /// Some weights of a layer.
  struct Part: Sendable, Equatable {
    let layer: Int
    /// Of the layer's outputs.
    let rows: Range<Int>
    /// Of its inputs.
    let columns: Range<Int>
  }

  /// Columns that a kernel takes at a time.
  static let grain = 64
  /// Fewer weights are not worth a part of their own.
  private static let worthSharing = 1 << 13
  /// Fewer rows of a thread's own would have their columns packed again for too few products.
  private static let leastRows = 4 * NetworkPhase.unitGrain
  /// More than of other phases: where a first layer leaves columns out some of the parts are empty.
  private static let partsPerThread = 2 * Workers.piecesPerThread
  /// Weights that go through all of an update before the next ones do, so that they stay in the cache.
  private static let updateBlock = 1 << 14

  /// What is done at a time, each by one thread; those of a thread side by side.
  let parts: [Part]

  /// The gradients of a chunk's examples: rows of wide layers, of which some columns at a time, and columns of narrow ones.
  init(gradientsOf layers: [(inputs: Int, outputs: Int)], threads: Int) {
    let all = layers.reduce(0) { $0 + $1.inputs * $1.outputs }
    let most = threads == 1 ? all : max(Self.worthSharing, all / (threads * Self.partsPerThread))
    self.init(threads: threads, layers) { layer, inputs, outputs in
      let isNarrow = outputs <= narrowOutputs
      // Each part of a narrow layer turns all of δ first.
      let most = isNarrow ? 2 * most : most
      guard inputs * outputs > most else { return [Part(layer: layer, rows: 0..<outputs, columns: 0..<inputs)] }
      let shares = isNarrow ? 1 : max(1, min(threads, outputs / Self.leastRows))
      let units = (outputs + NetworkPhase.unitGrain - 1) / NetworkPhase.unitGrain
      // Of the same width for all rows, so that each thread has as many parts.
      let mostRows = min(outputs, (units + shares - 1) / shares * NetworkPhase.unitGrain)
      let blocks = Self.blocks(inputs, max(1, most / mostRows / Self.grain) * Self.grain)
      return (0..<shares).flatMap { share in
        let first = units * share / shares * NetworkPhase.unitGrain
        let rows = first..<min(outputs, units * (share + 1) / shares * NetworkPhase.unitGrain)
        return blocks.map { Part(layer: layer, rows: rows, columns: $0) }
      }
    }
  }

  /// An update: whole rows, or columns of all rows of a first layer whose folded weights are turned.
  init(updatesOf layers: [(inputs: Int, outputs: Int)], isTurned: Bool, threads: Int) {
    self.init(threads: threads, layers) { layer, inputs, outputs in
      guard layer > 0 || !isTurned else {
        return Self.blocks(inputs, max(1, Self.updateBlock / outputs / Self.grain) * Self.grain).map { columns in
          Part(layer: layer, rows: 0..<outputs, columns: columns)
        }
      }
      return Self.blocks(outputs, max(1, Self.updateBlock / inputs)).map { rows in
        Part(layer: layer, rows: rows, columns: 0..<inputs)
      }
    }
  }

  /// Deals the parts of each layer out to the threads.
  private init(
    threads: Int, _ layers: [(inputs: Int, outputs: Int)],
    _ cut: (_ layer: Int, _ inputs: Int, _ outputs: Int) -> [Part]
  ) {
    let layers = layers.enumerated().map { cut($0, $1.inputs, $1.outputs) }
    parts = (0..<threads).flatMap { thread in
      layers.flatMap { parts in parts[parts.count * thread / threads..<parts.count * (thread + 1) / threads] }
    }
  }

  private static func blocks(_ count: Int, _ length: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: length).map { $0..<min($0 + length, count) }
  }
}
