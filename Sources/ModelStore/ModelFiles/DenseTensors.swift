import Inference

/// Which tensors of another program's file are the weights and biases of dense layers, in the order of the layers.
struct DenseTensors {
  private struct Layer {
    let name: String
    let weight: TensorFile.Tensor
    let bias: TensorFile.Tensor?

    var outputs: Int { weight.shape[0] }
    var inputs: Int { weight.shape[1] }
  }

  private let layers: [Layer]

  /// Sorts out the tensors of a file.
  ///
  /// - Parameter order: the names of the layers, first to last; nil to tell it from the names.
  /// - Throws: ``StoreError/Code/invalidDraft`` with the tensor that is none of a dense layer or does not fit.
  init(of file: TensorFile, order: [String]?) throws(StoreError) {
    let found = try Self.layers(of: file)
    layers = try Self.ordered(found, order, file)
    for (before, layer) in zip(layers, layers.dropFirst()) where layer.inputs != before.outputs {
      throw Self.unchained(layer, after: before, layers, order, file)
    }
  }

  /// The element types of all of them, each once.
  var types: [String] {
    Set(layers.flatMap { [$0.weight.typeName, $0.bias?.typeName].compactMap { $0 } }).sorted()
  }

  /// Reads the values.
  ///
  /// - Returns: the layers, and what people should know of how they were read.
  /// - Throws: ``StoreError/Code/invalidDraft`` with the first element that is not finite.
  func layers(of file: TensorFile) throws(StoreError) -> ([ImportedFile.Layer], notes: [String]) {
    var total = 0
    var rounded = 0
    func values(_ tensor: TensorFile.Tensor) throws(StoreError) -> [Float] {
      do {
        let values = try file.values(of: tensor)
        rounded += values.rounded
        if tensor.typeName == "F64" { total += values.elements.count }
        return values.elements
      } catch {
        throw StoreError(modelFile: error, isForeign: true)
      }
    }
    var result: [ImportedFile.Layer] = []
    for layer in layers {
      let bias = try layer.bias.map(values)
      result.append(
        ImportedFile.Layer(
          name: layer.name, inputs: layer.inputs, outputs: layer.outputs, hasBias: bias != nil,
          parameters: DenseParameters(
            weight: try values(layer.weight), bias: bias ?? [Float](repeating: 0, count: layer.outputs))))
    }
    var notes: [String] = []
    let narrow = types.filter { $0 == "F16" || $0 == "BF16" }
    if !narrow.isEmpty {
      notes.append("\(narrow.joined(separator: " and ")) widened to F32, each value exactly as it was")
    }
    if types.contains("F64") {
      notes.append("F64 rounded to F32: \(rounded) of \(total) values are not what they were to the last bit")
    }
    let without = layers.filter { $0.bias == nil }.map { Self.title($0.name) }
    if !without.isEmpty {
      notes.append("zeros for the biases that are not in the file: of \(Self.list(without))")
    }
    return (result, notes)
  }

  // MARK: - Names

