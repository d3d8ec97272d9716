/// A network ready to be packed and scored with: what it computes, from what, and which version it is.
public struct Model: Sendable {
  /// Which version of which model this is.
  public struct Identity: Sendable {
    /// The model's name in the store.
    public let name: String
    /// The version's number, from 1; 0 for a model that no store holds.
    public let number: Int
    /// "sha256:" and 64 hexadecimal digits over architecture, input format, labels and tensors.
    public let digest: String

    /// Names a version.
    public init(name: String, number: Int, digest: String) {
      self.name = name
      self.number = number
      self.digest = digest
    }
  }

  /// The most bytes that all labels together may have in UTF-8, so that the header of a model file stays below its cap.
  public static let maximumLabelBytes = 1 << 23
  /// The most bytes that the name and the digest may have in UTF-8.
  public static let maximumNameBytes = 1 << 10

  /// The layers.
  public let architecture: Architecture
  /// The weights and biases, with their precision.
  public let modelParameters: ModelParameters
  /// How a row is made from a picture, and normalised.
  public let inputFormat: InputFormat
  /// The names of the classes. As many as outputs; for a single sigmoid output two, and the output is the second's probability.
  public let labels: [String]
  /// Which version this is.
  public let identity: Identity
  /// A few inputs and what they must give, for ``replayGolden()``; nil for a model without.
  public let golden: GoldenExamples?
  /// Signatures of the version's digest, sorted by their keys; `Inference` does not check them.
  public let signatures: [Signature]

  /// Checks that all parts fit each other and makes a model.
  ///
  /// - Throws: an ``InferenceError`` that names the part that does not fit: parameters of other shapes, an input format of
  ///   another length than the architecture's inputs, labels missing, empty, repeated or too long, an identity out of bounds,
  ///   golden examples of another shape (what they give is not tried), signatures that are malformed or two by one key.
  public init(
    architecture: Architecture, parameters: ModelParameters, inputFormat: InputFormat, labels: [String],
    identity: Identity, golden: GoldenExamples? = nil, signatures: [Signature] = []
  ) throws(InferenceError) {
    try parameters.validate(against: architecture, inputFormat)
    guard inputFormat.features == architecture.inputs else {
      throw InferenceError(
        .invalidInputFormat,
        "the input format has \(inputFormat.height) × \(inputFormat.width) × \(inputFormat.channels) = "
          + "\(inputFormat.features) elements; the architecture takes \(architecture.inputs)")
    }
    try Self.validate(labels: labels, for: architecture)
    try Self.validate(identity)
    if let golden { try golden.validate(for: architecture, inputFormat) }
    self.init(
      unchecked: parameters, architecture: architecture, inputFormat: inputFormat, labels: labels, identity: identity,
      golden: golden, signatures: try Self.sorted(signatures))
  }

  /// Makes a model that computes in floats.
  ///
  /// - Throws: an ``InferenceError``, as the initializer for either precision does.
  public init(
    architecture: Architecture, parameters: Parameters, inputFormat: InputFormat, labels: [String], identity: Identity,
    golden: GoldenExamples? = nil, signatures: [Signature] = []
  ) throws(InferenceError) {
    try self.init(
      architecture: architecture, parameters: .float32(parameters), inputFormat: inputFormat, labels: labels,
      identity: identity, golden: golden, signatures: signatures)
  }

  /// The same without weights and biases, for who has packed them and needs the rest: it cannot be packed.
  var withoutParameters: Model {
    let none: ModelParameters
    switch modelParameters {
    case .float32: none = .float32(Parameters(layers: []))
    case .int8: none = .int8(QuantizedParameters(layers: []))
    }
    return Model(
      unchecked: none, architecture: architecture, inputFormat: inputFormat, labels: labels, identity: identity,
      golden: golden, signatures: signatures)
  }

  private init(
    unchecked parameters: ModelParameters, architecture: Architecture, inputFormat: InputFormat, labels: [String],
    identity: Identity, golden: GoldenExamples?, signatures: [Signature]
  ) {
    self.architecture = architecture
    modelParameters = parameters
    self.inputFormat = inputFormat
    self.labels = labels
    self.identity = identity
    self.golden = golden
    self.signatures = signatures
  }

  /// The weights and biases as floats; those of a model in 8 bits are made from them each time.
  public var parameters: Parameters { modelParameters.float32 }

  /// What the model computes with.
  public var precision: ModelParameters.Precision { modelParameters.precision }

  /// Whether the single output is the probability of the second of two labels.
  public var isBinary: Bool { architecture.outputs == 1 && labels.count == 2 }

  /// Checks that labels name the outputs of an architecture one by one (or two for a single sigmoid output).
  ///
  /// - Throws: ``InferenceError/Code/invalidLabels``.
  public static func validate(labels: [String], for architecture: Architecture) throws(InferenceError) {
    let outputs = architecture.outputs
    let single = outputs == 1 && architecture.layers[architecture.layers.count - 1].activation == .sigmoid
    guard labels.count == outputs || (single && labels.count == 2) else {
      throw InferenceError(
        .invalidLabels,
        "there are \(labels.count) labels for \(outputs) outputs; expected "
          + (single ? "two, of which the output is the second's probability" : "one for each output"))
    }
    var encoded: [[UInt8]] = []
    var bytes = 0
    for label in labels {
      let name = label.bytes
      guard !name.isEmpty else {
        throw InferenceError(.invalidLabels, "a label is empty; each output needs a name")
      }
      encoded.append(name)
      bytes += name.count
    }
    guard bytes <= maximumLabelBytes else {
      throw InferenceError(
        .invalidLabels, "the labels have \(bytes) bytes together; at most \(maximumLabelBytes) are supported")
    }
    if let twice = duplicate(in: encoded) {
      throw InferenceError(.invalidLabels, "the label \"\(String(decoding: twice, as: UTF8.self))\" stands twice")
    }
  }

  private static func validate(_ identity: Identity) throws(InferenceError) {
    guard identity.name.utf8.count <= maximumNameBytes, identity.digest.utf8.count <= maximumNameBytes else {
      throw InferenceError(
        .invalidIdentity,
        "the model's name has \(identity.name.utf8.count) bytes and its digest \(identity.digest.utf8.count); "
          + "at most \(maximumNameBytes) are supported for each")
    }
    guard identity.number >= 0 else {
      throw InferenceError(
        .invalidIdentity, "the model's version number is \(identity.number); expected 1, 2, 3 and so on")
    }
  }
}

#if !hasFeature(Embedded)
  // Comparing strings needs Unicode tables, which an Embedded Swift program would have to link.
  extension Model: Equatable {}
  extension Model.Identity: Equatable {}
#endif
