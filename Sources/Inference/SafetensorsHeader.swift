/// The header of a safetensors file, read strictly: https://github.com/huggingface/safetensors (format section of its README).
///
/// A file is 8 bytes with the header's length (unsigned, little-endian), the header (a JSON object) and the data. The header maps
/// each tensor's name to its type, shape and byte range within the data, and `__metadata__` to strings.
struct SafetensorsHeader {
  /// One tensor's entry.
  struct Tensor {
    let name: [UInt8]
    let type: TensorType
    let shape: [Int]
    /// The bytes of the file, not of the data section.
    let range: Range<Int>

    /// The order in the file. Empty tensors begin where their neighbour does, so the end decides between equal beginnings.
    func precedes(_ other: Tensor) -> Bool {
      (range.lowerBound, range.upperBound) < (other.range.lowerBound, other.range.upperBound)
    }
  }

  /// One entry of `__metadata__`.
  struct Metadata {
    let key: [UInt8]
    let value: [UInt8]
    /// The byte of the file after the value's closing quote.
    let end: Int
  }

  /// A longer header is refused before anything is allocated for it; the reference implementation has the same cap.
  static let maximumLength = 100_000_000
  /// The most tensors: five for each layer, and two of golden examples.
  static let maximumTensors = 5 * Architecture.maximumDepth + 2
  /// The most entries of `__metadata__`.
  static let maximumMetadata = 1024
  /// The most dimensions a tensor may have here.
  static let maximumRank = 8

  private(set) var tensors: [Tensor] = []
  private(set) var metadata: [Metadata] = []

  /// Reads and checks the header of a file's bytes.
  ///
  /// - Throws: ``InferenceError``: not a safetensors file, or a rule that is broken, with the byte or tensor where it is.
  init(_ file: Region<UInt8>, name: String) throws(InferenceError) {
    let length = try Self.length(file, name: name)
    let dataStart = 8 + length
    var scanner = JSONScanner(file.part(from: 8, count: length).array, name: name, offset: 8)
    var hasMetadata = false
    var entries: [Tensor] = []
    var metadata: [Metadata] = []
    try scanner.object { (scanner: inout JSONScanner, key: [UInt8]) throws(InferenceError) in
      if key == Self.metadataKey {
        guard !hasMetadata else { throw scanner.refuse("the key \"__metadata__\" stands twice") }
        hasMetadata = true
        try scanner.object { (scanner: inout JSONScanner, key: [UInt8]) throws(InferenceError) in
          guard metadata.count < Self.maximumMetadata else {
            throw scanner.refuse("more than \(Self.maximumMetadata) entries of __metadata__")
          }
          metadata.append(Metadata(key: key, value: try scanner.string(), end: scanner.position))
        }
      } else {
        guard entries.count < Self.maximumTensors else {
          throw scanner.refuse("more than \(Self.maximumTensors) tensors, which are five for each layer and two more")
        }
        entries.append(try Self.tensor(&scanner, name: key, dataStart: dataStart, fileEnd: file.count))
      }
    }
    try scanner.end()
    try Self.refuseDuplicates(entries.map { $0.name }, file: name)
    try Self.refuseDuplicates(metadata.map { $0.key }, file: name)
    try Self.requireExactCover(entries, dataStart: dataStart, fileEnd: file.count, file: name)
    tensors = entries
    self.metadata = metadata
  }

  private static let metadataKey: [UInt8] = StaticString("__metadata__").bytes

  private static func length(_ file: Region<UInt8>, name: String) throws(InferenceError) -> Int {
    guard file.count >= 10 else {
      throw InferenceError(
        .notAModelFile, "\(name): not a safetensors file: \(file.count) bytes, too short to hold a header")
    }
    var length: UInt64 = 0
    for index in stride(from: 7, through: 0, by: -1) { length = length << 8 | UInt64(file[index]) }
    guard file[8] == UInt8(ascii: "{") else {
      throw InferenceError(
        .notAModelFile,
        "\(name): not a safetensors file: byte 8 is \(file[8]), expected 123, the '{' that begins its header"
          + hint(file))
    }
    guard length <= UInt64(maximumLength) else {
      throw InferenceError(
        .invalidModelFile, "\(name), byte 0: a header of \(length) bytes; at most \(maximumLength) are read")
    }
    guard length <= UInt64(file.count - 8) else {
      throw InferenceError(
        .invalidModelFile,
        "\(name), byte 0: a header of \(length) bytes runs past the end of the file, which has \(file.count); "
          + "the file was cut off or is damaged")
    }
    return Int(length)
  }

  /// What a file that is no model is most often.
  private static func hint(_ file: Region<UInt8>) -> String {
    let start = file.part(from: 0, count: min(file.count, 16)).array
    if start.starts(with: StaticString("version https://").bytes) {
      return "; it is a Git LFS pointer: run `git lfs pull` to fetch the file itself"
    }
    if start.starts(with: StaticString("SQLite format 3").bytes) {
      return "; it is an SQLite file: a store is given by --store, a version of it by NAME@NUMBER"
    }
    return ""
  }

