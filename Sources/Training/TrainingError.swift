internal import Inference

/// What `Training` throws: a code for programs, a message for people.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
  /// The kind of an error. New kinds may be added; compare with `==` and keep a default branch.
  public struct Code: Sendable, Equatable, CustomStringConvertible {
    private enum Value: UInt8 {
      case invalidHyperparameter, invalidInitialization, invalidData, invalidLabels, oneClassOnly
      case shapeMismatch, unsupported, diverged, notQuantizable
      case notEnoughMemory, cancelled, unreadableData, invalidCheckpoint
    }

    private let value: Value

    private init(_ value: Value) { self.value = value }

    /// A learning rate, a number of iterations, units or threads that no training can have.
    public static let invalidHyperparameter = Code(.invalidHyperparameter)
    /// An unknown initialisation rule, or one that cannot work for the network, or given parameters that are not finite.
    public static let invalidInitialization = Code(.invalidInitialization)
    /// No examples at all, or as many labels as there are not rows.
    public static let invalidData = Code(.invalidData)
    /// A label that names no class, or fewer than two classes.
    public static let invalidLabels = Code(.invalidLabels)
    /// All examples of the training set are of one class, so there is nothing to tell apart.
    public static let oneClassOnly = Code(.oneClassOnly)
    /// Data, architecture, input format and starting parameters do not fit each other.
    public static let shapeMismatch = Code(.shapeMismatch)
    /// What this version cannot train: an output layer without a cost, rows of floats, an instruction set that is not there.
    public static let unsupported = Code(.unsupported)
    /// The cost or a parameter became NaN or infinite.
    public static let diverged = Code(.diverged)
    /// A network that cannot compute in 8 bits, or does already: see ``Quantizer``.
    public static let notQuantizable = Code(.notQuantizable)
    /// More memory is needed than there is.
    public static let notEnoughMemory = Code(.notEnoughMemory)
    /// The caller cancelled the run.
    public static let cancelled = Code(.cancelled)

    /// A ``TrainingDataset`` threw an error when rows were read.
    public static let unreadableData = Code(.unreadableData)
    /// Bytes that are no checkpoint, or one of another run.
    public static let invalidCheckpoint = Code(.invalidCheckpoint)

    /// The code's name, as `--json` prints it.
    public var description: String {
      switch value {
      case .invalidHyperparameter: "invalidHyperparameter"
      case .invalidInitialization: "invalidInitialization"
      case .invalidData: "invalidData"
      case .invalidLabels: "invalidLabels"
      case .oneClassOnly: "oneClassOnly"
      case .shapeMismatch: "shapeMismatch"
      case .unsupported: "unsupported"
      case .diverged: "diverged"
      case .notQuantizable: "notQuantizable"
      case .notEnoughMemory: "notEnoughMemory"
      case .cancelled: "cancelled"
      case .unreadableData: "unreadableData"
      case .invalidCheckpoint: "invalidCheckpoint"
      }
    }
  }

  /// The kind of the error.
  public let code: Code
  /// What is wrong, where, what was expected and found, and what to do.
  public let message: String
  /// The iteration, from 0, at which the run ended: for ``Code/diverged`` and ``Code/cancelled``, else nil.
  public let iteration: Int?

  /// Makes an error of a kind with its message.
  public init(_ code: Code, _ message: String, iteration: Int? = nil) {
    self.code = code
    self.message = message
    self.iteration = iteration
  }

  /// What `Inference` refuses after all checks here: an instruction set that is not there, above all.
  init(_ error: InferenceError) {
    self.init(.unsupported, error.message)
  }

  /// The message.
  public var description: String { message }
}
