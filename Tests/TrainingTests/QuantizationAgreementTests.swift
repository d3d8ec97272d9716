import Foundation
import Inference
import Testing
import Training

/// Networks that `Fixtures/quantization.py` quantized and ran.
@Suite("Agreement with NumPy in 8 bits")
struct QuantizationAgreementTests {
  struct Example: Decodable, Sendable, CustomTestStringConvertible {
    struct Layer: Decodable, Sendable {
      let weight: [Int8]
      let weightScale: [UInt32]
      let bias: [UInt32]
      let inputScale: UInt32
      let inputZeroPoint: UInt8
      /// What enters the layer, and Σ bytes·weight of each output, row by row.
      let bytes: [UInt8]
      let sums: [Int]
    }

    let name: String
    let type: String
    let inputs: Int
    let channels: Int
    let scale: Double
    let mean: [Double]
    let deviation: [Double]
    let outputs: [Int]
    let activations: [String]
    let weights: [[Float]]
    let biases: [[Float]]
    let calibration: [Float]
    let rows: [Float]
    let expected: [Layer]
    let scores: [UInt32]

    var testDescription: String { name }

    func model() throws -> Model {
      let architecture = try Architecture(
        inputs: inputs,
        layers: zip(outputs, activations).map { outputs, name in
          Architecture.Layer(outputs: outputs, activation: try #require(Activation(name: name)))
        })
      return try Model(
        architecture: architecture,
        parameters: Parameters(layers: zip(weights, biases).map { DenseParameters(weight: $0, bias: $1) }),
        inputFormat: InputFormat(
          elementType: type == "uint8" ? .uint8 : .float32, height: 1, width: inputs / channels, channels: channels,
          scale: scale, mean: mean, standardDeviation: deviation),
        labels: (0..<architecture.outputs).map { "\($0)" }, identity: Model.Identity(name: "m", number: 1, digest: ""))
    }
  }

  static let examples: [Example] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/quantization.json")
    guard let data = try? Data(contentsOf: file) else { return [] }
    return (try? JSONDecoder().decode([Example].self, from: data)) ?? []
  }()

  @Test("The fixture is there")
  func fixture() {
    #expect(Self.examples.count == 3)
  }

  @Test("Every byte and every scale is that of NumPy, and so is every sum and score", arguments: examples)
  func agreement(_ example: Example) throws {
    var quantizer = try Quantizer(example.model())
    let isBytes = example.type == "uint8"
    if isBytes {
      try quantizer.calibrate(example.calibration.map { UInt8($0) })
    } else {
      try quantizer.calibrate(example.calibration)
    }
    let model = try quantizer.quantizedModel()
    guard case .int8(let parameters) = model.modelParameters else { return }
    for (index, (layer, expected)) in zip(parameters.layers, example.expected).enumerated() {
      #expect(layer.weight == expected.weight, "layer \(index)")
      #expect(layer.weightScale.map(\.bitPattern) == expected.weightScale, "layer \(index)")
      #expect(layer.bias.map(\.bitPattern) == expected.bias, "layer \(index)")
      #expect(layer.inputScale.bitPattern == expected.inputScale, "layer \(index)")
      #expect(layer.inputZeroPoint == expected.inputZeroPoint, "layer \(index)")
      #expect(try sums(layer, of: expected.bytes) == expected.sums, "layer \(index)")
    }
    for set in supportedInstructionSets {
      var scorer = Scorer(try PackedModel(model, instructionSet: set))
      let scores =
        try isBytes ? scorer.scores(of: example.rows.map { UInt8($0) }) : scorer.scores(of: example.rows)
      #expect(scores.map(\.bitPattern) == example.scores, "\(set)")
    }
  }

  /// The sums of a layer alone, for bytes as they are. None has more than 24 bits.
  private func sums(_ layer: QuantizedLayer, of bytes: [UInt8]) throws -> [Int] {
    let outputs = layer.bias.count
    let inputs = layer.weight.count / outputs
    let plain = QuantizedLayer(
      weight: layer.weight, weightScale: Array(repeating: 1, count: outputs),
      bias: Array(repeating: 0, count: outputs), inputScale: 1, inputZeroPoint: 0)
    let model = try Model(
      architecture: Architecture(inputs: inputs, layers: [.init(outputs: outputs, activation: .linear)]),
      parameters: .int8(QuantizedParameters(layers: [plain])),
      inputFormat: InputFormat(height: 1, width: inputs, channels: 1, scale: 1),
      labels: (0..<outputs).map { "\($0)" }, identity: Model.Identity(name: "sums", number: 1, digest: ""))
    var scorer = try Scorer(model)
    return try scorer.scores(of: bytes).map { Int($0) }
  }
}
