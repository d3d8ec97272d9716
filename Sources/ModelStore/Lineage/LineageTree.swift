public import Inference

/// A version with all that it descends from and all that descends from it.
public struct LineageTree: Sendable, Equatable {
  /// What a member is to the version that was asked for.
  public enum Relation: String, Sendable {
    /// It went on from this one, or from what did.
    case ancestor
    /// The version itself.
    case asked
    /// This one went on from it, or from what did.
    case descendant
  }

  /// Where the parent that a version names is.
  public enum ParentState: Sendable, Equatable {
    /// Among the members, deleted or not.
    case present
    /// It was deleted and its rows were removed for good, so that what it came from itself is not known any more.
    case purged(at: Timestamp, actor: String)
    /// The store does not have it, and its ledger does not say why: the store is damaged.
    case missing
    /// The version of that name and number has another digest, this one: the store is damaged.
    case different(digest: String)
  }

  /// That a version was deleted; its rows are there until the next gc.
  public struct Deletion: Sendable, Equatable {
    /// When.
    public let at: Timestamp
    /// Who deleted it.
    public let actor: String
    /// Why; may be empty.
    public let reason: String
  }

  /// One version of the tree.
  public struct Member: Sendable, Equatable {
    /// The version's name, number and digest.
    public let identity: Model.Identity
    /// What it is to the version that was asked for.
    public let relation: Relation
    /// When it was registered, or if it was copied, when its original was.
    public let createdAt: Timestamp
    /// How it came into the store.
    public let provenance: Provenance
    /// What it computes with.
    public let precision: ModelParameters.Precision
    /// Its parent, data sets, seed, code version, machine and duration.
    public let lineage: Lineage
    /// Where its parent is; nil if it has none.
    public let parentState: ParentState?
    /// Whether it is in service.
    public let isServing: Bool
    /// The aliases that name it, sorted.
    public let aliases: [String]
    /// That it was deleted; nil if it was not.
    public let deletion: Deletion?
  }

  /// The members: the ancestors from the oldest on, the version itself, then the descendants, generation by generation.
  public let members: [Member]

  /// The index in ``members`` of each member's parent, which is below its own; nil for the first.
  public let parents: [Int?]
}
