/// A safetensors file whose tensors another program made and named, as `nnscore import` reads it: checked as strictly as a model
/// file, but for what a model file must hold.
///
/// It lends the bytes of the file, and so must not outlive ``withFile(_:_:)``.
package struct TensorFile {
  /// One tensor.
  package struct Tensor: Sendable {
    /// The name.
    package let name: String
    /// The element type as the file has it: `F32`, `BF16`, `I64`, …
    package let typeName: String
    /// The lengths of the dimensions, slowest first.
    package let shape: [Int]
    fileprivate let type: TensorType
    fileprivate let range: Range<Int>

    /// Whether the elements are of a type that ``TensorFile/values(of:)`` reads.
    package var isReadable: Bool { [.f16, .bf16, .f32, .f64].contains(type) }

    /// Type and shape, as people write them: `F32 [3, 4]`.
    package var text: String { "\(typeName) \(shapeText(shape))" }
  }

  /// The file, for errors.
  package let path: String
  /// The tensors, in the order of the header.
  package let tensors: [Tensor]
  /// Whether the file says that it is a model file of nnscore, of whatever format.
  package let isModelFile: Bool
  private let bytes: Region<UInt8>

  private init(_ bytes: Region<UInt8>, path: String) throws(InferenceError) {
    let header = try SafetensorsHeader(bytes, name: path)
    let formatKey = ModelFile.formatKey.bytes
    isModelFile = header.metadata.contains { $0.key == formatKey }
    tensors = header.tensors.map { tensor in
      Tensor(
        name: String(decoding: tensor.name, as: UTF8.self), typeName: "\(tensor.type.name)", shape: tensor.shape,
        type: tensor.type, range: tensor.range)
    }
    self.path = path
    self.bytes = bytes
  }

  /// Maps a file, checks its header, and lends it while `body` runs.
  ///
  /// - Throws: ``InferenceError``: the file cannot be opened, is not safetensors or breaks a rule of that format; or what `body`
  ///   throws.
  package static func withFile<Result>(
    _ path: String, _ body: (TensorFile) throws(InferenceError) -> Result
  ) throws(InferenceError) -> Result {
    try MappedFile.withBytes(ofFile: path) { (bytes: Region<UInt8>) throws(InferenceError) in
      try body(TensorFile(bytes, path: path))
    }
  }

  /// The model of a file that is a model file.
  ///
  /// - Throws: as ``Model/init(contentsOfFile:replayingGolden:)`` does.
  package func model() throws(InferenceError) -> Model { try Model(bytes, name: path) }

  /// The file's bytes, some at a time, first to last.
  package func forEachChunk(_ body: ([UInt8]) -> Void) {
    let size = 1 << 20
    for start in stride(from: 0, to: bytes.count, by: size) {
      body(bytes.part(from: start, count: min(size, bytes.count - start)).array)
    }
  }

  /// The elements of a tensor, row-major. F16 and BF16 are exact in `Float`; F64 is rounded to the nearest, ties to even.
  ///
  /// - Returns: the elements, and how many of them `Float` does not hold exactly.
  /// - Throws: ``InferenceError/Code/invalidParameters`` for a type that is not readable, or with the first element that is not a
  ///   finite number or is none in `Float`.
  package func values(of tensor: Tensor) throws(InferenceError) -> (elements: [Float], rounded: Int) {
    let region = bytes.part(from: tensor.range.lowerBound, count: tensor.range.count)
    var rounded = 0
    let elements: [Float]
    switch tensor.type {
    case .f32: elements = region.numbers(Float.self)
    case .f16: elements = region.numbers(UInt16.self).map { Float(binary16: $0) }
    case .bf16: elements = region.numbers(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .f64:
      elements = region.numbers(Double.self).map { value in
        let nearest = Float(value)
        if Double(nearest) != value { rounded += 1 }
        return nearest
      }
    default:
      throw InferenceError(
        .invalidParameters,
        "\(path): \(tensor.name) is \(tensor.text); expected elements of type F32, F64, F16 or BF16")
    }
    guard let bad = elements.firstIndex(where: { !$0.isFinite }) else { return (elements, rounded) }
    let place = tensor.range.lowerBound + bad * tensor.type.size
    let isTooLarge = tensor.type == .f64 && region.numbers(Double.self)[bad].isFinite
    let found = isTooLarge ? "larger than any 32-bit number" : elements[bad].isNaN ? "NaN" : "infinite"
    throw InferenceError(
      .invalidParameters,
      "\(path), byte \(place): the element \(Self.place(bad, in: tensor.shape)) of \(tensor.name) is \(found); weights and "
        + "biases must be finite numbers. The training that made them diverged, or the file is damaged")
  }

  /// Where the element with that number is: [row, column].
  private static func place(_ index: Int, in shape: [Int]) -> String {
    var rest = index
    var place = shape
    for dimension in shape.indices.reversed() {
      place[dimension] = rest % shape[dimension]
      rest /= shape[dimension]
    }
    return shapeText(place)
  }
}

extension Float {
  /// The value of a number of IEEE 754 binary16 (5 bits of exponent, 10 of fraction), which `Float` holds exactly.
  init(binary16 bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1f)
    let fraction = UInt32(bits & 0x3ff)
    switch exponent {
    case 0:
      // Zero, or a subnormal number: fraction · 2^-24, which is normal here.
      self = Float(bitPattern: (Float(fraction) * 0x1p-24).bitPattern | sign)
    case 0x1f: self = Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
