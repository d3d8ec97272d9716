import Foundation
import Inference
import Testing
import Training

@Suite("Quantization")
struct QuantizerTests {
  /// A network with random weights, all of about the size that keeps weighted sums around 1.
  private func network(
    _ inputs: Int, _ layers: [(Int, Activation)], format: InputFormat? = nil, seed: UInt64
  ) throws -> Model {
    var random = RandomNumbers(seed: seed)
    let architecture = try Architecture(
      inputs: inputs, layers: layers.map { Architecture.Layer(outputs: $0.0, activation: $0.1) })
    let parameters = architecture.layers.indices.map { index in
      let (inputs, outputs) = (architecture.inputs(ofLayer: index), architecture.layers[index].outputs)
      let size = 2 / Double(inputs).squareRoot()
      return DenseParameters(
        weight: (0..<inputs * outputs).map { _ in Float((random.uniform() * 2 - 1) * size) },
        bias: (0..<outputs).map { _ in Float(random.uniform() - 0.5) })
    }
    return try model(architecture, parameters, format)
  }

  private func model(
    _ architecture: Architecture, _ layers: [DenseParameters], _ format: InputFormat? = nil
  ) throws -> Model {
    let isBinary = architecture.outputs == 1 && architecture.layers.last?.activation == .sigmoid
    return try Model(
      architecture: architecture, parameters: Parameters(layers: layers),
      inputFormat: format ?? InputFormat(height: 1, width: architecture.inputs, channels: 1),
      labels: (0..<(isBinary ? 2 : architecture.outputs)).map { "\($0)" },
      identity: Model.Identity(name: "m", number: 3, digest: ""))
  }

  /// A network of one linear layer.
  private func layer(_ weight: [[Float]], format: InputFormat? = nil) throws -> Model {
    let architecture = try Architecture(
      inputs: weight[0].count, layers: [Architecture.Layer(outputs: weight.count, activation: .linear)])
    let bias = (0..<weight.count).map { Float($0) }
    return try model(architecture, [DenseParameters(weight: weight.flatMap { $0 }, bias: bias)], format)
  }

  private func rows(_ count: Int, of features: Int, seed: UInt64) -> [UInt8] {
    var random = RandomNumbers(seed: seed)
    return (0..<count * features).map { _ in UInt8(random.uniform() * 256) }
  }

  private func quantized(_ model: Model, _ rows: [UInt8]? = nil) throws -> Model {
    var quantizer = try Quantizer(model, threads: 2)
    try quantizer.calibrate(rows ?? self.rows(50, of: model.architecture.inputs, seed: 9))
    return try quantizer.quantizedModel()
  }

  private func layers(_ model: Model) throws -> [QuantizedLayer] {
    guard case .int8(let parameters) = model.modelParameters else { throw TrainingError(.unsupported, "float32") }
    return parameters.layers
  }

  static let shapes = [1, 2, 3, 31, 32, 33, 34, 35, 63, 64, 65, 96, 97, 98, 127, 128, 129, 1000]

  @Test(
    "Each weight is the nearest step of the smallest scale that keeps the rule, whatever the weights", arguments: shapes
  )
  func weights(inputs: Int) throws {
    var random = RandomNumbers(seed: UInt64(inputs))
    func drawn(_ scale: Double) -> [Float] { (0..<inputs).map { _ in Float((random.uniform() * 2 - 1) * scale) } }
    var outlier = drawn(0.01)
    outlier[inputs / 2] = 5
    let weight: [[Float]] = [
      drawn(1), drawn(1e-3), drawn(1e30), drawn(1e-30), outlier, Array(repeating: 0.75, count: inputs),
      Array(repeating: -0.75, count: inputs), (0..<inputs).map { $0 % 2 == 0 ? 1 : -1 },
      (0..<inputs).map { $0 == inputs - 1 ? -3 : 0 }, Array(repeating: 0, count: inputs),
    ]
    // The scale of the input format is 1, so that nothing is rounded before.
    let format = try InputFormat(height: 1, width: inputs, channels: 1, scale: 1)
    let result = try layers(quantized(layer(weight, format: format)))[0]
    #expect(result.inputScale == 1 && result.inputZeroPoint == 0)
    #expect(result.bias == (0..<weight.count).map { Float($0) })
    for (output, row) in weight.enumerated() {
      let scale = Double(result.weightScale[output])
      var (largest, largestOfFour) = (0.0, 0.0)
      for (place, value) in row.enumerated() {
        let byte = Double(result.weight[output * inputs + place])
        #expect(abs(Double(value) / scale - byte) <= 0.5, "output \(output), weight \(place)")
        largest = max(largest, abs(byte))
        guard place % 64 < 32, place % 2 == 0 else { continue }
        let four = [place, place + 1, place + 32, place + 33].filter { $0 < inputs }.map { Double(row[$0]) / scale }
        largestOfFour = max(
          largestOfFour, four.filter { $0 > 0 }.reduce(0, +), -four.filter { $0 < 0 }.reduce(0, +))
      }
      if row.allSatisfy({ $0 == 0 }) {
        #expect(scale == 1 && largest == 0)
      } else {
        // As fine as one of both rules lets it be.
        #expect(largest == 127 || abs(largestOfFour - 126) < 1e-3, "output \(output): \(largest), \(largestOfFour)")
      }
    }
  }

