import ArgumentParser
import Datasets
import Foundation
import Images
import Inference
import ModelStore
import Training

/// How the process ends, after sysexits(3) where that has a number for it.
enum ExitStatus: Int32 {
  /// Some images of a batch could not be scored; the rest was done.
  case someFailed = 1
  /// The command was used wrongly.
  case usage = 64
  /// The data is wrong.
  case badData = 65
  /// Something that was named is not there.
  case noInput = 66
  /// A mistake in this program.
  case internalError = 70
  /// A file cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed.
  case inputOutput = 74
  /// It may work later: the store is in use, or memory is short.
  case tryAgain = 75
  /// Interrupted by Ctrl-C: 128 + SIGINT, as shells expect it.
  case interrupted = 130
}

/// Why a command ends without its result: the one place where an error becomes text and exit code.
struct Failure: Error {
  let status: ExitStatus
  /// The name of the error for programs.
  let code: String
  let message: String

  init(_ status: ExitStatus, code: String, _ message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  /// The failure that an error of a module means.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as InferenceError:
      self.init(Self.status(error.code), code: error.code.description, error.message)
    case let error as ImageError:
      self.init(Self.status(error.code), code: error.code.description, error.message)
    case let error as DatasetError:
      self.init(Self.status(error.code), code: error.code.description, error.message)
    case let error as StoreError:
      self.init(Self.status(error.code), code: error.code.description, error.message)
    case let error as TrainingError:
      self.init(Self.status(error.code), code: error.code.description, error.message)
    default:
      self.init(.internalError, code: "internal", "an error that should not happen: \(error); please report it")
    }
  }

  /// What the system says of a Foundation error, in a few words.
  static func systemReason(_ error: any Error) -> String {
    let cocoa = error as NSError
    let underlying = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError ?? cocoa
    if underlying.domain == NSPOSIXErrorDomain { return Terminal.reason(Int32(truncatingIfNeeded: underlying.code)) }
    // Foundation's own sentences name no reason but "the operation could not be completed".
    switch (error as? CocoaError)?.code {
    case .fileNoSuchFile?, .fileReadNoSuchFile?: return Terminal.reason(ENOENT)
    case .fileWriteFileExists?: return Terminal.reason(EEXIST)
    case .fileWriteNoPermission?, .fileReadNoPermission?: return Terminal.reason(EACCES)
    case .fileWriteOutOfSpace?: return Terminal.reason(ENOSPC)
    case .fileWriteVolumeReadOnly?: return Terminal.reason(EROFS)
    default:
      // Below something that is no folder it says nothing but "unknown".
      var status = stat()
      guard let path = cocoa.userInfo[NSFilePathErrorKey] as? String, unsafe lstat(path, &status) != 0, errno == ENOTDIR
      else {
        return underlying.localizedDescription
      }
      return Terminal.reason(ENOTDIR)
    }
  }

  /// The same failure with more to say.
  func adding(_ text: String) -> Failure {
    // Some messages are whole sentences.
    Failure(status, code: code, (message.hasSuffix(".") ? String(message.dropLast()) : message) + text)
  }

  private static func status(_ code: InferenceError.Code) -> ExitStatus {
    switch code {
    case .cannotOpen: .noInput
    case .unsupportedInstructionSet: .usage
    case .threadsUnavailable, .outOfMemory: .tryAgain
    default: .badData
    }
  }

  private static func status(_ code: ImageError.Code) -> ExitStatus {
    switch code {
    case .notFound, .unreadable: .noInput
    case .invalidRule: .usage
    default: .badData
    }
  }

  private static func status(_ code: DatasetError.Code) -> ExitStatus {
    switch code {
    case .notFound, .unreadable: .noInput
    case .invalidArgument: .usage
    case .tooLarge: .tryAgain
    default: .badData
    }
  }

  private static func status(_ code: StoreError.Code) -> ExitStatus {
    switch code {
    case .storeNotFound, .cannotOpen, .noSuchModel, .noSuchVersion, .noSuchAlias, .noSuchTag,
      .noSuchCheckpoint, .noSuchSweep, .versionDeleted, .nothingInService, .nothingToRollBackTo:
      .noInput
    case .invalidName, .invalidReference, .ambiguousReference, .invalidFilter, .notConfirmed,
      .unsupportedInstructionSet:
      .usage
    case .cannotCreate, .fileExists, .sweepExists, .readOnly, .refused, .protectedAlias, .notTrusted: .cannotCreate
    case .busy, .notEnoughMemory, .outOfMemory: .tryAgain
    case .diskFull, .inputOutput: .inputOutput
    case .internalError: .internalError
    default: .badData
    }
  }

  private static func status(_ code: TrainingError.Code) -> ExitStatus {
    switch code {
    case .invalidHyperparameter, .invalidInitialization: .usage
    case .notEnoughMemory: .tryAgain
    case .cancelled: .interrupted
    default: .badData
    }
  }
}

extension ParsableCommand {
  /// A mistake in how the command was used, told as the argument parser tells its own.
  func usageError(_ message: String) -> any Error { ValidationError(message) }
}
