// The C functions of proof.h, compiled into one module with Inference: once as Embedded Swift, once as ordinary Swift.

/// What C holds on to: a packed model.
private final class Handle {
  let packed: PackedModel
  init(_ packed: PackedModel) { self.packed = packed }
}

private func handle(_ pointer: UnsafeRawPointer) -> Handle {
  unsafe Unmanaged<Handle>.fromOpaque(pointer).takeUnretainedValue()
}

/// Copies UTF-8 and a terminating zero, cut off to fit.
private func copy(_ text: String, to target: UnsafeMutablePointer<CChar>, capacity: Int64) {
  var index = 0
  for byte in text.utf8 where index < Int(capacity) - 1 {
    unsafe target[index] = CChar(bitPattern: byte)
    index += 1
  }
  if capacity > 0 { unsafe target[index] = 0 }
}

/// 24-33-7-5-3, an activation of each kind, with means and deviations.
private func exampleModel() throws(InferenceError) -> Model {
  let architecture = try Architecture(
    inputs: 24,
    layers: [
      Architecture.Layer(outputs: 33, activation: .tanh), Architecture.Layer(outputs: 7, activation: .sigmoid),
      Architecture.Layer(outputs: 5, activation: .leakyRelu), Architecture.Layer(outputs: 3, activation: .softmax),
    ])
  var state: UInt64 = 42
  func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
  }
  var layers: [DenseParameters] = []
  for index in architecture.layers.indices {
    let (inputs, outputs) = (architecture.inputs(ofLayer: index), architecture.layers[index].outputs)
    var layer = DenseParameters(weight: [], bias: [])
    for _ in 0..<inputs * outputs { layer.weight.append(next()) }
    for _ in 0..<outputs { layer.bias.append(next()) }
    layers.append(layer)
  }
  let model = try Model(
    architecture: architecture, parameters: Parameters(layers: layers),
    inputFormat: InputFormat(
      height: 2, width: 4, channels: 3, mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225]),
    labels: ["cat", "d\u{f6}g", "\"neither\""],
    identity: Model.Identity(name: "proof", number: 1, digest: "sha256:" + String(repeating: "0", count: 64)))
  var rows: [UInt8] = []
  for index in 0..<2 * 24 { rows.append(UInt8(truncatingIfNeeded: index * 37)) }
  return try Model(
    architecture: model.architecture, parameters: model.modelParameters, inputFormat: model.inputFormat,
    labels: model.labels, identity: model.identity,
    golden: GoldenExamples(scoring: .uint8(rows), with: PackedModel(model)),
    signatures: [
      Model.Signature(publicKey: String(repeating: "1", count: 64), signature: String(repeating: "2", count: 128))
    ])
}

/// Writes the example model file.
@c(nnproof_example)
public func nnproofExample(_ bytes: UnsafeMutablePointer<UInt8>, _ capacity: Int64) -> Int64 {
  do {
    let file = ModelFile.encode(try exampleModel())
    if file.count <= Int(capacity) { for index in file.indices { unsafe bytes[index] = file[index] } }
    return Int64(file.count)
  } catch {
    return 0
  }
}

/// Opens a model file, replays its golden examples and packs it.
@c(nnproof_open)
public func nnproofOpen(
  _ path: UnsafePointer<CChar>, _ message: UnsafeMutablePointer<CChar>, _ capacity: Int64
) -> UnsafeMutableRawPointer? {
  var bytes: [UInt8] = []
  while unsafe path[bytes.count] != 0 { bytes.append(UInt8(bitPattern: unsafe path[bytes.count])) }
  do {
    let model = try Model(contentsOfFile: String(decoding: bytes, as: UTF8.self), replayingGolden: true)
    return unsafe Unmanaged.passRetained(Handle(try PackedModel(model))).toOpaque()
  } catch {
    unsafe copy(error.message, to: message, capacity: capacity)
    return nil
  }
}

/// Frees a model.
@c(nnproof_close)
public func nnproofClose(_ model: UnsafeMutableRawPointer) {
  unsafe Unmanaged<Handle>.fromOpaque(model).release()
}

/// The elements of a row.
@c(nnproof_features)
public func nnproofFeatures(_ model: UnsafeRawPointer) -> Int64 {
  Int64(unsafe handle(model).packed.model.architecture.inputs)
}

/// The scores of a row.
@c(nnproof_outputs)
public func nnproofOutputs(_ model: UnsafeRawPointer) -> Int64 {
  Int64(unsafe handle(model).packed.model.architecture.outputs)
}

/// The number of labels.
@c(nnproof_label_count)
public func nnproofLabelCount(_ model: UnsafeRawPointer) -> Int64 {
  Int64(unsafe handle(model).packed.model.labels.count)
}

/// Copies a label.
@c(nnproof_label)
public func nnproofLabel(
  _ model: UnsafeRawPointer, _ index: Int64, _ text: UnsafeMutablePointer<CChar>, _ capacity: Int64
) -> Int64 {
  let label = unsafe handle(model).packed.model.labels[Int(index)]
  unsafe copy(label, to: text, capacity: capacity)
  return Int64(label.utf8.count)
}

/// Scores rows of bytes.
@c(nnproof_score)
public func nnproofScore(
  _ model: UnsafeMutableRawPointer, _ rows: UnsafePointer<UInt8>, _ count: Int64,
  _ scores: UnsafeMutablePointer<Float>, _ message: UnsafeMutablePointer<CChar>, _ capacity: Int64
) -> Int32 {
  let packed = unsafe handle(model).packed
  let architecture = packed.model.architecture
  var scorer = Scorer(packed)
  let input = unsafe Span(_unsafeStart: rows, count: Int(count) * architecture.inputs)
  var output = unsafe MutableSpan(_unsafeStart: scores, count: Int(count) * architecture.outputs)
  do {
    try scorer.score(input, into: &output)
    return 0
  } catch {
    unsafe copy(error.message, to: message, capacity: capacity)
    return 1
  }
}
