/// A tensor of a model file, copied out of it in the same pass as the file's checksum is taken, so that its bytes are read once.
struct CheckedTensor {
  /// What the header says of it.
  let entry: SafetensorsHeader.Tensor
  private let elements: Elements

  private enum Elements {
    case float([Float])
    case int8([Int8])
    case uint8([UInt8])
    /// Of a type that no tensor of a model has.
    case other
  }

  /// The elements of a tensor of the type F32; none of another.
  var floats: [Float] { if case .float(let values) = elements { values } else { [] } }
  /// The elements of a tensor of the type I8; none of another.
  var signedBytes: [Int8] { if case .int8(let values) = elements { values } else { [] } }
  /// The elements of a tensor of the type U8; none of another.
  var bytes: [UInt8] { if case .uint8(let values) = elements { values } else { [] } }

  fileprivate init(_ entry: SafetensorsHeader.Tensor, of file: Region<UInt8>, _ checksum: inout Checksum) {
    self.entry = entry
    let bytes = file.part(from: entry.range.lowerBound, count: entry.range.count)
    switch entry.type {
    case .f32: elements = .float(bytes.numbers(Float.self, &checksum))
    case .i8: elements = .int8(bytes.numbers(Int8.self, &checksum))
    case .u8: elements = .uint8(bytes.numbers(UInt8.self, &checksum))
    default:
      checksum.update(bytes)
      elements = .other
    }
  }
}

extension SafetensorsHeader {
  /// Copies all tensors and takes the checksum of the whole file meanwhile, with the bytes of `masked` taken as the character "0".
  ///
  /// The header has been checked: its tensors cover the data, so that no more memory is needed than the file has bytes. Danger: the
  /// checksum must be compared before a tensor is used.
  ///
  /// - Parameter masked: bytes before the data.
  /// - Returns: the tensors in the order of the header.
  func checkedTensors(
    _ file: Region<UInt8>, masking masked: Range<Int>
  ) -> (tensors: [CheckedTensor], checksum: UInt64) {
    let order = order(of: tensors.count) { tensors[$0].precedes(tensors[$1]) }
    let dataStart = order.first.map { tensors[$0].range.lowerBound } ?? file.count
    var checksum = Checksum()
    checksum.update(file.part(from: 0, count: dataStart), masking: masked)
    var found: [CheckedTensor?] = Array(repeating: nil, count: tensors.count)
    for index in order { found[index] = CheckedTensor(tensors[index], of: file, &checksum) }
    return (found.compactMap { $0 }, checksum.value)
  }
}
