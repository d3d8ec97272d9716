public import Inference

/// Makes a model that computes in floats into one that computes in 8 bits, without training it again.
///
/// Of each layer, with weight W [n, k], bias b [n], and inputs x that lie between `lowest` and `highest` over the calibration rows:
///
///     inputs    t = (max(highest, 0) − min(lowest, 0)) / 255 and zero = round(−min(lowest, 0) / t), so that the byte of an input is
///               q = round(x / t) + zero. Those of relu and sigmoid begin at 0: zero is 0. What sigmoid and tanh can give is
///               known: t is 1/255 and 2/255 whatever the rows. Pixels are bytes already: t is 1 and zero is 0.
///     weights   w[o] = round(W[o] / s[o]), where s[o] is the largest of max |W[o]| / 127, the largest sum of positive and of
///               negative ones of any four weights / 126, and Σ |W[o]| / 8421504: so the rounded ones keep the rule of
///               `QuantizedParameters`. Where rounding breaks it nevertheless, s[o] grows by 1/64 until it does not.
///     bias      b as it is.
///
/// Scale and offset of the input format are folded into the first layer, whose input format has the scale 1. (Ranges and symmetric
/// weights as in B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
/// CVPR 2018, section 2.)
///
/// The same rows give the same bits, however they are cut into batches, on any number of threads and with any instruction set.
public struct Quantizer: Sendable {
  private let model: Model
  private let network: CalibrationNetwork
  /// What the inputs of each layer lie between.
  private var ranges: [ValueRange]
  /// How many rows were taken.
  public private(set) var count = 0

  /// Packs the model.
  ///
  /// - Parameters:
  ///   - model: a model in floats.
  ///   - threads: at most so many; the result does not depend on it.
  /// - Throws: ``TrainingError/Code/notQuantizable`` for a model that computes in 8 bits already, or whose weights and biases are not all
  ///   finite, ``TrainingError/Code/unsupported`` for an `NNSCORE_ISA` that is not there,
  ///   ``TrainingError/Code/invalidHyperparameter`` for threads < 1.
  public init(_ model: Model, threads: Int = Trainer.defaultThreads) throws(TrainingError) {
    guard case .float32(let parameters) = model.modelParameters else {
      throw TrainingError(
        .notQuantizable,
        "\(model.identity.name)@\(model.identity.number) computes in 8 bits already; quantize the version that it was made of"
      )
    }
    self.model = model
    network = try CalibrationNetwork(
      parameters, model.architecture, model.inputFormat, Workers(count: Trainer.validated(threads: threads)))
    ranges = Array(repeating: ValueRange(), count: model.architecture.layers.count)
  }

  /// Takes calibration rows of bytes.
  ///
  /// - Parameter rows: [count, features], row-major.
  /// - Throws: ``TrainingError/Code/shapeMismatch`` if they are no whole number of rows, ``TrainingError/Code/notQuantizable`` if a layer
  ///   gives what is not finite.
  public mutating func calibrate(_ rows: [UInt8]) throws(TrainingError) {
    try add(rows.span)
    // A model of floats takes these as numbers.
    if let highest = rows.max() { ranges[0].take(Float(highest)) }
  }

  /// Takes calibration rows of floats, in the units of the input format's elements.
  ///
  /// - Parameter rows: [count, features], row-major.
  /// - Throws: as for bytes, and ``TrainingError/Code/invalidData`` for an element that is not finite.
  public mutating func calibrate(_ rows: [Float]) throws(TrainingError) {
    if let place = rows.firstIndex(where: { !$0.isFinite }) {
      throw TrainingError(
        .invalidData,
        "row \(count + place / network.features): element \(place % network.features) is \(rows[place]); expected a number"
      )
    }
    try add(rows.span)
    for element in rows { ranges[0].take(element) }
  }

  private mutating func add<Element: BitwiseCopyable>(_ rows: Span<Element>) throws(TrainingError) {
    guard rows.count % network.features == 0 else {
      throw TrainingError(
        .shapeMismatch,
        "there are \(rows.count) elements, which is not a whole number of rows; a row of this model has \(network.features)"
      )
    }
    let found = rows.withRegion { network.ranges(of: $0) }
    for (index, range) in found.enumerated() {
      guard range.isFinite else {
        throw TrainingError(
          .notQuantizable,
          "layer \(index) gives what is not a finite number for some of the rows; there is no range to quantize")
      }
      ranges[index + 1].merge(range)
    }
    count += rows.count / network.features
  }

  /// The model in 8 bits, of the same name and number 0.
  ///
  /// - Throws: ``TrainingError/Code/invalidData`` if no rows were taken, ``TrainingError/Code/notQuantizable`` for weights whose scale is
  ///   no 32-bit number.
  public func quantizedModel() throws(TrainingError) -> Model {
    guard count > 0 else {
      throw TrainingError(.invalidData, "there are no calibration rows; expected at least one")
    }
    var layers: [QuantizedLayer] = []
    for (index, layer) in network.layers.enumerated() {
      let encoding =
        index > 0
        ? ByteEncoding(network.layers[index - 1].activation, ranges[index])
        : model.inputFormat.elementType == .uint8 ? .pixels : ByteEncoding(.linear, ranges[0])
      layers.append(try layer.quantized(encoding, index: index, network.workers))
    }
    do {
      return try Model(
        architecture: model.architecture, parameters: .int8(QuantizedParameters(layers: layers)),
        inputFormat: model.inputFormat.unscaled(), labels: model.labels,
        identity: Model.Identity(name: model.identity.name, number: 0, digest: ""))
    } catch {
      throw TrainingError(.notQuantizable, error.message)
    }
  }
}
