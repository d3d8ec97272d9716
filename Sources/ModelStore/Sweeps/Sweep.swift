/// A search for hyperparameters: what is searched, which never changes, and how far its trials are.
public struct Sweep: Sendable, Equatable {
  /// The name, by the same rule as a model's.
  public var name: String
  /// The model whose versions the trials become.
  public var model: String
  /// When the search was begun.
  public var createdAt: Timestamp
  /// A JSON document: what is searched, and how. The store does not look into it.
  public var description: String
  /// The trials by number.
  public var trials: [Trial]

  /// A search. Checked by ``ModelStore/createSweep(_:)``.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - model: the model whose versions the trials become.
  ///   - createdAt: when the search was begun.
  ///   - description: a JSON document.
  ///   - trials: those that are planned already.
  public init(name: String, model: String, createdAt: Timestamp = .now, description: String, trials: [Trial] = []) {
    self.name = name
    self.model = model
    self.createdAt = createdAt
    self.description = description
    self.trials = trials
  }
}

/// One trial of a search for hyperparameters.
public struct Trial: Sendable, Equatable {
  /// How far a trial is.
  public enum Status: String, Sendable, CaseIterable {
    /// It has not begun.
    case planned
    /// It has begun; after a kill nobody may be at it.
    case running
    /// It came to its end.
    case finished
    /// It came to no result.
    case failed
    /// It was given up, others being better.
    case stopped
  }

  /// The largest rung, number of iterations or of a version.
  static let mostOfAny = 1 << 48

  /// The number in its sweep, from 1.
  public var number: Int
  /// What it is tried with: a JSON object.
  public var hyperparameters: String
  /// How far it is.
  public var status: Status
  /// How many times it was chosen to go on, from 0.
  public var rung: Int
  /// How many iterations it was trained for.
  public var iterations: Int
  /// What the search compares, a finite number; nil if there is none yet.
  public var score: Double?
  /// What was measured: a JSON object.
  public var metrics: String
  /// The number of the version that it became; nil if it became none.
  public var version: Int?
  /// Why it failed or was stopped; may be empty.
  public var message: String

  /// A trial, one that has not begun unless told otherwise. Checked by ``ModelStore/record(_:in:)``.
  public init(
    number: Int, hyperparameters: String, status: Status = .planned, rung: Int = 0, iterations: Int = 0,
    score: Double? = nil, metrics: String = "{}", version: Int? = nil, message: String = ""
  ) {
    self.number = number
    self.hyperparameters = hyperparameters
    self.status = status
    self.rung = rung
    self.iterations = iterations
    self.score = score
    self.metrics = metrics
    self.version = version
    self.message = message
  }
}
