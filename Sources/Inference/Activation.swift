/// The function that a layer applies to its weighted sums.
///
/// With z the weighted sum, a the activation:
/// - `linear`: a = z
/// - `relu`: a = max(0, z)
/// - `leakyRelu`: a = z for z > 0, else 0.01 z
/// - `tanh`: a = tanh z
/// - `sigmoid`: a = 1 / (1 + e⁻ᶻ)
/// - `softmax`: aⱼ = e^zⱼ / Σ e^zᵢ over the layer's outputs; in the last layer only
///
/// `tanh`, `sigmoid` and `softmax` are computed in double precision and rounded once, so a `Float` result is within
/// 0.5001 ulp of the exact value over the whole range of z (`Double` results within 1.6 ulp for `sigmoid`, 2.5 for `tanh`, 3 + n / 8
/// for `softmax` over n outputs). A NaN comes out as the one quiet NaN
/// `0x7fc00000`, whatever bits it went in with; a softmax over a row that holds a NaN or +∞, or nothing but −∞, is NaN
/// throughout.
public enum Activation: UInt8, Sendable, Equatable, CaseIterable {
  case linear = 0
  case relu = 1
  case leakyRelu = 2
  case tanh = 3
  case sigmoid = 4
  case softmax = 5

  /// The name in model files, in the store and on the command line.
  public var name: StaticString {
    switch self {
    case .linear: "linear"
    case .relu: "relu"
    case .leakyRelu: "leakyRelu"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .softmax: "softmax"
    }
  }

  /// The activation of that name (`relu`, `leakyRelu`, …), or nil.
  public init?(name: String) {
    self.init(utf8: [UInt8](name.utf8))
  }

  init?(utf8: [UInt8]) {
    for activation in Activation.allCases where activation.name.bytes == utf8 {
      self = activation
      return
    }
    return nil
  }
}

extension StaticString {
  /// The UTF-8 bytes: comparing them needs no Unicode tables, which Embedded Swift would have to link.
  var bytes: [UInt8] {
    var result: [UInt8] = []
    result.append(contentsOf: "\(self)".utf8)
    return result
  }
}
