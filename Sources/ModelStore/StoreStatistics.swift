/// How many bytes a store keeps, for what, and why so many.
///
/// Bytes that several versions share are counted to the first of them that was not deleted; a version that shares all it has
/// takes none.
public struct StoreStatistics: Sendable, Equatable {
  /// Bytes as they are in memory and as they are stored.
  public struct Size: Sendable, Equatable {
    /// Bytes in memory.
    public var raw = 0
    /// Bytes in the store: 0 for what another version holds already.
    public var stored = 0

    /// Stored bytes for each raw byte; nil without raw bytes.
    public var ratio: Double? { raw > 0 ? Double(stored) / Double(raw) : nil }

    /// All sizes together. A damaged store can say anything, so sums end at `Int.max`.
    static func sum(_ sizes: some Sequence<Self>) -> Self {
      sizes.reduce(into: Self()) { $0.add($1) }
    }

    mutating func add(_ other: Self) {
      func sum(_ first: Int, _ second: Int) -> Int {
        let (sum, overflow) = first.addingReportingOverflow(second)
        return overflow ? .max : sum
      }
      raw = sum(raw, other.raw)
      stored = sum(stored, other.stored)
    }
  }

  /// How many parts are kept in which way.
  public struct Encodings: Sendable, Equatable {
    /// Parts of which nothing shrinks.
    public private(set) var plain = 0
    /// Parts as byte planes.
    public private(set) var planes = 0
    /// Parts as the difference from another.
    public private(set) var differences = 0
    /// Parts that equal one that is stored.
    public private(set) var shared = 0
    /// The longest chain of differences, 0 without any.
    public private(set) var depth = 0

    init(_ parts: some Sequence<Part>) {
      for part in parts {
        switch part.storage {
        case .plain: plain += 1
        case .planes: planes += 1
        case .difference(let depth, _):
          differences += 1
          self.depth = max(self.depth, depth)
        case .shared: shared += 1
        }
      }
    }
  }

  /// A part of a version: a tensor, its cost history, its numbers by epoch, the inputs or outputs of its golden examples.
  public struct Part: Sendable, Equatable {
    /// Which part of which version.
    public struct Place: Sendable, Equatable {
      /// The model's name.
      public let model: String
      /// The version's number.
      public let version: Int
      /// The tensor's name, `costs`, `epoch metrics`, `golden inputs` or `golden outputs`.
      public let part: String
    }

    /// Why it takes the bytes that it takes.
    public enum Storage: Sendable, Equatable {
      /// As it is: nothing of it shrinks.
      case plain
      /// As byte planes of its own, those compressed that gain by it.
      case planes
      /// As the difference (exclusive or) from another, its base, which is so many differences less one from one that is kept by
      /// itself. The base is nil if no version has it any more.
      case difference(depth: Int, base: Place?)
      /// Equal to another, which is stored.
      case shared(with: Place)
    }

    /// The tensor's name, `costs`, `epoch metrics`, `golden inputs` or `golden outputs`.
    public let name: String
    /// The SHA-256 of the raw bytes, 64 hexadecimal digits.
    public let sha256: String
    /// Its bytes.
    public let size: Size
    /// Why it takes them.
    public let storage: Storage
  }

  /// One version.
  public struct Version: Sendable, Equatable {
    /// The version's number.
    public let number: Int
    /// Whether it was deleted, and waits for gc.
    public let isDeleted: Bool
    /// What it is made of.
    public let parts: [Part]
    /// All parts together.
    public let size: Size
    /// How they are kept.
    public var encodings: Encodings { Encodings(parts) }
  }

  /// One model.
  public struct Model: Sendable, Equatable {
    /// The model's name.
    public let name: String
    /// Its versions by number, deleted ones too until they are purged.
    public let versions: [Version]
    /// All versions together.
    public let size: Size
    /// How their parts are kept.
    public var encodings: Encodings { Encodings(versions.lazy.flatMap(\.parts)) }
  }

  /// The models by name.
  public internal(set) var models: [Model] = []
  /// All blobs of the store; equal bytes count once, whoever refers to them.
  public internal(set) var blobs = Size()
  /// How many blobs there are.
  public internal(set) var blobCount = 0
  /// How many of them are kept as a difference.
  public internal(set) var differenceCount = 0
  /// What only deleted versions refer to.
  public internal(set) var deleted = Size()
  /// What no version refers to, but a difference stands upon.
  public internal(set) var bases = Size()
  /// What nothing refers to.
  public internal(set) var unreferenced = Size()
  /// How many checkpoints there are.
  public internal(set) var checkpointCount = 0
  /// Bytes of their states, which are stored as they are; blobs and ``models`` do not count them.
  public internal(set) var checkpointBytes = 0
  /// How many sweeps there are.
  public internal(set) var sweepCount = 0
  /// How many trials these have.
  public internal(set) var trialCount = 0
  /// Bytes of the texts of sweeps and trials.
  public internal(set) var sweepBytes = 0
  /// Bytes of the file.
  public internal(set) var fileSize = 0
  /// Bytes of a page of the file.
  public internal(set) var pageSize = 0
  /// Pages that nothing uses until more is written.
  public internal(set) var freePages = 0
}
