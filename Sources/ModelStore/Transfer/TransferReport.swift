public import Inference

/// What became of one version that was to be copied into another store.
public struct TransferredVersion: Sendable, Equatable {
  /// What became of it.
  public enum Outcome: String, Sendable {
    /// It was copied, or with a dry run would be.
    case copied
    /// The target has it already: the same digest, and the same said about it.
    case present
    /// The target had it and it was deleted there, so it was left so.
    case deleted
  }

  /// Which version it is in the store that it comes from.
  public let source: Model.Identity
  /// Which version it is in the target.
  public let target: Model.Identity
  /// What became of it.
  public let outcome: Outcome
  /// The version that it was trained on from, if the target does not have that one: only the ledger's entry names it there.
  public let missingParent: Model.Identity?
}

/// What ``ModelStore/merge(from:dryRun:reason:actor:)`` did, or with a dry run would do.
public struct MergeReport: Sendable, Equatable {
  /// What became of an alias of the other store.
  public struct Alias: Sendable, Equatable {
    /// What became of an alias.
    public enum Outcome: String, Sendable {
      /// It names the version here now.
      case set
      /// It named the version here already.
      case present
      /// It names another version here, or was removed here, and was left so.
      case kept
    }

    /// The model's name.
    public let model: String
    /// The alias.
    public let name: String
    /// The number, here, of the version that it names in the other store.
    public let version: Int
    /// What became of it.
    public let outcome: Outcome
  }

  /// The versions of the other store that were not deleted there, parents before children.
  public var versions: [TransferredVersion] = []
  /// The aliases of the other store that name one of these.
  public var aliases: [Alias] = []
  /// How many signatures came along.
  public var signatures = 0

  /// Whether all was here already.
  public var isUnchanged: Bool {
    versions.allSatisfy { $0.outcome != .copied } && aliases.allSatisfy { $0.outcome != .set } && signatures == 0
  }
}
