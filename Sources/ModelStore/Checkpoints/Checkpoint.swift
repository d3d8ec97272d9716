/// The state of a training that is not finished, from which it can go on.
///
/// A store keeps one for each name: a later one takes the place of the one before.
public struct Checkpoint: Sendable, Equatable {
  /// The name, by the same rule as a model's.
  public var name: String
  /// When the state was that.
  public var createdAt: Timestamp
  /// How many iterations were done.
  public var iteration: Int
  /// How many there are to be, those that were done among them.
  public var iterations: Int
  /// A JSON document by which the trainer knows how to go on. The store does not look into it.
  public var description: String
  /// Any bytes: parameters, moments, generators. The store does not look into them.
  public var state: [UInt8]

  /// A state to be saved. Checked by ``ModelStore/save(_:)``.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - createdAt: when the state was that.
  ///   - iteration: how many iterations were done, from 0.
  ///   - iterations: how many there are to be.
  ///   - description: a JSON document.
  ///   - state: any bytes.
  public init(
    name: String, createdAt: Timestamp = .now, iteration: Int, iterations: Int, description: String = "{}",
    state: [UInt8]
  ) {
    self.name = name
    self.createdAt = createdAt
    self.iteration = iteration
    self.iterations = iterations
    self.description = description
    self.state = state
  }
}

/// What a list shows of a checkpoint: all but its state.
public struct CheckpointSummary: Sendable, Equatable {
  /// The name.
  public let name: String
  /// When the state was that.
  public let createdAt: Timestamp
  /// How many iterations were done.
  public let iteration: Int
  /// How many there are to be.
  public let iterations: Int
  /// A JSON document by which the trainer knows how to go on.
  public let description: String
  /// Bytes of the state.
  public let size: Int
}
