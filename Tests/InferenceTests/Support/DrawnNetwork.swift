import Inference

/// A network and a batch drawn from a seed, number by number as Tests/SameBits/drawing.c draws them, so that every build can be
/// held to the same digests.
struct DrawnNetwork {
  let model: Model
  /// The same network in 8 bits, of other weights.
  let quantized: Model
  /// [rows, inputs]
  let bytes: [UInt8]
  /// [rows, inputs], with NaN, infinities, subnormal and extreme numbers in some rows.
  let floats: [Float]

  init(seed: UInt64, rows: Int) throws {
    var numbers = RandomNumbers(seed: seed)
    let format = try Self.inputFormat(&numbers)
    let (architecture, parameters) = try Self.layers(&numbers, inputs: format.features)
    bytes = (0..<rows * format.features).map { _ in UInt8(numbers.next() >> 56) }
    var floats: [Float] = []
    for _ in 0..<rows { Self.appendRow(&numbers, inputs: format.features, to: &floats) }
    self.floats = floats
    let takesBytes = numbers.below(2) == 0
    let quantized = Self.quantized(
      &numbers, architecture, biases: parameters.layers.map(\.bias), takesBytes: takesBytes)
    let unscaled = try InputFormat(
      elementType: takesBytes ? .uint8 : .float32, height: format.height, width: format.width,
      channels: format.channels, scale: 1)
    func model(_ parameters: ModelParameters, _ format: InputFormat) throws -> Model {
      let isBinary = architecture.outputs == 1 && architecture.layers.last?.activation == .sigmoid
      return try Model(
        architecture: architecture, parameters: parameters, inputFormat: format,
        labels: isBinary ? ["no", "yes"] : (0..<architecture.outputs).map { "class \($0)" },
        identity: Model.Identity(name: "drawn", number: 1, digest: ""))
    }
    self.model = try model(.float32(parameters), format)
    self.quantized = try model(.int8(quantized), unscaled)
  }

  private static func inputFormat(_ numbers: inout RandomNumbers) throws -> InputFormat {
    let height = 1 + numbers.below(20)
    let most = numbers.below(8) == 0 ? 60 : 20
    let width = 1 + numbers.below(most)
    let channels = [1, 3, 4][numbers.below(3)]
    let isNormalised = numbers.below(2) == 1
    var (mean, deviation): ([Double], [Double]) = ([], [])
    for _ in 0..<channels where isNormalised {
      mean.append(Double(numbers.next() >> 11) * 0x1p-53)
      deviation.append(0.125 + Double(numbers.next() >> 11) * 0x1p-53)
    }
    return try InputFormat(
      height: height, width: width, channels: channels, mean: mean, standardDeviation: deviation)
  }

  private static func layers(_ numbers: inout RandomNumbers, inputs: Int) throws -> (Architecture, Parameters) {
    let depth = 1 + numbers.below(4)
    var layers: [Architecture.Layer] = []
    for index in 0..<depth {
      let kind = numbers.below(16)
      let most = kind == 0 ? 700 : kind <= 4 ? 200 : 40
      let outputs = 1 + numbers.below(most)
      var activation = Activation.allCases[numbers.below(index + 1 == depth ? 6 : 5)]
      if activation == .softmax, outputs == 1 { activation = .sigmoid }
      layers.append(Architecture.Layer(outputs: outputs, activation: activation))
    }
    // Some have weights so small that they, and what they give, are subnormal.
    let tiny = numbers.below(8) == 0 ? 130 : 0
    let architecture = try Architecture(inputs: inputs, layers: layers)
    var parameters: [DenseParameters] = []
    for index in layers.indices {
      let inputs = architecture.inputs(ofLayer: index)
      let factor = Float(sign: .plus, exponent: -halvings(inputs) - tiny, significand: 1)
      let weight = (0..<inputs * layers[index].outputs).map { _ in numbers.signedUnit() * factor }
      parameters.append(
        DenseParameters(weight: weight, bias: (0..<layers[index].outputs).map { _ in numbers.signedUnit() * factor }))
    }
    return (architecture, Parameters(layers: parameters))
  }

  private static func quantized(
    _ numbers: inout RandomNumbers, _ architecture: Architecture, biases: [[Float]], takesBytes: Bool
  ) -> QuantizedParameters {
    var layers: [QuantizedLayer] = []
    for index in architecture.layers.indices {
      let (inputs, outputs) = (architecture.inputs(ofLayer: index), architecture.layers[index].outputs)
      var (inputScale, zeroPoint): (Float, UInt8) = (1, 0)
      if index > 0 || !takesBytes {
        inputScale = Float(1 + numbers.below(100)) / (index == 0 ? 64 : 4096)
        zeroPoint = UInt8(numbers.below(256))
      }
      var weight: [Int8] = []
      for _ in 0..<outputs {
        let isExtreme = numbers.below(4) == 0
        for x in 0..<inputs {
          let word = numbers.next()
          if !isExtreme {
            weight.append(Int8(Int(word % 65) - 32))
          } else {
            weight.append(x % 2 == 0 && x % 64 < 32 ? (word >> 63 == 1 ? 127 : -128) : 0)
          }
        }
      }
      let factor = Float(sign: .plus, exponent: (index == 0 ? -11 : -5) - halvings(inputs), significand: 1)
      let scale = (0..<outputs).map { _ in (1.5 + numbers.signedUnit()) * factor }
      layers.append(
        QuantizedLayer(
          weight: weight, weightScale: scale, bias: biases[index], inputScale: inputScale, inputZeroPoint: zeroPoint))
    }
    return QuantizedParameters(layers: layers)
  }

  /// How often 4 divides into a number of inputs before less than 4 are left: about half of its binary logarithm.
  private static func halvings(_ inputs: Int) -> Int {
    var (left, result) = (inputs, 0)
    while left >= 4 {
      left /= 4
      result += 1
    }
    return result
  }

  private static func appendRow(_ numbers: inout RandomNumbers, inputs: Int, to floats: inout [Float]) {
    let kind = numbers.below(16)
    let start = floats.count
    for _ in 0..<inputs {
      let word = numbers.next()
      let sign = UInt32(word >> 63) << 31
      switch kind {
      case 3: floats.append(Float(bitPattern: sign | UInt32(word & 0x7fffff)))
      case 5: floats.append(Float(bitPattern: sign))
      default: floats.append(Float(word >> 40) * 0x1p-24 * 255)
      }
    }
    let place = start + numbers.below(inputs)
    let hostile: [Int: UInt32] = [
      0: 0x7fc0_0000, 1: 0x7f80_0000, 2: 0xff80_0000, 4: 0x7f7f_ffff, 6: 0x7fa0_0001, 7: 0xffc1_2345,
    ]
    if let bits = hostile[kind] { floats[place] = Float(bitPattern: bits) }
  }
}

extension RandomNumbers {
  /// 0 up to `count` - 1.
  fileprivate mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

  /// -1 up to 1, a multiple of 2^-23.
  fileprivate mutating func signedUnit() -> Float { Float(Int32(next() >> 40) - (1 << 23)) * 0x1p-23 }
}
