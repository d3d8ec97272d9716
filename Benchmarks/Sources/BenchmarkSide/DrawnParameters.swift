import Foundation
public import Inference

/// Random numbers that are the same in each run: SplitMix64 (Steele, Lea and Flood, 2014).
public struct SplitMix {
  private var state: UInt64

  /// Numbers that follow from a seed.
  public init(seed: UInt64) {
    state = seed
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// In (0, 1].
  public mutating func uniform() -> Double { (Double(next() >> 11) + 1) * 0x1p-53 }

  /// Of mean 0 and standard deviation 1, by Box and Muller.
  public mutating func normal() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * Double.pi * uniform())
  }
}

extension Parameters {
  /// Weights as they are before training (normal, He), and small biases.
  public init(drawnFor architecture: Architecture, by random: inout SplitMix) {
    self.init(
      layers: architecture.layers.indices.map { layer in
        let inputs = architecture.inputs(ofLayer: layer)
        let outputs = architecture.layers[layer].outputs
        let deviation = (2 / Double(inputs)).squareRoot()
        return DenseParameters(
          weight: (0..<inputs * outputs).map { _ in Float(deviation * random.normal()) },
          bias: (0..<outputs).map { _ in Float(0.01 * random.normal()) })
      })
  }
}
