internal import Inference

/// A network in floats that tells what its layers give, and keeps their weights for quantization.
final class CalibrationNetwork: Sendable {
  /// Rows that go through all layers before the next ones do.
  private static let blockLength = 64

  /// A layer with scale and offset of the input format folded in, if it is the first.
  struct Layer: Sendable {
    let inputs: Int
    let outputs: Int
    let activation: Activation
    /// W, row-major [outputs, inputs].
    let weight: Region<Float>
    let bias: Region<Float>
    /// W packed for the product; empty in the last layer, whose outputs are the scores.
    let panels: Region<Float>
  }

  let layers: [Layer]
  let workers: Workers
  private let kernels: Kernels

  /// The elements of a row.
  var features: Int { layers[0].inputs }

  /// Folds and packs; weights and biases must be finite.
  init(
    _ parameters: Parameters, _ architecture: Architecture, _ inputFormat: InputFormat, _ workers: Workers
  ) throws(TrainingError) {
    let kernels: Kernels
    do { kernels = try Kernels.selected() } catch { throw TrainingError(error) }
    var layers: [Layer] = []
    for index in architecture.layers.indices {
      let (inputs, outputs) = (architecture.inputs(ofLayer: index), architecture.layers[index].outputs)
      let weight = Region<Float>(count: inputs * outputs)
      let bias = Region<Float>(count: outputs)
      let matrix = Matrix(weight, rows: outputs, columns: inputs)
      let layer = parameters.layers[index]
      if index == 0 {
        Self.fold(layer, inputFormat, intoWeight: matrix, bias: bias)
      } else {
        weight.copy(from: layer.weight)
        bias.copy(from: layer.bias)
      }
      try Self.requireFinite(weight, "weight", layer: index)
      try Self.requireFinite(bias, "bias", layer: index)
      let isLast = index == architecture.layers.count - 1
      let panels = Region<Float>(
        count: isLast ? 0 : Float.packedCount(kernels, outputs: outputs, inputs: inputs))
      if !isLast { Float.pack(kernels, matrix, into: panels) }
      layers.append(
        Layer(
          inputs: inputs, outputs: outputs, activation: architecture.layers[index].activation, weight: weight,
          bias: bias,
          panels: panels))
    }
    self.kernels = kernels
    self.layers = layers
    self.workers = workers
  }

  /// Folds scale and offset of the input format into the first layer.
  private static func fold(
    _ layer: DenseParameters, _ inputFormat: InputFormat, intoWeight folded: Matrix<Float>, bias: Region<Float>
  ) {
    // The offset is that of the weights before they are scaled: they must not be written over.
    let (weight, unfolded) = (Region<Float>(count: layer.weight.count), Region<Float>(count: layer.bias.count))
    weight.copy(from: layer.weight)
    unfolded.copy(from: layer.bias)
    Float.fold(
      weight: Matrix(weight, rows: folded.rows, columns: folded.columns), bias: unfolded,
      scale: inputFormat.foldedScale, offset: inputFormat.foldedOffset, intoWeight: folded, bias: bias)
  }

  private static func requireFinite(_ values: Region<Float>, _ tensor: String, layer: Int) throws(TrainingError) {
    for place in 0..<values.count where !values[place].isFinite {
      throw TrainingError(
        .notQuantizable,
        "layers.\(layer).\(tensor): element \(place), with the input's scale and mean, is \(values[place]); expected a finite "
          + "number")
    }
  }

  /// What all layers but the last give for rows of bytes or floats [count, features].
  func ranges<Element: BitwiseCopyable>(of rows: Region<Element>) -> [ValueRange] {
    let hidden = layers.dropLast()
    let count = rows.count / features
    let found = Region<ValueRange>(count: workers.count * hidden.count)
    workers.share(count, grain: Self.blockLength) { worker, range in
      let memory = hidden.map { Region<Float>(count: Self.blockLength * $0.outputs) }
      var ranges = hidden.map { _ in ValueRange() }
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockLength) {
        let length = min(Self.blockLength, range.upperBound - start)
        let block = rows.part(from: start * self.features, count: length * self.features)
        var input: Matrix<Float>?
        for (index, layer) in hidden.enumerated() {
          let output = Matrix(
            memory[index].part(from: 0, count: length * layer.outputs), rows: length, columns: layer.outputs)
          if let input {
            Float.product(self.kernels, input, panels: layer.panels, bias: layer.bias, into: output)
          } else {
            self.product(block, layer, into: output)
          }
          Float.activate(self.kernels, layer.activation, output)
          ranges[index].take(output.region)
          input = output
        }
      }
      for (index, range) in ranges.enumerated() { found[worker * hidden.count + index] = range }
    }
    return hidden.indices.map { index in
      (0..<workers.count).reduce(into: ValueRange()) { $0.merge(found[$1 * hidden.count + index]) }
    }
  }

  /// The weighted sums of the first layer.
  private func product<Element: BitwiseCopyable>(_ rows: Region<Element>, _ layer: Layer, into sums: Matrix<Float>) {
    switch rows {
    case let bytes as Region<UInt8>:
      Float.product(
        kernels, Matrix(bytes, rows: sums.rows, columns: layer.inputs), panels: layer.panels, bias: layer.bias,
        into: sums)
    case let floats as Region<Float>:
      Float.product(
        kernels, Matrix(floats, rows: sums.rows, columns: layer.inputs), panels: layer.panels, bias: layer.bias,
        into: sums)
    default:
      break
    }
  }
}

/// What some numbers lie between; 0 is always among them.
struct ValueRange: BitwiseCopyable, Sendable {
  private(set) var lowest: Float = 0
  private(set) var highest: Float = 0
  private var hasNaN = false

  /// Whether all of the numbers are finite.
  var isFinite: Bool { lowest.isFinite && highest.isFinite && !hasNaN }

  mutating func take(_ value: Float) {
    if value < lowest { lowest = value }
    if value > highest { highest = value }
    if value.isNaN { hasNaN = true }
  }

  mutating func take(_ values: Region<Float>) {
    for place in 0..<values.count { take(values[place]) }
  }

  mutating func merge(_ other: ValueRange) {
    take(other.lowest)
    take(other.highest)
    if other.hasNaN { hasNaN = true }
  }
}
