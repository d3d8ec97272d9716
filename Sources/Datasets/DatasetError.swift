/// Why a dataset could not be read or used.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The sort of failure, for programs; more can be added in later versions.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Value: String, Sendable {
      case notFound, unreadable, unsupportedFormat, empty, layout, corrupt, badImages, sizeMismatch, unknownClass
      case tooLarge, invalidArgument
    }
    private let value: Value

    /// There is nothing at the path, or a file that belongs to it is missing.
    public static let notFound = Code(value: .notFound)
    /// It is there but cannot be read: no permission, a device, an I/O error.
    public static let unreadable = Code(value: .unreadable)
    /// The file is of a format that holds no dataset: a Git LFS pointer, a web page, a picture.
    public static let unsupportedFormat = Code(value: .unsupportedFormat)
    /// No examples in it.
    public static let empty = Code(value: .empty)
    /// A folder or file whose parts are not arranged, named or typed as expected.
    public static let layout = Code(value: .layout)
    /// A file that is damaged, cut short, or contradicts itself.
    public static let corrupt = Code(value: .corrupt)
    /// Pictures among the examples that cannot be read.
    public static let badImages = Code(value: .badImages)
    /// Pictures of different sizes where one was needed.
    public static let sizeMismatch = Code(value: .sizeMismatch)
    /// A class that a model does not know.
    public static let unknownClass = Code(value: .unknownClass)
    /// More memory than the machine has to give.
    public static let tooLarge = Code(value: .tooLarge)
    /// Arguments that contradict each other.
    public static let invalidArgument = Code(value: .invalidArgument)

    /// The code's name, as in JSON output: `notFound`, `layout`, ….
    public var description: String { value.rawValue }
  }

  /// The sort of failure.
  public let code: Code

  /// What is wrong, in which file, what was expected and found, and what to do. Begins with the file's name.
  public let message: String

  /// An error from its parts.
  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
