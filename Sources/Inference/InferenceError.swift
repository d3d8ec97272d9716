/// What `Inference` throws: a code for programs, a message for people.
public struct InferenceError: Error, Sendable, CustomStringConvertible {
  /// The kind of an error. New kinds may be added; compare with `==` and keep a default branch.
  public struct Code: Sendable, Equatable, CustomStringConvertible {
    private enum Value: UInt8 {
      case invalidArchitecture, invalidParameters, invalidInputFormat, invalidLabels, invalidIdentity
      case invalidGolden, invalidSignatures, goldenMismatch
      case cannotOpen, notAModelFile, invalidModelFile, damagedModelFile, unsupportedModelFile
      case wrongInput, wrongOutput, unsupportedInstructionSet, threadsUnavailable, outOfMemory
    }

    private let value: Value

    private init(_ value: Value) { self.value = value }

    /// An architecture without layers, with a width out of range, or with softmax before its last layer.
    public static let invalidArchitecture = Code(.invalidArchitecture)
    /// Weights or biases whose shapes do not fit the architecture.
    public static let invalidParameters = Code(.invalidParameters)
    /// A shape, scale, mean or standard deviation that no input can have.
    public static let invalidInputFormat = Code(.invalidInputFormat)
    /// Labels that do not name the outputs one by one.
    public static let invalidLabels = Code(.invalidLabels)
    /// A name, number or digest of a version that a model file cannot hold.
    public static let invalidIdentity = Code(.invalidIdentity)
    /// Golden examples that do not fit the model, none, or too many.
    public static let invalidGolden = Code(.invalidGolden)
    /// Signatures that are malformed, too many, or two by one key.
    public static let invalidSignatures = Code(.invalidSignatures)
    /// A golden example was scored again and has another output than was kept.
    public static let goldenMismatch = Code(.goldenMismatch)
    /// The operating system refused to open or read the file.
    public static let cannotOpen = Code(.cannotOpen)
    /// The file is something else: too short, or without a safetensors header.
    public static let notAModelFile = Code(.notAModelFile)
    /// A safetensors header that breaks a rule of the format or of the model file.
    public static let invalidModelFile = Code(.invalidModelFile)
    /// The bytes are not those that were written: the checksum differs.
    public static let damagedModelFile = Code(.damagedModelFile)
    /// A later format than this code reads.
    public static let unsupportedModelFile = Code(.unsupportedModelFile)
    /// Rows of another length or element type than the model takes.
    public static let wrongInput = Code(.wrongInput)
    /// Memory for the scores that is not as long as the batch needs.
    public static let wrongOutput = Code(.wrongOutput)
    /// An instruction set was asked for that is unknown, or that this processor lacks.
    public static let unsupportedInstructionSet = Code(.unsupportedInstructionSet)
    /// A number of threads that cannot be, or that the system does not give.
    public static let threadsUnavailable = Code(.threadsUnavailable)
    /// There is no memory for the weights, or for what scoring needs.
    public static let outOfMemory = Code(.outOfMemory)

    /// The code's name, as `--json` prints it.
    public var description: String {
      switch value {
      case .invalidArchitecture: "invalidArchitecture"
      case .invalidParameters: "invalidParameters"
      case .invalidInputFormat: "invalidInputFormat"
      case .invalidLabels: "invalidLabels"
      case .invalidIdentity: "invalidIdentity"
      case .invalidGolden: "invalidGolden"
      case .invalidSignatures: "invalidSignatures"
      case .goldenMismatch: "goldenMismatch"
      case .cannotOpen: "cannotOpen"
      case .notAModelFile: "notAModelFile"
      case .invalidModelFile: "invalidModelFile"
      case .damagedModelFile: "damagedModelFile"
      case .unsupportedModelFile: "unsupportedModelFile"
      case .wrongInput: "wrongInput"
      case .wrongOutput: "wrongOutput"
      case .unsupportedInstructionSet: "unsupportedInstructionSet"
      case .threadsUnavailable: "threadsUnavailable"
      case .outOfMemory: "outOfMemory"
      }
    }
  }

  /// The kind of the error.
  public let code: Code
  /// What is wrong, where, what was expected and found, and what to do.
  public let message: String

  /// Makes an error of a kind with its message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}

extension InferenceError {
  /// The same error, of a thing that has a name.
  func of(_ name: String) -> InferenceError { InferenceError(code, "\(name): \(message)") }

  /// Memory that cannot be had, of so many bytes as far as they can be counted.
  static func outOfMemory(bytes: (partialValue: Int, overflow: Bool)) -> InferenceError {
    let size = bytes.overflow ? "more bytes than there are addresses" : "\(bytes.partialValue) bytes"
    return InferenceError(.outOfMemory, "there is no memory for \(size); free some, or use a smaller model")
  }
}
