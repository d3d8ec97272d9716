/// What `ModelStore` throws: a code for programs, a message for people.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  /// The kind of an error. New kinds may be added; compare with `==` and keep a default branch.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Value: String {
      case storeNotFound, notAStore, notAModelFile, newerStore, olderStore, cannotOpen, cannotCreate
      case noSuchModel, noSuchVersion, noSuchAlias, noSuchTag, noSuchCheckpoint, noSuchSweep, sweepExists
      case versionDeleted, nothingInService, nothingToRollBackTo
      case refused, protectedAlias, notConfirmed, notTrusted, invalidKey, invalidFilter, goldenMismatch
      case unsupportedInstructionSet
      case invalidName, invalidReference, ambiguousReference, invalidDraft
      case damaged, alteredSchema
      case busy, diskFull, notEnoughMemory, outOfMemory, readOnly, inputOutput, fileExists, internalError
    }

    private let value: Value

    private init(_ value: Value) { self.value = value }

    /// There is no file at the store's path.
    public static let storeNotFound = Code(.storeNotFound)
    /// The file is something else than a store.
    public static let notAStore = Code(.notAStore)
    /// The file is something else than a model file, or one of a later format.
    public static let notAModelFile = Code(.notAModelFile)
    /// A later nnscore wrote the store; this one does not know its schema.
    public static let newerStore = Code(.newerStore)
    /// An earlier nnscore wrote the store, and it was opened only to be read, so that it cannot be migrated.
    public static let olderStore = Code(.olderStore)
    /// The operating system refused to open the file.
    public static let cannotOpen = Code(.cannotOpen)
    /// A file or folder could not be created.
    public static let cannotCreate = Code(.cannotCreate)
    /// The store has no model of that name.
    public static let noSuchModel = Code(.noSuchModel)
    /// The model has no version of that number or digest.
    public static let noSuchVersion = Code(.noSuchVersion)
    /// The model has no alias of that name.
    public static let noSuchAlias = Code(.noSuchAlias)
    /// The version or model has no tag of that name.
    public static let noSuchTag = Code(.noSuchTag)
    /// The store has no checkpoint of that name.
    public static let noSuchCheckpoint = Code(.noSuchCheckpoint)
    /// The store has no sweep of that name.
    public static let noSuchSweep = Code(.noSuchSweep)
    /// The store has a sweep of that name already.
    public static let sweepExists = Code(.sweepExists)
    /// The version was deleted; until the next gc it can be brought back.
    public static let versionDeleted = Code(.versionDeleted)
    /// What was asked for would take away what is in use: a version in service or named by an alias, a store that is written over.
    public static let refused = Code(.refused)
    /// The alias is protected, and moving it was not forced.
    public static let protectedAlias = Code(.protectedAlias)
    /// A model is deleted only when its name is given a second time.
    public static let notConfirmed = Code(.notConfirmed)
    /// The store demands a trusted signature, and the version has none.
    public static let notTrusted = Code(.notTrusted)
    /// A key or signature that is none, or does not fit.
    public static let invalidKey = Code(.invalidKey)
    /// A filter that cannot be read, with the column of the mistake.
    public static let invalidFilter = Code(.invalidFilter)
    /// A version does not give the answers that were kept with it.
    public static let goldenMismatch = Code(.goldenMismatch)
    /// Golden examples cannot be scored: `NNSCORE_ISA` names an instruction set that is unknown, or that this processor lacks.
    public static let unsupportedInstructionSet = Code(.unsupportedInstructionSet)
    /// No version of the model is in service.
    public static let nothingInService = Code(.nothingInService)
    /// There is nothing that was in service before.
    public static let nothingToRollBackTo = Code(.nothingToRollBackTo)
    /// A model name with characters that are not allowed, or too long.
    public static let invalidName = Code(.invalidName)
    /// A reference that cannot be read.
    public static let invalidReference = Code(.invalidReference)
    /// A digest prefix that several versions share.
    public static let ambiguousReference = Code(.ambiguousReference)
    /// A version to be registered whose parts do not fit together.
    public static let invalidDraft = Code(.invalidDraft)
    /// Bytes in the store are not those that were written.
    public static let damaged = Code(.damaged)
    /// Tables, indices or triggers of the store are not those of its schema version.
    public static let alteredSchema = Code(.alteredSchema)
    /// Another process held the store for longer than the time to wait.
    public static let busy = Code(.busy)
    /// The disk is full; nothing was changed.
    public static let diskFull = Code(.diskFull)
    /// What was asked for takes more memory than the machine has.
    public static let notEnoughMemory = Code(.notEnoughMemory)
    /// The system had no memory left just then; nothing is known to be wrong with the store.
    public static let outOfMemory = Code(.outOfMemory)
    /// The store, its folder or this handle may only be read.
    public static let readOnly = Code(.readOnly)
    /// The disk or the file system failed.
    public static let inputOutput = Code(.inputOutput)
    /// The file to be written exists, and replacing it was not asked for.
    public static let fileExists = Code(.fileExists)
    /// What should not happen.
    public static let internalError = Code(.internalError)

    /// The code's name, as `--json` prints it.
    public var description: String { value.rawValue }
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
