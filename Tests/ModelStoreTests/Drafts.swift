import GRDB
import Inference
import ModelStore

/// Random numbers from a seed (SplitMix64), so that a failing test fails again.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Some of what `Training` writes, under its keys.
struct Hyperparameters: Codable, Sendable {
  enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case iterations
  }

  var learningRate = 0.005
  var iterations = 2000
}

/// A small network with random weights.
func makeDraft(
  model: String = "cats", seed: UInt64 = 1, widths: [Int] = [12, 5, 3], costs: [Double] = [0.7, 0.5, 0.25],
  note: String = ""
) throws -> VersionDraft {
  var generator = SeededGenerator(seed)
  let layers = widths.dropFirst().enumerated().map { index, width in
    Architecture.Layer(outputs: width, activation: index == widths.count - 2 ? .softmax : .relu)
  }
  let architecture = try Architecture(inputs: widths[0], layers: layers)
  let parameters = Parameters(
    layers: layers.indices.map { index in
      let outputs = architecture.layers[index].outputs
      let inputs = architecture.inputs(ofLayer: index)
      return DenseParameters(
        weight: (0..<outputs * inputs).map { _ in Float.random(in: -1...1, using: &generator) },
        bias: (0..<outputs).map { _ in Float.random(in: -1...1, using: &generator) })
    })
  return VersionDraft(
    model: model, architecture: architecture, parameters: parameters,
    inputFormat: try InputFormat(height: 1, width: widths[0], channels: 1),
    labels: (0..<architecture.outputs).map { "class \($0)" }, hyperparameters: Hyperparameters(), costs: costs,
    metrics: ["accuracy.training": 0.75, "accuracy.validation": 0.5],
    lineage: Lineage(
      training: Lineage.Dataset(fingerprint: "sha256:00ff", count: 209, path: "data/train.h5", kind: "hdf5"),
      seed: 0xffff_ffff_ffff_fff0, codeVersion: "nnscore 1.0.0", machine: "x86_64", duration: .milliseconds(1234)),
    note: note)
}

extension VersionDraft {
  /// The draft as a little more training would leave it: every weight and bias a bit off, and with its lineage.
  func fineTuned(from parent: VersionRecord, seed: UInt64, by scale: Float = 1e-4) -> VersionDraft {
    var generator = SeededGenerator(seed)
    var child = self
    child.lineage.parent = parent.identity
    for index in child.parameters.layers.indices {
      func nudge(_ values: [Float], _ generator: inout SeededGenerator) -> [Float] {
        values.map { $0 * (1 + Float.random(in: -scale...scale, using: &generator)) }
      }
      child.parameters.layers[index].weight = nudge(child.parameters.layers[index].weight, &generator)
      child.parameters.layers[index].bias = nudge(child.parameters.layers[index].bias, &generator)
    }
    return child
  }
}

/// Runs SQL on a store's file as another program could.
func execute(_ sql: String, on path: String) throws {
  try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
}

/// A small network in 8 bits with random weights, of which any four keep the rule.
func makeQuantizedDraft(
  model: String = "cats", seed: UInt64 = 1, widths: [Int] = [12, 5, 3],
  elementType: InputFormat.ElementType = .uint8
) throws -> VersionDraft {
  var generator = SeededGenerator(seed)
  var draft = try makeDraft(model: model, seed: seed, widths: widths, costs: [])
  draft.inputFormat = try InputFormat(
    elementType: elementType, height: 1, width: widths[0], channels: 1, scale: 1)
  let layers = draft.parameters.layers.enumerated().map { index, layer in
    let takesBytes = index == 0 && elementType == .uint8
    return QuantizedLayer(
      weight: layer.weight.map { _ in Int8.random(in: -32...32, using: &generator) },
      weightScale: layer.bias.map { _ in Float.random(in: 1e-4...1e-3, using: &generator) }, bias: layer.bias,
      inputScale: takesBytes ? 1 : Float.random(in: 0.01...0.02, using: &generator),
      inputZeroPoint: takesBytes ? 0 : UInt8.random(in: 0...255, using: &generator))
  }
  draft.modelParameters = .int8(QuantizedParameters(layers: layers))
  return draft
}