  @Test("So many weights that their sum could leave 32 bits get a larger scale")
  func longRows() throws {
    let inputs = 150_000
    let result = try layers(
      quantized(
        layer([(0..<inputs).map { $0 % 2 == 0 ? 1 : -1 }]), rows(1, of: inputs, seed: 1)))[0]
    let sum = result.weight.reduce(0) { $0 + Int($1.magnitude) }
    #expect(sum <= QuantizedLayer.maximumAbsoluteSum)
    #expect(sum > QuantizedLayer.maximumAbsoluteSum * 9 / 10)
  }

  @Test("The tiniest weights keep a scale whose products are numbers; those too large for one are refused")
  func extremes() throws {
    let format = try InputFormat(height: 1, width: 2, channels: 1, scale: 1)
    let tiny = try quantized(layer([[Float.leastNonzeroMagnitude, Float.leastNonzeroMagnitude * 700]], format: format))
    var scorer = try Scorer(tiny)
    #expect(try scorer.scores(of: [255, 255] as [UInt8]) == [0])
    _ = try quantized(layer([[3e38, -3e38]], format: format))
    // A range of 1e10 and weights of 1e30: each is a number, their product is none.
    let architecture = try Architecture(
      inputs: 1,
      layers: [Architecture.Layer(outputs: 1, activation: .relu), Architecture.Layer(outputs: 1, activation: .linear)])
    let model = try model(
      architecture,
      [DenseParameters(weight: [1e20], bias: [0]), DenseParameters(weight: [1e30], bias: [0])],
      InputFormat(height: 1, width: 1, channels: 1, scale: 1))
    let error = try #require(throws: TrainingError.self) { _ = try quantized(model, [255]) }
    #expect(error.code == .notQuantizable && error.message.contains("layers.1.weight"), "\(error)")
  }

  static let activations: [Activation] = [.relu, .leakyRelu, .tanh, .sigmoid, .linear]

  // Weights of random networks are evenly distributed, so that four of them make up to four times the largest: a step is about
  // 1/36 of it, and rounding to steps is off by 1.4 % of what the weights are, in the first layer by twice as much, as pixels lie
  // around 128. Three layers make 3.5 %, and the bytes between them add a little.
  @Test("The weighted sums of random networks are those in floats to 6 %, in the square mean", arguments: activations)
  func sums(activation: Activation) throws {
    for seed in 0..<4 as Range<UInt64> {
      let model = try network(
        96, [(48, activation), (24, activation), (5, .linear)], format: normalisedFormat(area: 48), seed: seed)
      let rows = rows(200, of: 96, seed: seed + 100)
      let bytes = try quantized(model, Array(rows.prefix(100 * 96)))
      #expect(bytes.inputFormat.scale == 1 && bytes.inputFormat.mean == [0, 0])
      #expect(bytes.labels == model.labels && bytes.architecture == model.architecture)
      var first = try Scorer(model)
      var second = try Scorer(bytes)
      let pairs = try zip(first.scores(of: rows), second.scores(of: rows)).map { (Double($0), Double($1)) }
      let error = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let size = pairs.reduce(0) { $0 + $1.0 * $1.0 }
      #expect((error / size).squareRoot() < 0.06, "\((error / size).squareRoot())")
      #expect(error > 0)
    }
  }

