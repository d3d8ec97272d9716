/// Why a picture could not become pixels.
public struct ImageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The sort of failure, for programs; more can be added in later versions.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Value: String, Sendable {
      case notFound, unreadable, empty, unsupportedFormat, notAnImage, corrupt, tooLarge, invalidRule
    }
    private let value: Value

    /// There is no file at that path.
    public static let notFound = Code(value: .notFound)
    /// The file is there but cannot be read: no permission, a folder, a device, an I/O error.
    public static let unreadable = Code(value: .unreadable)
    /// The file has no bytes.
    public static let empty = Code(value: .empty)
    /// A picture, but of a format or variant that is not read.
    public static let unsupportedFormat = Code(value: .unsupportedFormat)
    /// Not a picture at all: a web page, a Git LFS pointer, text.
    public static let notAnImage = Code(value: .notAnImage)
    /// A PNG or JPEG file that is damaged or cut short.
    public static let corrupt = Code(value: .corrupt)
    /// More bytes or pixels than ``ImageLimits`` allows.
    public static let tooLarge = Code(value: .tooLarge)
    /// An ``ImageRule`` or other argument that makes no sense.
    public static let invalidRule = Code(value: .invalidRule)

    /// The code's name, as in JSON output: `notFound`, `corrupt`, ….
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