  private static func tensor(
    _ scanner: inout JSONScanner, name: [UInt8], dataStart: Int, fileEnd: Int
  ) throws(InferenceError) -> Tensor {
    var type = TensorType.f32
    var shape: [Int] = []
    var offsets: [Int] = []
    try CanonicalText.members(of: &scanner, keys: ["dtype", "shape", "data_offsets"]) {
      (scanner: inout JSONScanner, key: Int) throws(InferenceError) in
      switch key {
      case 0:
        let text = try scanner.string()
        guard let known = TensorType(utf8: text) else {
          throw scanner.refuse("the tensor type \"\(String(decoding: text, as: UTF8.self))\" is unknown")
        }
        type = known
      case 1:
        try scanner.array { (scanner: inout JSONScanner) throws(InferenceError) in
          guard shape.count < maximumRank else {
            throw scanner.refuse("a tensor of more than \(maximumRank) dimensions")
          }
          shape.append(try scanner.integer())
        }
      default:
        try scanner.array { (scanner: inout JSONScanner) throws(InferenceError) in
          guard offsets.count < 2 else { throw scanner.refuse("data_offsets has more than two numbers") }
          offsets.append(try scanner.integer())
        }
      }
    }
    let title = "tensor \"\(String(decoding: name, as: UTF8.self))\""
    var bytes = type.size
    for side in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: side)
      guard !overflow else { throw scanner.refuse("\(title): its shape has more elements than memory has bytes") }
      bytes = product
    }
    guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= fileEnd - dataStart else {
      throw scanner.refuse(
        "\(title): its data_offsets do not lie within the \(fileEnd - dataStart) bytes of data; the file was cut off or is "
          + "damaged")
    }
    guard offsets[1] - offsets[0] == bytes else {
      throw scanner.refuse(
        "\(title): its data_offsets span \(offsets[1] - offsets[0]) bytes; its shape and type need \(bytes)")
    }
    return Tensor(name: name, type: type, shape: shape, range: dataStart + offsets[0]..<dataStart + offsets[1])
  }

  private static func refuseDuplicates(_ names: [[UInt8]], file: String) throws(InferenceError) {
    guard let twice = duplicate(in: names) else { return }
    throw InferenceError(
      .invalidModelFile, "\(file): the key \"\(String(decoding: twice, as: UTF8.self))\" stands twice in the header")
  }

  private static func requireExactCover(
    _ tensors: [Tensor], dataStart: Int, fileEnd: Int, file: String
  ) throws(InferenceError) {
    var position = dataStart
    for index in order(of: tensors.count, by: { tensors[$0].precedes(tensors[$1]) }) {
      let tensor = tensors[index]
      let title = "tensor \"\(String(decoding: tensor.name, as: UTF8.self))\""
      guard tensor.range.lowerBound >= position else {
        throw InferenceError(
          .invalidModelFile, "\(file): \(title) overlaps the one before it at byte \(tensor.range.lowerBound)")
      }
      guard tensor.range.lowerBound == position else {
        throw InferenceError(
          .invalidModelFile,
          "\(file): bytes \(position) to \(tensor.range.lowerBound) before \(title) belong to no tensor")
      }
      position = tensor.range.upperBound
    }
    guard position == fileEnd else {
      throw InferenceError(
        .invalidModelFile,
        "\(file): \(fileEnd - position) bytes are left over after the last tensor, from byte \(position)")
    }
  }
}

/// The element types of the safetensors format.
enum TensorType: UInt8, CaseIterable {
  case bool, u8, i8, f8e5m2, f8e4m3, i16, u16, f16, bf16, i32, u32, f32, f64, i64, u64

  /// The name in a header.
  var name: StaticString {
    switch self {
    case .bool: "BOOL"
    case .u8: "U8"
    case .i8: "I8"
    case .f8e5m2: "F8_E5M2"
    case .f8e4m3: "F8_E4M3"
    case .i16: "I16"
    case .u16: "U16"
    case .f16: "F16"
    case .bf16: "BF16"
    case .i32: "I32"
    case .u32: "U32"
    case .f32: "F32"
    case .f64: "F64"
    case .i64: "I64"
    case .u64: "U64"
    }
  }

  /// Bytes an element.
  var size: Int {
    switch self {
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3: 1
    case .i16, .u16, .f16, .bf16: 2
    case .i32, .u32, .f32: 4
    case .f64, .i64, .u64: 8
    }
  }

  init?(utf8: [UInt8]) {
    for type in TensorType.allCases where type.name.bytes == utf8 {
      self = type
      return
    }
    return nil
  }
}