  @Test("What activations can give is known for sigmoid and tanh, and taken from the rows for others")
  func ranges() throws {
    let expected: [(Activation, Float?, UInt8?)] = [
      (.sigmoid, 1.0 / 255, 0), (.tanh, 2.0 / 255, 127), (.relu, nil, 0), (.linear, nil, nil), (.leakyRelu, nil, nil),
    ]
    for (activation, scale, zero) in expected {
      let model = try network(20, [(10, activation), (3, .softmax)], seed: 5)
      let rows = rows(64, of: 20, seed: 6)
      let layer = try layers(quantized(model, rows))[1]
      if let scale { #expect(layer.inputScale == scale) }
      if let zero { #expect(layer.inputZeroPoint == zero) }
      guard scale == nil else { continue }
      // The hidden layer alone, as a network.
      let hidden = try self.model(
        Architecture(inputs: 20, layers: [model.architecture.layers[0]]), [model.parameters.layers[0]])
      var scorer = try Scorer(hidden)
      let values = try scorer.scores(of: rows).map { Double($0) }
      let (lowest, highest) = (min(0, values.min() ?? 0), max(0, values.max() ?? 0))
      #expect(layer.inputScale == Float((highest - lowest) / 255))
      #expect(Double(layer.inputZeroPoint) == (-lowest / Double(layer.inputScale)).rounded(.toNearestOrEven))
    }
  }

  @Test("All of the input format stays but its scale")
  func inputFormat() throws {
    func format(_ scale: Double, _ mean: [Double]) throws -> InputFormat {
      try InputFormat(
        height: 2, width: 3, channels: 3, fit: .pad, filter: .bicubic, jpeg: .scaled, background: [1, 2, 3],
        scale: scale,
        mean: mean, standardDeviation: mean.map { $0 + 1 })
    }
    let model = try network(18, [(2, .softmax)], format: format(0.1, [1, 2, 3]), seed: 1)
    #expect(try quantized(model).inputFormat == format(1, [0, 0, 0]))
  }

  @Test("A layer that gives nothing but zeros has the scale 1, and the network its constant answer")
  func deadLayer() throws {
    let architecture = try Architecture(
      inputs: 4,
      layers: [Architecture.Layer(outputs: 3, activation: .relu), Architecture.Layer(outputs: 1, activation: .sigmoid)])
    let model = try model(
      architecture,
      [
        DenseParameters(weight: Array(repeating: -1, count: 12), bias: [0, 0, -1]),
        DenseParameters(weight: [1, 2, 3], bias: [0.5]),
      ])
    let bytes = try quantized(model)
    #expect(try layers(bytes)[1].inputScale == 1)
    let rows = rows(5, of: 4, seed: 1)
    var first = try Scorer(model)
    var second = try Scorer(bytes)
    #expect(try first.scores(of: rows) == second.scores(of: rows))
  }

  @Test("Rows of floats have the range of the calibration rows, 0 among them")
  func floats() throws {
    let format = try InputFormat(
      elementType: .float32, height: 1, width: 6, channels: 2, scale: 0.5, mean: [0.25, -1],
      standardDeviation: [2, 0.5])
    let model = try network(12, [(8, .tanh), (3, .softmax)], format: format, seed: 8)
    var random = RandomNumbers(seed: 4)
    let rows = (0..<300 * 12).map { _ in Float(random.uniform() * 6 - 2) }
    var quantizer = try Quantizer(model)
    try quantizer.calibrate(rows)
    let bytes = try quantizer.quantizedModel()
    #expect(bytes.inputFormat.elementType == .float32)
    let layer = try layers(bytes)[0]
    let (lowest, highest) = (Double(rows.min() ?? 0), Double(rows.max() ?? 0))
    #expect(layer.inputScale == Float((highest - lowest) / 255))
    #expect(layer.inputZeroPoint == UInt8((-lowest / Double(layer.inputScale)).rounded()))
    var first = try Scorer(model)
    var second = try Scorer(bytes)
    for (a, b) in try zip(first.scores(of: rows), second.scores(of: rows)) { #expect(abs(a - b) < 0.06) }
    // Bytes are floats as well to a model of floats.
    var other = try Quantizer(model)
    try other.calibrate([UInt8](0..<12) + [UInt8](repeating: 200, count: 12))
    #expect(try layers(other.quantizedModel())[0].inputScale == Float(200.0 / 255))
    let error = try #require(throws: TrainingError.self) {
      try quantizer.calibrate([Float](repeating: 0, count: 17) + [.nan] + [Float](repeating: 0, count: 6))
    }
    #expect(error.code == .invalidData && error.message.contains("row 301: element 5"), "\(error)")
  }

  @Test("Neither the batches nor the threads show in the result")
  func determinism() throws {
    let model = try network(40, [(70, .linear), (20, .leakyRelu), (4, .softmax)], seed: 11)
    let rows = rows(333, of: 40, seed: 12)
    let expected = try quantized(model, rows)
    for (threads, batch) in [(1, 333), (3, 333), (8, 64), (2, 1), (5, 100)] {
      var quantizer = try Quantizer(model, threads: threads)
      for start in stride(from: 0, to: 333, by: batch) {
        try quantizer.calibrate(Array(rows[start * 40..<min(start + batch, 333) * 40]))
      }
      #expect(quantizer.count == 333)
      #expect(try quantizer.quantizedModel() == expected, "\(threads) threads, batches of \(batch)")
    }
  }

  @Test("What has no 8-bit form is refused, with the place")
  func refusals() throws {
    func error(_ body: () throws -> Void) -> TrainingError? { trainingError(body) }
    let sound = try network(8, [(4, .relu), (2, .softmax)], seed: 1)
    let bytes = try quantized(sound)
    let again = error { _ = try Quantizer(bytes) }
    #expect(again?.code == .notQuantizable && again?.message.contains("m@0 computes in 8 bits") == true)
    var weight = [Float](repeating: 1, count: 8)
    weight[5] = .nan
    let notANumber = error { _ = try Quantizer(layer([weight])) }
    #expect(notANumber?.code == .notQuantizable)
    #expect(notANumber?.message.contains("layers.0.weight: element 5") == true)
    // Finite by themselves, not with the scale.
    let format = try InputFormat(height: 1, width: 8, channels: 1, scale: 1e300)
    #expect(error { _ = try Quantizer(layer([weight.map { _ in 1 }], format: format)) }?.code == .notQuantizable)
    let architecture = try Architecture(
      inputs: 2, layers: [.init(outputs: 1, activation: .linear), .init(outputs: 1, activation: .linear)])
    let huge = try model(
      architecture,
      [DenseParameters(weight: [3e38, 3e38], bias: [0]), DenseParameters(weight: [1], bias: [0])],
      InputFormat(height: 1, width: 2, channels: 1, scale: 1))
    #expect(error { _ = try quantized(huge, [255, 255]) }?.message.contains("layer 0 gives") == true)
    var quantizer = try Quantizer(sound)
    #expect(error { _ = try quantizer.quantizedModel() }?.code == .invalidData)
    #expect(error { try quantizer.calibrate([1, 2, 3] as [UInt8]) }?.code == .shapeMismatch)
    #expect(error { _ = try Quantizer(sound, threads: 0) }?.code == .invalidHyperparameter)
  }

  @Test("A model in 8 bits is evaluated by its own answers")
  func evaluation() throws {
    let model = try network(16, [(8, .relu), (3, .softmax)], seed: 2)
    let data = try syntheticData(count: 600, features: 16, classes: 3, seed: 3)
    let bytes = try quantized(model, data.pixels)
    let evaluation = try Evaluation(of: bytes, on: data, threads: 2)
    var scorer = try Scorer(bytes)
    let scores = try scorer.scores(of: data.pixels)
    let expected = try Evaluation(scores: scores, outputs: 3, labels: data.labels, classCount: 3)
    #expect(evaluation.confusion == expected.confusion)
    #expect(abs(evaluation.cost - expected.cost) < 1e-5)
    #expect(try evaluation.cost != Evaluation(of: model, on: data).cost)
  }
}
