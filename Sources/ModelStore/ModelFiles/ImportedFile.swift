import Crypto
import Foundation
public import Inference

/// A safetensors file that becomes a version: a model file of nnscore, or dense layers that another program saved.
///
/// Of another program's file each tensor must be the weight [outputs, inputs] or the bias [outputs] of a dense layer, named
/// `LAYER.weight` and `LAYER.bias` as PyTorch's `nn.Linear` in an `nn.Sequential` (`0.weight`, `0.bias`, `2.weight`, …) or in any other
/// module (`net.fc1.weight`), F32, F64, F16 or BF16.
public struct ImportedFile: Sendable {
  /// One dense layer.
  public struct Layer: Sendable, Equatable {
    /// The name of its tensors without `.weight`; empty where the file holds but one layer.
    public let name: String
    /// The number of inputs.
    public let inputs: Int
    /// The number of outputs.
    public let outputs: Int
    /// Whether the file has its bias; zeros stand for it otherwise.
    public let hasBias: Bool
    /// The weight, row-major [outputs, inputs], and the bias [outputs].
    public internal(set) var parameters: DenseParameters
  }

  /// What the file holds.
  public enum Contents: Sendable {
    /// A model, with all that is said about it.
    case model(Model)
    /// Layers, first to last, each of which takes what the one before gives.
    case layers([Layer])
  }

  /// The file.
  public let path: String
  /// `sha256:` and the SHA-256 of its bytes.
  public let digest: String
  /// The element types of its weights and biases, each once: `F32`, …
  public let types: [String]
  /// What it holds.
  public let contents: Contents
  /// What people should know of how it was read: values that were rounded, biases that are not there, signatures that do not hold.
  public private(set) var notes: [String] = []

  /// Reads a file. Every byte of a model file is checked, and its golden examples are replayed.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - order: the names of the layers of another program's file, first to last; nil where the names tell the order.
  /// - Throws: ``StoreError``: ``StoreError/Code/cannotOpen``, ``StoreError/Code/notAModelFile``, ``StoreError/Code/damaged`` or
  ///   ``StoreError/Code/goldenMismatch`` for a model file that is not what it says; ``StoreError/Code/invalidDraft`` with the tensor
  ///   that is no part of a dense layer, does not fit the one before, or is not finite, or where the order cannot be told.
  public init(contentsOfFile path: String, layers order: [String]? = nil) throws(StoreError) {
    let read: Result<ImportedFile, StoreError>
    do {
      read = try TensorFile.withFile(path) { file in
        Result { () throws(StoreError) in try ImportedFile(file, order) }
      }
    } catch {
      throw StoreError(modelFile: error, isForeign: true)
    }
    self = try read.get()
  }

  private init(_ file: TensorFile, _ order: [String]?) throws(StoreError) {
    path = file.path
    var hash = SHA256()
    file.forEachChunk { hash.update(data: $0) }
    digest = Digest.withPrefix(Hexadecimal.text(of: hash.finalize()))
    guard file.isModelFile else {
      let tensors = try DenseTensors(of: file, order: order)
      types = tensors.types
      let (layers, notes) = try tensors.layers(of: file)
      (contents, self.notes) = (.layers(layers), notes)
      return
    }
    guard order == nil else {
      throw StoreError(.invalidDraft, "\(path) is a model file, which says the order of its layers; leave out --layers")
    }
    do {
      let model = try file.model()
      types = Self.types(of: model)
      try model.replayGolden()
      contents = .model(model)
      let invalid = model.signatures.count - validSignatures(of: model).count
      if invalid > 0 {
        notes.append(
          "\(invalid) of \(model.signatures.count) signatures do not hold for what the file is, and are left out")
      }
    } catch {
      throw StoreError(modelFile: error)
    }
  }

  /// The element types of a model's tensors, in the order in which they come first.
  private static func types(of model: Model) -> [String] {
    LayerTensor.all(of: model.architecture, model.precision).reduce(into: []) { types, tensor in
      if !types.contains(tensor.dtypeText) { types.append(tensor.dtypeText) }
    }
  }

  /// What the ledger says of where the version came from.
  var origin: String {
    var text = "file \(name), \(types.joined(separator: ", ")), \(digest)"
    if case .model(let model) = contents, model.identity.number > 0 {
      text += "; \(model.identity.name)@\(model.identity.number) \(model.identity.digest)"
    }
    return text
  }

  /// The file's name without its folder.
  public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
