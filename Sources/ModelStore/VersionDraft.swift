public import Inference

/// A version to be registered: everything about it but what the store itself decides (number, digest, time).
public struct VersionDraft: Sendable {
  /// The model's name; the model is created with its first version.
  public var model: String
  /// The layers.
  public var architecture: Architecture
  /// The weights and biases, with their precision.
  public var modelParameters: ModelParameters
  /// How a row is made from a picture, and normalised.
  public var inputFormat: InputFormat
  /// The names of the classes, as `Inference.Model` wants them.
  public var labels: [String]
  /// Any value that encodes as a JSON object: learning rate, iterations, initialisation, …; nil for none.
  public var hyperparameters: (any Encodable & Sendable)?
  /// The cost at each iteration, the first at iteration 0; empty if unknown.
  public var costs: [Double]
  /// Finite numbers by name, such as `accuracy.training` (0 to 1).
  public var metrics: [String: Double]
  /// Where the parameters came from.
  public var lineage: Lineage
  /// What people say about it.
  public var note: String
  /// Input rows to keep as golden examples with what the version answers to them, as the input format has them. The first of them
  /// are kept: four at most, and at most 64 KiB, but one at least. Nil for pseudo-random rows, the same for the same contents:
  /// SplitMix64 from the first 64 bits of the version's digest gives bytes that are evenly distributed, or floats that enter the
  /// first layer evenly distributed from -2 to 2.
  public var golden: GoldenExamples.Rows?
  /// Where it came from if it was not made for this store, for the ledger; nil otherwise.
  public var origin: String?
  /// The digest that it must turn out to have (`sha256:…`); nil for any.
  public var expectedDigest: String?
  /// Signatures of its digest that were made already; each must be valid.
  public var signatures: [Model.Signature]
  /// What was measured after epochs of training; nil, or no epochs, if nothing was.
  public var epochMetrics: EpochMetrics?

  /// A version to be registered. Checked by ``ModelStore/register(_:promote:reason:actor:removingCheckpoint:)``.
  public init(
    model: String, architecture: Architecture, parameters: ModelParameters, inputFormat: InputFormat,
    labels: [String], hyperparameters: (any Encodable & Sendable)? = nil, costs: [Double] = [],
    metrics: [String: Double] = [:], lineage: Lineage = Lineage(), note: String = "",
    golden: GoldenExamples.Rows? = nil, origin: String? = nil, expectedDigest: String? = nil,
    signatures: [Model.Signature] = [], epochMetrics: EpochMetrics? = nil
  ) {
    self.model = model
    self.architecture = architecture
    modelParameters = parameters
    self.inputFormat = inputFormat
    self.labels = labels
    self.hyperparameters = hyperparameters
    self.costs = costs
    self.metrics = metrics
    self.lineage = lineage
    self.note = note
    self.golden = golden
    self.origin = origin
    self.expectedDigest = expectedDigest
    self.signatures = signatures
    self.epochMetrics = epochMetrics
  }

  /// A version that computes in floats, to be registered.
  public init(
    model: String, architecture: Architecture, parameters: Parameters, inputFormat: InputFormat, labels: [String],
    hyperparameters: (any Encodable & Sendable)? = nil, costs: [Double] = [], metrics: [String: Double] = [:],
    lineage: Lineage = Lineage(), note: String = "", golden: GoldenExamples.Rows? = nil, origin: String? = nil,
    expectedDigest: String? = nil, signatures: [Model.Signature] = [], epochMetrics: EpochMetrics? = nil
  ) {
    self.init(
      model: model, architecture: architecture, parameters: .float32(parameters), inputFormat: inputFormat,
      labels: labels, hyperparameters: hyperparameters, costs: costs, metrics: metrics, lineage: lineage, note: note,
      golden: golden, origin: origin, expectedDigest: expectedDigest, signatures: signatures,
      epochMetrics: epochMetrics)
  }

  /// Weights and biases as floats; those of 8 bits as `ModelParameters.float32` has them.
  public var parameters: Parameters {
    get { modelParameters.float32 }
    set { modelParameters = .float32(newValue) }
  }
}

/// Where a version's parameters came from.
public struct Lineage: Sendable, Equatable {
  /// A labelled set that was used.
  public struct Dataset: Sendable, Equatable {
    /// A digest of the contents, such as `sha256:…`.
    public var fingerprint: String
    /// The number of examples.
    public var count: Int
    /// Where it was read from.
    public var path: String
    /// What it is: `folder`, `hdf5`, `idx`, …
    public var kind: String

    /// A labelled set.
    public init(fingerprint: String, count: Int, path: String, kind: String) {
      self.fingerprint = fingerprint
      self.count = count
      self.path = path
      self.kind = kind
    }
  }

  /// The trial of a search for hyperparameters that a version came from.
  public struct Sweep: Sendable, Equatable {
    /// The search's name.
    public var name: String
    /// The trial's number in it, from 1.
    public var trial: Int

    /// A trial of a search.
    public init(name: String, trial: Int) {
      self.name = name
      self.trial = trial
    }
  }

  /// The version that training went on from. It must be in the store when the child is registered.
  public var parent: Model.Identity?
  /// What it was trained on.
  public var training: Dataset?
  /// What it was validated on.
  public var validation: Dataset?
  /// The seed of every random number.
  public var seed: UInt64?
  /// The program that trained it, such as `nnscore 1.0.0`.
  public var codeVersion: String?
  /// The machine that trained it.
  public var machine: String?
  /// How long training took; kept in whole milliseconds.
  public var duration: Duration?
  /// The trial that it was trained in. The store need not have the search.
  public var sweep: Sweep?

  /// Where a version came from; nil for what is unknown.
  public init(
    parent: Model.Identity? = nil, training: Dataset? = nil, validation: Dataset? = nil, seed: UInt64? = nil,
    codeVersion: String? = nil, machine: String? = nil, duration: Duration? = nil, sweep: Sweep? = nil
  ) {
    self.parent = parent
    self.training = training
    self.validation = validation
    self.seed = seed
    self.codeVersion = codeVersion
    self.machine = machine
    self.duration = duration
    self.sweep = sweep
  }
}
