import Foundation

/// A safetensors file as another program may write it: any names, types and shapes, right or wrong.
struct ForeignFile {
  struct Tensor {
    var name: String
    var type = "F32"
    var shape: [Int]
    var bytes: [UInt8]
    /// What the header gives as its bytes, if not where they are.
    var offsets: (Int, Int)?
  }

  var tensors: [Tensor]
  /// What stands in the first eight bytes, if not the header's length.
  var statedLength: UInt64?

  /// Tensors of 32-bit numbers that count up in steps of 1/64.
  init(_ shapes: [(name: String, shape: [Int])]) {
    tensors = shapes.enumerated().map { index, tensor in
      let count = tensor.shape.reduce(1, *)
      let values = (0..<count).map { Float(($0 * 37 + index * 11) % 101 - 50) / 64 }
      return Tensor(name: tensor.name, shape: tensor.shape, bytes: Self.bytes(values))
    }
  }

  /// Layers of these widths, each with a bias, under the given names.
  init(widths: [Int], names: [String]) {
    self.init(
      zip(names, zip(widths, widths.dropFirst())).flatMap { name, layer in
        [("\(name).weight", [layer.1, layer.0]), ("\(name).bias", [layer.1])]
      })
  }

  static func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) } }
  }

  /// The tensor with that name.
  subscript(name: String) -> Tensor {
    get { tensors.first { $0.name == name } ?? Tensor(name: name, shape: [0], bytes: []) }
    set { tensors = tensors.map { $0.name == name ? newValue : $0 } }
  }

  /// Writes it.
  func write(to path: String) throws {
    var position = 0
    let entries = tensors.map { tensor in
      let offsets = tensor.offsets ?? (position, position + tensor.bytes.count)
      position += tensor.bytes.count
      return "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),\"data_offsets\":"
        + "[\(offsets.0),\(offsets.1)]}"
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    let length = statedLength ?? UInt64(header.count)
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
    try Data(prefix + header + tensors.flatMap(\.bytes)).write(to: URL(fileURLWithPath: path))
  }
}
