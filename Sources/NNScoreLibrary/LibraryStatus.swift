// swift-format-ignore-file: AlwaysUseLowerCamelCase

// What the C functions return, and the messages beside it.
import CKernels

/// Why a call failed: a status of the header and a message.
struct LibraryError: Error {
  let status: nnscore_status
  let message: String

  init(_ status: Int, _ message: String) {
    self.status = nnscore_status(status)
    self.message = message
  }

  init(_ error: InferenceError) {
    self.init(Self.status(of: error.code), error.message)
  }

  /// A NULL where none is allowed.
  static func null(_ what: StaticString) -> LibraryError {
    LibraryError(Int(NNSCORE_INVALID_ARGUMENT), "\(what) is NULL")
  }

  private static func status(of code: InferenceError.Code) -> Int {
    switch code {
    case .outOfMemory: Int(NNSCORE_OUT_OF_MEMORY)
    case .cannotOpen: Int(NNSCORE_CANNOT_OPEN)
    case .notAModelFile: Int(NNSCORE_NOT_A_MODEL)
    case .damagedModelFile: Int(NNSCORE_DAMAGED_MODEL)
    case .unsupportedModelFile: Int(NNSCORE_UNSUPPORTED_MODEL)
    case .goldenMismatch: Int(NNSCORE_GOLDEN_MISMATCH)
    case .unsupportedInstructionSet: Int(NNSCORE_UNSUPPORTED_INSTRUCTION_SET)
    case .threadsUnavailable: Int(NNSCORE_THREADS_UNAVAILABLE)
    // What is left are the rules that a model file's parts keep.
    default: Int(NNSCORE_INVALID_MODEL)
    }
  }
}

/// Runs what a call does, in the floating-point environment that the same bits need, and tells the caller how it ended.
func status(
  in error: UnsafeMutablePointer<nnscore_error>?, _ body: () throws(LibraryError) -> Void
) -> nnscore_status {
  let environment = nnk_environment_begin()
  defer { nnk_environment_end(environment) }
  do throws(LibraryError) {
    try body()
    return unsafe succeed(error)
  } catch let failure {
    return unsafe fail(failure, error)
  }
}

/// Tells the caller of success.
func succeed(_ error: UnsafeMutablePointer<nnscore_error>?) -> nnscore_status {
  if let error = unsafe error {
    unsafe error.pointee.code = nnscore_status(NNSCORE_OK)
    unsafe error.pointee.message.0 = 0
  }
  return nnscore_status(NNSCORE_OK)
}

/// Tells the caller what failed; a message that is too long is cut between two characters.
func fail(_ failure: LibraryError, _ error: UnsafeMutablePointer<nnscore_error>?) -> nnscore_status {
  guard let error = unsafe error else { return failure.status }
  unsafe error.pointee.code = failure.status
  let room = Int(NNSCORE_MESSAGE_SIZE) - 1
  let message = unsafe UnsafeMutableRawPointer(error) + MemoryLayout<nnscore_error>.size - room - 1
  var length = 0
  var wholeCharacters = 0
  for byte in failure.message.bytes {
    if byte & 0xc0 != 0x80 { wholeCharacters = length }
    guard length < room else {
      length = wholeCharacters
      break
    }
    // A zero byte, which a name in a model file may have, would end the message.
    unsafe message.storeBytes(of: byte == 0 ? UInt8(ascii: "?") : byte, toByteOffset: length, as: UInt8.self)
    length += 1
  }
  unsafe message.storeBytes(of: 0, toByteOffset: length, as: UInt8.self)
  return failure.status
}

/// The version of the library.
@c @implementation
public func nnscore_version() -> UInt32 {
  UInt32(NNSCORE_VERSION_MAJOR * 1_000_000 + NNSCORE_VERSION_MINOR * 1000 + NNSCORE_VERSION_PATCH)
}

/// A few words on a status.
@c @implementation
public func nnscore_status_text(_ status: nnscore_status) -> UnsafePointer<CChar>? {
  let text: StaticString =
    switch Int(status) {
    case Int(NNSCORE_OK): "success"
    case Int(NNSCORE_INVALID_ARGUMENT): "invalid argument"
    case Int(NNSCORE_OUT_OF_MEMORY): "out of memory"
    case Int(NNSCORE_CANNOT_OPEN): "the file cannot be opened"
    case Int(NNSCORE_NOT_A_MODEL): "not a model file"
    case Int(NNSCORE_INVALID_MODEL): "invalid model file"
    case Int(NNSCORE_DAMAGED_MODEL): "damaged model file"
    case Int(NNSCORE_UNSUPPORTED_MODEL): "model file of a later format"
    case Int(NNSCORE_GOLDEN_MISMATCH): "a golden example has another answer"
    case Int(NNSCORE_WRONG_ELEMENT_TYPE): "rows of another element type"
    case Int(NNSCORE_OUTPUT_TOO_SMALL): "too little room for the scores"
    case Int(NNSCORE_UNSUPPORTED_INSTRUCTION_SET): "instruction set not supported"
    case Int(NNSCORE_THREADS_UNAVAILABLE): "threads not available"
    case Int(NNSCORE_SCORER_IN_USE): "the scorer is in use by another call"
    default: "unknown status"
    }
  return unsafe text.cString
}

extension StaticString {
  /// The text's bytes with the zero behind them, which every string literal has.
  var cString: UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}
