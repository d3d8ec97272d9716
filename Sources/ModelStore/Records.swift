import Foundation
public import Inference

/// A model in a list.
public struct ModelSummary: Sendable, Equatable {
  /// The model's name.
  public let name: String
  /// How many versions it has.
  public let versionCount: Int
  /// The number of the version registered last.
  public let latest: Int
  /// The number of the version in service, if any.
  public let serving: Int?
  /// When its first version was registered.
  public let createdAt: Timestamp
}

/// A version in a list.
public struct VersionSummary: Sendable, Equatable {
  /// The version's number, from 1.
  public let number: Int
  /// `sha256:` and 64 hexadecimal digits over architecture, input format, labels and tensors.
  public let digest: String
  /// When it was registered.
  public let createdAt: Timestamp
  /// Whether it is in service.
  public let isServing: Bool
  /// How many costs its history has.
  public let costCount: Int
  /// The last cost of its history; nil without a history, or if it is not a number.
  public let finalCost: Double?
  /// Metrics by name.
  public internal(set) var metrics: [String: Double]
  /// What people say about it, as last edited.
  public internal(set) var note: String
  /// The aliases that name it, sorted.
  public internal(set) var aliases: [String]
  /// Its tags by name.
  public internal(set) var tags: [String: String]
  /// The canonical text of its architecture.
  public let architectureText: String
  /// The number of its weights and biases.
  public let parameterCount: Int
  /// What it computes with.
  public let precision: ModelParameters.Precision
}

/// A version in full, without its weights.
public struct VersionRecord: Sendable, Equatable {
  /// One stored tensor.
  public struct Tensor: Sendable, Equatable {
    /// The name, such as `layers.0.weight`.
    public let name: String
    /// The element type: `F32`; of a version in 8 bits `I8` and `U8` as well.
    public let dtype: String
    /// The lengths of the dimensions, slowest first.
    public let shape: [Int]
    /// The SHA-256 of the raw bytes, 64 hexadecimal digits.
    public let sha256: String
    /// Bytes in memory.
    public let rawSize: Int
    /// Bytes in the store. Equal tensors share them.
    public let storedSize: Int
  }

  /// The golden examples: inputs, and exactly what the version answers to them.
  public struct Golden: Sendable, Equatable {
    /// How many examples there are.
    public let count: Int
    /// The SHA-256 of the input rows, 64 hexadecimal digits.
    public let inputs: String
    /// The SHA-256 of the answers, 64 hexadecimal digits.
    public let outputs: String
  }

  /// The model's name.
  public let model: String
  /// What a list shows of it.
  public let summary: VersionSummary
  /// The layers.
  public let architecture: Architecture
  /// How a row is made from a picture, and normalised.
  public let inputFormat: InputFormat
  /// The names of the classes.
  public let labels: [String]
  /// The hyperparameters as a JSON object with sorted keys.
  public let hyperparameters: String
  /// Where it came from.
  public let lineage: Lineage
  /// The tensors in the order of the layers.
  public let tensors: [Tensor]
  /// Its golden examples; nil for a version that was registered by an nnscore without them.
  public let golden: Golden?

  /// The version's number, from 1.
  public var number: Int { summary.number }
  /// `sha256:` and 64 hexadecimal digits over architecture, input format, labels and tensors.
  public var digest: String { summary.digest }
  /// The version's name, number and digest.
  public var identity: Model.Identity { Model.Identity(name: model, number: number, digest: digest) }
}

/// What ``ModelStore/verify(_:trustedKeys:threads:progress:)`` found.
public struct VerificationReport: Sendable, Equatable {
  /// One thing that is not as it should be.
  public struct Finding: Sendable, Equatable, CustomStringConvertible {
    /// What it is about: `database`, `schema`, `ledger`, `cats@3`, `blob 1f0c…`.
    public let subject: String
    /// What was expected and what was found.
    public let problem: String
    /// The kind of the problem, as if it had been met by itself.
    public let code: StoreError.Code

    /// Subject and problem in one line.
    public var description: String {
      // "the blob 1f0c…: …" names the subject "blob 1f0c…" as well.
      let text = problem.hasPrefix("the \(subject)") ? String(problem.dropFirst("the ".count)) : problem
      let namesIt = [": ", " ", ", "].contains { text.hasPrefix(subject + $0) }
      return namesIt ? text : "\(subject): \(problem)"
    }
  }

  /// How many versions were checked.
  public var versions = 0
  /// How many golden examples were scored again.
  public var goldenExamples = 0
  /// How many stored blobs were decompressed and hashed.
  public var blobs = 0
  /// How many raw bytes these have.
  public var bytes = 0
  /// How many entries of the ledger were checked.
  public var ledgerEntries = 0
  /// How many entries of the ledger are dated more than five minutes after the present. That is no finding: the clock of the machine
  /// that wrote them was ahead, or this one's is behind, and all is still in order.
  public var futureEntries = 0
  /// How many signatures were checked.
  public var signatures = 0
  /// How many checkpoints were read and hashed; their bytes are not among ``bytes``.
  public var checkpoints = 0
  /// What is wrong; empty if all is well.
  public var findings: [Finding] = []

  /// Whether all is as it should be.
  public var isSound: Bool { findings.isEmpty }
}

extension VerificationReport {
  /// The report on a store that is too damaged to be opened: nothing was counted, and why is its only finding.
  package init(unopened path: String, _ error: StoreError) {
    // The error has the absolute path before what is wrong.
    let prefix = URL(fileURLWithPath: path).path + ": "
    let problem = error.message.hasPrefix(prefix) ? String(error.message.dropFirst(prefix.count)) : error.message
    add(path, problem, code: error.code)
  }
}
