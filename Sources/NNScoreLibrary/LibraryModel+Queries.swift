// swift-format-ignore-file: AlwaysUseLowerCamelCase
// nnscore_model: what it is.

/// The type of a row's elements.
@c @implementation
public func nnscore_model_element_type(_ model: OpaquePointer?) -> nnscore_element_type {
  guard let model = unsafe model else { return -1 }
  switch unsafe LibraryModel.of(model).model.inputFormat.elementType {
  case .uint8: return nnscore_element_type(NNSCORE_UINT8)
  case .float32: return nnscore_element_type(NNSCORE_FLOAT32)
  }
}

/// Rows of pixels.
@c @implementation
public func nnscore_model_height(_ model: OpaquePointer?) -> Int {
  guard let model = unsafe model else { return 0 }
  return unsafe LibraryModel.of(model).model.inputFormat.height
}

/// Pixels in a row.
@c @implementation
public func nnscore_model_width(_ model: OpaquePointer?) -> Int {
  guard let model = unsafe model else { return 0 }
  return unsafe LibraryModel.of(model).model.inputFormat.width
}

/// Elements of a pixel.
@c @implementation
public func nnscore_model_channels(_ model: OpaquePointer?) -> Int {
  guard let model = unsafe model else { return 0 }
  return unsafe LibraryModel.of(model).model.inputFormat.channels
}

/// The elements of a row.
@c @implementation
public func nnscore_model_features(_ model: OpaquePointer?) -> Int {
  guard let model = unsafe model else { return 0 }
  return unsafe LibraryModel.of(model).model.architecture.inputs
}

/// The scores of a row.
@c @implementation
public func nnscore_model_outputs(_ model: OpaquePointer?) -> Int {
  guard let model = unsafe model else { return 0 }
  return unsafe LibraryModel.of(model).model.architecture.outputs
}

/// The number of classes.
@c @implementation
public func nnscore_model_label_count(_ model: OpaquePointer?) -> Int {
  guard let model = unsafe model else { return 0 }
  return unsafe LibraryModel.of(model).model.labels.count
}

/// The name of a class.
@c @implementation
public func nnscore_model_label(_ model: OpaquePointer?, _ index: Int) -> UnsafePointer<CChar>? {
  guard let pointer = unsafe model else { return nil }
  let model = unsafe LibraryModel.of(pointer)
  guard index >= 0, index < model.model.labels.count else { return nil }
  return unsafe model.text(2 + index)
}

/// The class that a row of scores speaks for.
@c @implementation
public func nnscore_model_predicted_label(_ model: OpaquePointer?, _ scores: UnsafePointer<Float>?) -> Int {
  guard let pointer = unsafe model, let scores = unsafe scores else { return -1 }
  let model = unsafe LibraryModel.of(pointer).model
  return unsafe model.predictedLabel(of: UnsafeBufferPointer(start: scores, count: model.architecture.outputs))
}

/// What the scores are.
@c @implementation
public func nnscore_model_task(_ model: OpaquePointer?) -> nnscore_task {
  guard let model = unsafe model else { return -1 }
  let asked = unsafe LibraryModel.of(model).model
  switch asked.architecture.layers[asked.architecture.layers.count - 1].activation {
  case .linear: return nnscore_task(NNSCORE_TASK_REGRESSION)
  case .sigmoid where asked.labels.count == asked.architecture.outputs: return nnscore_task(NNSCORE_TASK_MULTILABEL)
  default: return nnscore_task(NNSCORE_TASK_CLASSIFICATION)
  }
}

/// The model's name.
@c @implementation
public func nnscore_model_name(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  guard let model = unsafe model else { return nil }
  return unsafe LibraryModel.of(model).text(0)
}

/// The version's number.
@c @implementation
public func nnscore_model_number(_ model: OpaquePointer?) -> Int64 {
  guard let model = unsafe model else { return 0 }
  return Int64(unsafe LibraryModel.of(model).model.identity.number)
}

/// The version's digest.
@c @implementation
public func nnscore_model_digest(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  guard let model = unsafe model else { return nil }
  return unsafe LibraryModel.of(model).text(1)
}

/// What the model computes with.
@c @implementation
public func nnscore_model_precision(_ model: OpaquePointer?) -> nnscore_precision {
  guard let model = unsafe model else { return -1 }
  switch unsafe LibraryModel.of(model).model.precision {
  case .float32: return nnscore_precision(NNSCORE_PRECISION_FLOAT32)
  case .int8: return nnscore_precision(NNSCORE_PRECISION_INT8)
  }
}

/// The instruction set that the weights are packed for.
@c @implementation
public func nnscore_model_instruction_set(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  guard let model = unsafe model else { return nil }
  return unsafe LibraryModel.of(model).packed.instructionSet.name.cString
}
