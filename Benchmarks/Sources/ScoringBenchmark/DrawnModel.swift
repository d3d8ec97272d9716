import BenchmarkSide
import Inference
import Training

/// A network with weights as before training, that all sides read from the same file.
struct DrawnModel {
  let model: Model

  /// From the line `draw PATH SEED HEIGHT×WIDTH×CHANNELS OUTPUTS:ACTIVATION…`, with commas between the layers.
  init(_ line: Line) throws {
    let shape = try line.argument(2).split(separator: "x").compactMap { Int($0) }
    guard shape.count == 3 else { throw Misuse(command: line.name) }
    let layers = try line.argument(3).split(separator: ",").map { layer in
      let parts = layer.split(separator: ":")
      guard parts.count == 2, let outputs = Int(parts[0]),
        let activation = Activation(name: String(parts[1]))
      else { throw Misuse(command: line.name) }
      return Architecture.Layer(outputs: outputs, activation: activation)
    }
    let architecture = try Architecture(inputs: shape[0] * shape[1] * shape[2], layers: layers)
    var random = SplitMix(seed: try line.number(1, as: UInt64.self))
    model = try Model(
      architecture: architecture, parameters: Parameters(drawnFor: architecture, by: &random),
      inputFormat: InputFormat(height: shape[0], width: shape[1], channels: shape[2]),
      labels: architecture.outputs == 1 ? ["no", "yes"] : (0..<architecture.outputs).map { String($0) },
      identity: Model.Identity(name: "benchmark", number: 0, digest: ""))
  }
}

extension Model {
  /// The same network in 8 bits, with ranges as these rows give them.
  func quantized(by rows: [UInt8]) throws -> Model {
    var quantizer = try Quantizer(self, threads: 1)
    try quantizer.calibrate(rows)
    return try quantizer.quantizedModel()
  }
}
