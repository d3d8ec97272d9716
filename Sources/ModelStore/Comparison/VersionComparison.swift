/// Two versions side by side: all that was recorded about them, and how their weights differ.
public struct VersionComparison: Sendable {
  /// One tensor of both.
  public struct Tensor: Sendable, Equatable {
    /// The name, such as `layers.0.weight`.
    public let name: String
    /// Its shape in the first version, the slowest dimension first; nil if that has none of this name.
    public let firstShape: [Int]?
    /// Its shape in the second version.
    public let secondShape: [Int]?
    /// Its element type in the first version, such as `F32`; nil if that has none of this name.
    public let firstType: String?
    /// Its element type in the second version.
    public let secondType: String?
    /// Whether both have it with the same bytes.
    public let isEqual: Bool
    /// How the numbers differ; nil where shapes or types do, or the bytes do not. Those of bytes are the bytes' own, not what they
    /// stand for.
    public let change: TensorChange?
  }

  /// The first version.
  public let first: VersionRecord
  /// The second version.
  public let second: VersionRecord
  /// The cost at each iteration of the first version, the first at iteration 0; empty if none were registered.
  public let firstCosts: [Double]
  /// The cost at each iteration of the second version.
  public let secondCosts: [Double]
  /// The tensors in the order of the layers, those of the first version before what only the second has.
  public let tensors: [Tensor]

  /// Whether both answer alike, bit for bit.
  public var answersAreEqual: Bool { first.digest == second.digest }
}
