public import Inference

extension ImportedFile {
  /// In which order the first layer takes the elements of a row.
  public enum InputOrder: String, Sendable, CaseIterable {
    /// Row by row, pixel by pixel, channel by channel, as rows are here.
    case hwc
    /// Channel by channel, row by row, pixel by pixel, as PyTorch flattens a picture.
    case chw
  }

  /// What another program's file does not say of the network.
  public struct Network: Sendable {
    /// The activation of each layer, first to last.
    public var activations: [Activation]
    /// How a row is made from a picture, and normalised.
    public var inputFormat: InputFormat
    /// In which order the first layer takes a row's elements. Its columns are put into the order of rows here.
    public var inputOrder: InputOrder
    /// The names of the classes; nil to number them from 0.
    public var labels: [String]?

    /// What a file does not say; checked when a draft is made of it.
    public init(
      activations: [Activation], inputFormat: InputFormat, inputOrder: InputOrder = .hwc, labels: [String]? = nil
    ) {
      self.activations = activations
      self.inputFormat = inputFormat
      self.inputOrder = inputOrder
      self.labels = labels
    }
  }

  /// The version that the file is to become.
  ///
  /// That of a model file must turn out to have the digest that the file states, and keeps its golden examples and valid signatures. The
  /// ledger will name the file, its digest and its element types.
  ///
  /// - Parameters:
  ///   - name: the model's name.
  ///   - network: what another program's file does not say; nil for a model file.
  /// - Throws: ``StoreError/Code/invalidDraft`` for what does not fit the file's layers.
  public func draft(model name: String, network: Network? = nil) throws(StoreError) -> VersionDraft {
    switch contents {
    case .model(let model):
      guard network == nil else {
        throw StoreError(
          .invalidDraft, "\(path) is a model file, which says all of its network; leave out what was given")
      }
      return draft(model, name: name)
    case .layers(let layers):
      guard let network else {
        throw StoreError(.invalidDraft, "\(path) says nothing of activations and input; they must be given")
      }
      return try draft(layers, network, name: name)
    }
  }

  private func draft(_ model: Model, name: String) -> VersionDraft {
    VersionDraft(
      model: name, architecture: model.architecture, parameters: model.modelParameters, inputFormat: model.inputFormat,
      labels: model.labels, golden: model.golden?.inputs, origin: origin,
      expectedDigest: model.identity.digest.isEmpty ? nil : model.identity.digest,
      signatures: validSignatures(of: model))
  }

  private func draft(_ layers: [Layer], _ network: Network, name: String) throws(StoreError) -> VersionDraft {
    guard network.activations.count == layers.count else {
      let names = layers.map { "\($0.name) (\($0.inputs) → \($0.outputs))" }.joined(separator: ", ")
      throw StoreError(
        .invalidDraft,
        "\(path): \(network.activations.count) activations for \(layers.count) layers, \(names); expected one for each")
    }
    let architecture: Architecture
    do {
      architecture = try Architecture(
        inputs: layers[0].inputs,
        layers: zip(layers, network.activations).map { Architecture.Layer(outputs: $0.outputs, activation: $1) })
    } catch {
      throw StoreError(.invalidDraft, "\(path): \(error.message)")
    }
    guard network.inputFormat.features == architecture.inputs else {
      throw StoreError(
        .invalidDraft,
        "\(path): the input format has \(network.inputFormat.features) elements; the first layer takes \(architecture.inputs)"
      )
    }
    var parameters = Parameters(layers: layers.map(\.parameters))
    if network.inputOrder == .chw {
      parameters.layers[0].weight = Self.pixelsFirst(parameters.layers[0].weight, network.inputFormat)
    }
    return VersionDraft(
      model: name, architecture: architecture, parameters: parameters, inputFormat: network.inputFormat,
      labels: network.labels ?? Self.numbers(for: architecture), origin: origin)
  }

  /// The columns of a weight [outputs, channels · height · width] in the order height, width, channels.
  private static func pixelsFirst(_ weight: [Float], _ format: InputFormat) -> [Float] {
    let area = format.height * format.width
    let features = format.features
    var result = weight
    for row in stride(from: 0, to: weight.count, by: features) {
      for pixel in 0..<area {
        for channel in 0..<format.channels {
          result[row + pixel * format.channels + channel] = weight[row + channel * area + pixel]
        }
      }
    }
    return result
  }

  /// Labels for who gives none: "0", "1" and so on.
  private static func numbers(for architecture: Architecture) -> [String] {
    let isBinary = architecture.outputs == 1 && architecture.layers.last?.activation == .sigmoid
    return (0..<(isBinary ? 2 : architecture.outputs)).map { String($0) }
  }

  /// The signatures of a model that hold for what it is.
  func validSignatures(of model: Model) -> [Model.Signature] {
    guard !model.signatures.isEmpty else { return [] }
    let digest = StoredVersion(contentsOf: model).computedDigest
    return model.signatures.filter { $0.isValid(forDigest: digest) }
  }
}
