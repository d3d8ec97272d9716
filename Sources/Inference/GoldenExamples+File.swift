/// Golden examples in a model file: two tensors after those of all layers, the outputs first, whose elements need alignment.
extension GoldenExamples {
  /// The tensor F32 [count, outputs].
  static let outputsName: StaticString = "golden.outputs"
  /// The tensor U8 or F32 [count, features].
  static let inputsName: StaticString = "golden.inputs"

  /// Whether a tensor of this name holds golden examples.
  static func isTensor(named name: [UInt8]) -> Bool { name == outputsName.bytes || name == inputsName.bytes }

  /// Reads the tensors of golden examples.
  ///
  /// - Parameters:
  ///   - tensors: those of ``outputsName`` and ``inputsName`` that the file has, at least one.
  ///   - layers: all other tensors, which must come before them in the data.
  /// - Throws: ``InferenceError/Code/invalidModelFile`` with the tensor that is missing, of another type, shape or place, or has a
  ///   NaN of other bits than scorers give.
  init(
    _ tensors: [CheckedTensor], after layers: [CheckedTensor], architecture: Architecture, inputFormat: InputFormat,
    name: String
  ) throws(InferenceError) {
    func tensor(
      _ title: StaticString, _ type: TensorType, columns: Int
    ) throws(InferenceError) -> CheckedTensor {
      let wanted = title.bytes
      guard let checked = tensors.first(where: { $0.entry.name == wanted }) else {
        throw InferenceError(
          .invalidModelFile, "\(name): the tensor \(title) is missing; golden examples are two tensors")
      }
      let tensor = checked.entry
      guard tensor.type == type, tensor.shape.count == 2, tensor.shape[1] == columns else {
        throw InferenceError(
          .invalidModelFile,
          "\(name): \(title) is \(tensor.type.name) \(shapeText(tensor.shape)); the model needs \(type.name) "
            + "[count, \(columns)]")
      }
      guard (1...Self.maximumCount).contains(tensor.shape[0]) else {
        throw InferenceError(
          .invalidModelFile,
          "\(name): \(title) has \(tensor.shape[0]) examples; expected 1 to \(Self.maximumCount)")
      }
      return checked
    }
    let goldenOutputs = try tensor(Self.outputsName, .f32, columns: architecture.outputs)
    let goldenInputs = try tensor(
      Self.inputsName, inputFormat.elementType.tensorType, columns: architecture.inputs)
    let (outputs, inputs) = (goldenOutputs.entry, goldenInputs.entry)
    guard outputs.shape[0] == inputs.shape[0] else {
      throw InferenceError(
        .invalidModelFile,
        "\(name): \(Self.outputsName) has \(outputs.shape[0]) examples, \(Self.inputsName) has \(inputs.shape[0])")
    }
    for layer in layers where layer.entry.range.upperBound > outputs.range.lowerBound {
      throw InferenceError(
        .invalidModelFile,
        "\(name): \(Self.outputsName) comes before \(String(decoding: layer.entry.name, as: UTF8.self)) in the data; golden "
          + "examples come after all layers")
    }
    guard inputs.range.lowerBound == outputs.range.upperBound else {
      throw InferenceError(
        .invalidModelFile,
        "\(name): \(Self.inputsName) does not come after \(Self.outputsName) in the data")
    }
    let scores = goldenOutputs.floats
    for index in scores.indices
    where scores[index].isNaN && scores[index].bitPattern != Self.quietNaN.bitPattern {
      throw InferenceError(
        .invalidModelFile,
        "\(name), byte \(outputs.range.lowerBound + 4 * index): a NaN in \(Self.outputsName) with the bits "
          + "0x\(String(scores[index].bitPattern, radix: 16)); the only one that scorers give is 0x7fc00000")
    }
    let rows: Rows
    switch inputFormat.elementType {
    case .uint8: rows = .uint8(goldenInputs.bytes)
    case .float32: rows = .float32(goldenInputs.floats)
    }
    self.init(count: inputs.shape[0], inputs: rows, outputs: scores)
  }
}

extension InputFormat.ElementType {
  /// The type of a tensor of input rows.
  var tensorType: TensorType {
    switch self {
    case .uint8: .u8
    case .float32: .f32
    }
  }
}