  /// The layers of a file in no order, by name; every tensor is part of one.
  private static func layers(of file: TensorFile) throws(StoreError) -> [Layer] {
    func refuse(_ message: String) -> StoreError { StoreError(.invalidDraft, "\(file.path): \(message)") }
    func twice(_ tensor: TensorFile.Tensor) -> StoreError { refuse("two tensors are named \(tensor.name)") }
    guard !file.tensors.isEmpty else { throw refuse("there is no tensor in it, and so no layer") }
    var weights: [String: TensorFile.Tensor] = [:]
    var biases: [String: TensorFile.Tensor] = [:]
    var others: [TensorFile.Tensor] = []
    for tensor in file.tensors {
      if let name = layerName(tensor.name, "weight"), tensor.shape.count == 2 {
        // Swift takes two spellings of an accented letter for one name.
        guard weights.updateValue(tensor, forKey: name) == nil else { throw twice(tensor) }
      } else if let name = layerName(tensor.name, "bias"), tensor.shape.count == 1 {
        guard biases.updateValue(tensor, forKey: name) == nil else { throw twice(tensor) }
      } else {
        others.append(tensor)
      }
    }
    for (name, bias) in biases where weights[name] == nil { others.append(bias) }
    guard others.isEmpty else {
      let listed = others.sorted { $0.name < $1.name }.map { "\($0.name) (\($0.text))" }
      throw refuse(
        "\(others.count == 1 ? "this tensor is" : "\(others.count) tensors are") no part of a dense layer: \(list(listed)). "
          + "Expected LAYER.weight [outputs, inputs] and LAYER.bias [outputs] alone; other kinds of layers (convolutions, "
          + "normalisation, embeddings) cannot be imported")
    }
    var layers: [Layer] = []
    // In the order of the file, so that the same mistake gives the same message.
    for tensor in file.tensors {
      guard let name = layerName(tensor.name, "weight") else { continue }
      let bias = biases[name]
      for tensor in [tensor, bias].compactMap({ $0 }) where !tensor.isReadable {
        throw refuse("\(tensor.name) is \(tensor.text); expected elements of type F32, F64, F16 or BF16")
      }
      let widths = 1...Architecture.maximumWidth
      guard tensor.shape.allSatisfy(widths.contains) else {
        throw refuse(
          "\(tensor.name) is \(tensor.text); expected [outputs, inputs], each from 1 to \(Architecture.maximumWidth)")
      }
      if let bias, bias.shape[0] != tensor.shape[0] {
        throw refuse(
          "\(bias.name) is \(bias.text), but \(tensor.name) is \(tensor.text), of \(tensor.shape[0]) outputs; expected "
            + "[\(tensor.shape[0])]")
      }
      layers.append(Layer(name: name, weight: tensor, bias: bias))
    }
    guard layers.count <= Architecture.maximumDepth else {
      throw refuse("there are \(layers.count) layers; at most \(Architecture.maximumDepth) are supported")
    }
    return layers
  }

  /// The name of the layer whose weight or bias has that name: `net.0` for `net.0.weight`, empty for `weight`.
  private static func layerName(_ tensor: String, _ part: String) -> String? {
    if tensor == part { return "" }
    return tensor.hasSuffix("." + part) ? String(tensor.dropLast(part.count + 1)) : nil
  }

  private static func title(_ name: String) -> String { name.isEmpty ? "the layer without a name" : name }

  /// The first of some names, and how many more there are.
  private static func list(_ names: [String]) -> String {
    let most = 8
    let rest = names.count > most ? " and \(names.count - most) more" : ""
    return names.prefix(most).joined(separator: ", ") + rest
  }

  // MARK: - Order

  private static func ordered(
    _ layers: [Layer], _ order: [String]?, _ file: TensorFile
  ) throws(StoreError) -> [Layer] {
    func refuse(_ message: String) -> StoreError { StoreError(.invalidDraft, "\(file.path): \(message)") }
    let names = layers.map(\.name)
    if let order {
      let known = Dictionary(layers.map { ($0.name, $0) }) { first, _ in first }
      for name in order where known[name] == nil {
        throw refuse("there is no layer \"\(name)\"; the file has \(list(names.sorted()))")
      }
      for (index, name) in order.enumerated() where order.prefix(index).contains(name) {
        throw refuse("the layer \"\(name)\" is named twice; expected each layer once")
      }
      let missing = names.filter { !order.contains($0) }
      guard missing.isEmpty else {
        throw refuse("the order leaves out \(list(missing.sorted())); expected each layer once")
      }
      return order.compactMap { known[$0] }
    }
    let told = LayerOrder(names)
    if let indices = told.indices { return indices.map { layers[$0] } }
    var message =
      "the order of the layers cannot be told from their names, \(list(names.sorted())); give it by --layers NAME,NAME,…"
    if let chain = told.onlyChain(layers.map { ($0.outputs, $0.inputs) }) {
      message +=
        ". By their shapes it can only be --layers \(chain.map { names[$0] }.joined(separator: ","))"
    }
    throw refuse(message)
  }

  /// The error of a layer that does not take what the one before gives.
  private static func unchained(
    _ layer: Layer, after before: Layer, _ layers: [Layer], _ order: [String]?, _ file: TensorFile
  ) -> StoreError {
    var message =
      "\(file.path): \(layer.weight.name) is \(layer.weight.text), but \(title(before.name)), the layer before it, has "
      + "\(before.outputs) outputs; expected [\(layer.outputs), \(before.outputs)]"
    if zip(layers, layers.dropFirst()).allSatisfy({ $0.inputs == $1.outputs }) {
      message +=
        ". The shapes would fit as [inputs, outputs]: save each weight transposed, as PyTorch has it"
    } else if order == nil {
      message += ". The layers were taken in the order of their names; --layers NAME,NAME,… gives another"
    }
    return StoreError(.invalidDraft, message)
  }
}
