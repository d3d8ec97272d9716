import Foundation
import Inference
import Training

/// What all sides of `Benchmarks/training` do alike, as `peers/training_work.py` writes it.
struct Work: Decodable {
  /// The inputs, and the outputs of each layer: hidden ones with relu, one sigmoid output or softmax over more.
  let widths: [Int]
  /// The examples of a step; nil for all.
  let batch: Int?
  let optimizer: String
  let rate: Double
  /// Epochs from one measurement to the next.
  let measureEvery: Int
  /// Fixes the order of the examples.
  let seed: UInt64
  /// A file of float32: each layer's weight [outputs, inputs] and its bias.
  let start: String
  /// Files of bytes: rows [count, inputs] and labels [count].
  let rows: String?
  let labels: String?

  init(path: String) throws {
    self = try JSONDecoder().decode(Work.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  func inputFormat() throws -> InputFormat { try InputFormat(height: 1, width: widths[0], channels: 1) }

  func data() throws -> TrainingData {
    guard let rows, let labels, let outputs = widths.last else { throw Incomplete() }
    return try TrainingData(
      pixels: Array(Data(contentsOf: URL(fileURLWithPath: rows))), features: widths[0],
      labels: Data(contentsOf: URL(fileURLWithPath: labels)).map { Int($0) }, classCount: max(outputs, 2))
  }

  /// The parameters that all sides begin from.
  func startingParameters() throws -> DoubleParameters {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: start))
    var place = 0
    func next(_ count: Int) throws -> [Double] {
      guard place + 4 * count <= bytes.count else { throw Incomplete() }
      return (0..<count).map { _ in
        let bits = bytes[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        place += 4
        return Double(Float(bitPattern: bits))
      }
    }
    return try DoubleParameters(
      layers: zip(widths, widths.dropFirst()).map { inputs, outputs in
        try DoubleParameters.Layer(weight: next(inputs * outputs), bias: next(outputs))
      })
  }

  /// - Parameters:
  ///   - iterations: steps, or nil where `epochs` says how many.
  func hyperparameters(iterations: Int? = nil, epochs: Int? = nil) throws -> Hyperparameters {
    var hyperparameters = try Hyperparameters(
      hidden: Array(widths.dropFirst().dropLast()), learningRate: rate, iterations: iterations, epochs: epochs,
      batchSize: batch, seed: seed, optimizer: Optimizer(name: optimizer))
    hyperparameters.measureEvery = measureEvery
    return hyperparameters
  }

  func trainer(
    _ data: TrainingData, validation: TrainingData? = nil, iterations: Int? = nil, epochs: Int? = nil, threads: Int
  ) throws -> Trainer {
    try Trainer(
      hyperparameters(iterations: iterations, epochs: epochs), inputFormat: inputFormat(), data: data,
      validation: validation, start: startingParameters(), threads: threads)
  }

  /// A file that has less than was said.
  struct Incomplete: Error {}
}
