// The C functions of proof.h, compiled into one module with Inference: once as Embedded Swift, once as ordinary Swift.

/// What C holds on to: a scorer.
private final class Handle {
  var scorer: Scorer
  private init(_ scorer: consuming Scorer) { self.scorer = scorer }
  /// (No initializer: Embedded Swift would leak the object where one throws.)
  static func make(_ model: Model, threads: Int64) throws(InferenceError) -> Handle {
    Handle(try Scorer(PackedModel(model), threads: Int(threads)))
  }
  var model: Model { scorer.packed.model }
}

/// A network that C makes layer by layer.
private final class Parts {
  let inputFormat: InputFormat
  let isInt8: Bool
  var layers: [Architecture.Layer] = []
  var floats: [DenseParameters] = []
  var int8: [QuantizedLayer] = []
  init(_ inputFormat: InputFormat, isInt8: Bool) {
    self.inputFormat = inputFormat
    self.isInt8 = isInt8
  }

  /// As it comes back from a model file, so that those are proven too.
  func model() throws(InferenceError) -> Model {
    let bytes = try file()
    return try Model(bytes: bytes.span)
  }

  /// The bytes of its model file.
  func file() throws(InferenceError) -> [UInt8] {
    var labels: [String] = []
    let outputs = layers.last?.outputs ?? 0
    let isBinary = outputs == 1 && layers.last?.activation == .sigmoid
    for index in 0..<(isBinary ? 2 : outputs) { labels.append("class \(index)") }
    let model = try Model(
      architecture: Architecture(inputs: inputFormat.features, layers: layers),
      parameters: isInt8 ? .int8(QuantizedParameters(layers: int8)) : .float32(Parameters(layers: floats)),
      inputFormat: inputFormat, labels: labels, identity: Model.Identity(name: "drawn", number: 1, digest: ""))
    return ModelFile.encode(model)
  }
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

/// Opens a model file, replays its golden examples and makes a scorer of it.
@c(nnproof_open)
public func nnproofOpen(
  _ path: UnsafePointer<CChar>, _ threads: Int64, _ message: UnsafeMutablePointer<CChar>, _ capacity: Int64
) -> UnsafeMutableRawPointer? {
  var bytes: [UInt8] = []
  while unsafe path[bytes.count] != 0 { bytes.append(UInt8(bitPattern: unsafe path[bytes.count])) }
  do {
    let model = try Model(contentsOfFile: String(decoding: bytes, as: UTF8.self), replayingGolden: true)
    return unsafe Unmanaged.passRetained(try Handle.make(model, threads: threads)).toOpaque()
  } catch {
    unsafe copy(error.message, to: message, capacity: capacity)
    return nil
  }
}

/// Begins a network.
@c(nnproof_begin)
public func nnproofBegin(
  _ height: Int64, _ width: Int64, _ channels: Int64, _ mean: UnsafePointer<Double>,
  _ deviation: UnsafePointer<Double>, _ form: Int32
) -> UnsafeMutableRawPointer? {
  let count = Int(channels)
  let isInt8 = form == 1 || form == 2
  let means = unsafe [Double](UnsafeBufferPointer(start: mean, count: isInt8 ? 0 : count))
  let deviations = unsafe [Double](UnsafeBufferPointer(start: deviation, count: isInt8 ? 0 : count))
  let format = try? InputFormat(
    elementType: form >= 2 ? .float32 : .uint8, height: Int(height), width: Int(width), channels: count,
    scale: isInt8 ? 1 : 1.0 / 255, mean: means, standardDeviation: deviations)
  guard let format else { return nil }
  return unsafe Unmanaged.passRetained(Parts(format, isInt8: isInt8)).toOpaque()
}

/// Adds a layer: weight and bias, or weight8, weightScale, bias and what its inputs' bytes stand for.
@c(nnproof_add)
public func nnproofAdd(
  _ parts: UnsafeMutableRawPointer, _ outputs: Int64, _ activation: Int32, _ weight: UnsafePointer<Float>,
  _ bias: UnsafePointer<Float>, _ weight8: UnsafePointer<Int8>, _ weightScale: UnsafePointer<Float>,
  _ inputScale: Float, _ inputZeroPoint: UInt8
) {
  let parts = unsafe Unmanaged<Parts>.fromOpaque(parts).takeUnretainedValue()
  let (count, inputs) = (Int(outputs), parts.layers.last?.outputs ?? parts.inputFormat.features)
  parts.layers.append(
    Architecture.Layer(outputs: count, activation: Activation(rawValue: UInt8(activation)) ?? .linear))
  let biases = unsafe [Float](UnsafeBufferPointer(start: bias, count: count))
  if parts.isInt8 {
    parts.int8.append(
      QuantizedLayer(
        weight: unsafe [Int8](UnsafeBufferPointer(start: weight8, count: count * inputs)),
        weightScale: unsafe [Float](UnsafeBufferPointer(start: weightScale, count: count)), bias: biases,
        inputScale: inputScale, inputZeroPoint: inputZeroPoint))
  } else {
    parts.floats.append(
      DenseParameters(
        weight: unsafe [Float](UnsafeBufferPointer(start: weight, count: count * inputs)), bias: biases))
  }
}

/// Makes a scorer of the network, which is freed.
@c(nnproof_finish)
public func nnproofFinish(
  _ parts: UnsafeMutableRawPointer, _ threads: Int64, _ message: UnsafeMutablePointer<CChar>, _ capacity: Int64
) -> UnsafeMutableRawPointer? {
  let parts = unsafe Unmanaged<Parts>.fromOpaque(parts).takeRetainedValue()
  do {
    return unsafe Unmanaged.passRetained(try Handle.make(parts.model(), threads: threads)).toOpaque()
  } catch {
    unsafe copy(error.message, to: message, capacity: capacity)
    return nil
  }
}

/// Writes the model file of the network, which is freed.
@c(nnproof_file)
public func nnproofFile(
  _ parts: UnsafeMutableRawPointer, _ bytes: UnsafeMutablePointer<UInt8>, _ capacity: Int64
) -> Int64 {
  let parts = unsafe Unmanaged<Parts>.fromOpaque(parts).takeRetainedValue()
  do {
    let file = try parts.file()
    if file.count <= Int(capacity) { for index in file.indices { unsafe bytes[index] = file[index] } }
    return Int64(file.count)
  } catch {
    return 0
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
  Int64(unsafe handle(model).model.architecture.inputs)
}

/// The scores of a row.
@c(nnproof_outputs)
public func nnproofOutputs(_ model: UnsafeRawPointer) -> Int64 {
  Int64(unsafe handle(model).model.architecture.outputs)
}

/// The number of labels.
@c(nnproof_label_count)
public func nnproofLabelCount(_ model: UnsafeRawPointer) -> Int64 {
  Int64(unsafe handle(model).model.labels.count)
}

/// Copies a label.
@c(nnproof_label)
public func nnproofLabel(
  _ model: UnsafeRawPointer, _ index: Int64, _ text: UnsafeMutablePointer<CChar>, _ capacity: Int64
) -> Int64 {
  let label = unsafe handle(model).model.labels[Int(index)]
  unsafe copy(label, to: text, capacity: capacity)
  return Int64(label.utf8.count)
}

/// Scores rows of bytes, or of floats if there are no bytes.
@c(nnproof_score)
public func nnproofScore(
  _ model: UnsafeMutableRawPointer, _ bytes: UnsafePointer<UInt8>?, _ floats: UnsafePointer<Float>?, _ count: Int64,
  _ scores: UnsafeMutablePointer<Float>, _ message: UnsafeMutablePointer<CChar>, _ capacity: Int64
) -> Int32 {
  let handle = unsafe handle(model)
  let architecture = handle.model.architecture
  let elements = Int(count) * architecture.inputs
  var output = unsafe MutableSpan(_unsafeStart: scores, count: Int(count) * architecture.outputs)
  do {
    if let bytes = unsafe bytes {
      try handle.scorer.score(unsafe Span(_unsafeStart: bytes, count: elements), into: &output)
    } else if let floats = unsafe floats {
      try handle.scorer.score(unsafe Span(_unsafeStart: floats, count: elements), into: &output)
    }
    return 0
  } catch {
    unsafe copy(error.message, to: message, capacity: capacity)
    return 1
  }
}
