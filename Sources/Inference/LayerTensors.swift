/// The layers of a safetensors file from elsewhere: tensors `layers.N.weight` and `layers.N.bias`, F32 or F64, nothing else needed.
/// The golden examples of a model file are passed over.
///
/// It is what `nnscore train --init-from` reads, so that a run can start from the parameters of another program.
public struct LayerTensors: Sendable {
  /// One layer: weight row-major [outputs, inputs], bias [outputs].
  public struct Layer: Sendable {
    /// The number of inputs.
    public let inputs: Int
    /// The number of outputs.
    public let outputs: Int
    /// W, row-major; F32 values are exact in `Double`.
    public let weight: [Double]
    /// b.
    public let bias: [Double]
  }

  /// The layers, first to last; each takes what the one before gives.
  public let layers: [Layer]

  /// Reads a file.
  ///
  /// - Throws: ``InferenceError``: the file cannot be opened, is not safetensors, has a tensor of another name, type or rank, or
  ///   layers whose shapes do not chain.
  public init(contentsOfFile path: String) throws(InferenceError) {
    layers = try MappedFile.withBytes(ofFile: path) { (file: Region<UInt8>) throws(InferenceError) in
      try Self.layers(SafetensorsHeader(file, name: path), file: file, name: path)
    }
  }

  private static func layers(
    _ header: SafetensorsHeader, file: Region<UInt8>, name: String
  ) throws(InferenceError) -> [Layer] {
    func refuse(_ message: String) -> InferenceError { InferenceError(.invalidModelFile, "\(name): \(message)") }
    let tensors = header.tensors.filter { !GoldenExamples.isTensor(named: $0.name) }
    guard !tensors.contains(where: { $0.type == .i8 }) else {
      throw refuse(
        "it holds weights of 8 bits, too coarse to begin from; take the model in floats that they were made of")
    }
    guard !tensors.isEmpty, tensors.count % 2 == 0, tensors.count / 2 <= Architecture.maximumDepth else {
      throw refuse(
        "\(tensors.count) tensors; expected layers.0.weight, layers.0.bias, layers.1.weight and so on, two a layer"
      )
    }
    func tensor(_ title: String, rank: Int) throws(InferenceError) -> SafetensorsHeader.Tensor {
      let wanted = [UInt8](title.utf8)
      guard let tensor = tensors.first(where: { $0.name == wanted }) else {
        throw refuse("the tensor \(title) is missing; expected two tensors a layer, layers.N.weight and layers.N.bias")
      }
      guard tensor.type == .f32 || tensor.type == .f64 else {
        throw refuse("\(title) is \(tensor.type.name); expected F32 or F64")
      }
      guard tensor.shape.count == rank else {
        throw refuse("\(title) has the shape \(shapeText(tensor.shape)); expected \(rank) dimensions")
      }
      return tensor
    }
    func values(_ tensor: SafetensorsHeader.Tensor) -> [Double] {
      let bytes = file.part(from: tensor.range.lowerBound, count: tensor.range.count)
      return tensor.type == .f64
        ? bytes.numbers(Double.self) : bytes.numbers(Float.self).map { Double($0) }
    }
    var layers: [Layer] = []
    for index in 0..<tensors.count / 2 {
      let weight = try tensor("layers.\(index).weight", rank: 2)
      let bias = try tensor("layers.\(index).bias", rank: 1)
      let (outputs, inputs) = (weight.shape[0], weight.shape[1])
      let widths = 1...Architecture.maximumWidth
      guard widths.contains(outputs), widths.contains(inputs) else {
        throw refuse(
          "layers.\(index).weight has the shape \(shapeText(weight.shape)); expected [outputs, inputs], each from 1 to "
            + "\(Architecture.maximumWidth)")
      }
      guard bias.shape[0] == outputs else {
        throw refuse("layers.\(index).bias has \(bias.shape[0]) elements; its weight has \(outputs) outputs")
      }
      if let previous = layers.last, previous.outputs != inputs {
        throw refuse(
          "layers.\(index).weight has the shape \(shapeText(weight.shape)), but layer \(index - 1) has "
            + "\(previous.outputs) outputs; expected [\(outputs), \(previous.outputs)]")
      }
      layers.append(Layer(inputs: inputs, outputs: outputs, weight: values(weight), bias: values(bias)))
    }
    return layers
  }
}
