import CCeilings
import Inference

extension ModelParameters.Precision {
  /// The unit of 10⁹ operations a second: a multiplication and an addition are two.
  var unit: String {
    switch self {
    case .float32: "GFLOP/s"
    case .int8: "GOP/s"
    }
  }

  /// The bytes of a weight.
  var bytesPerWeight: Int {
    switch self {
    case .float32: 4
    case .int8: 1
    }
  }

  /// The operations a second of one core at most: of independent ones in registers, measured now for so many seconds.
  fileprivate func peak(of instructionSet: InstructionSet, seconds: Double) -> Double {
    switch self {
    case .float32: ceilings_f32_operations(instructionSet.vectors, seconds)
    case .int8: ceilings_u8s8_operations(instructionSet.vectors, seconds)
    }
  }
}

extension InstructionSet {
  fileprivate var vectors: ceilings_vectors {
    switch self {
    case .portable: CEILINGS_PORTABLE
    case .avx2: CEILINGS_AVX2
    case .avx512: CEILINGS_AVX512
    case .neon: CEILINGS_NEON
    }
  }
}

/// What one core can do at most, measured where and when a network is.
struct Ceilings {
  /// Of independent operations in registers, by the instruction set of the kernels.
  private(set) var operationsPerSecond = 0.0
  /// Of independent products of bytes, where a first layer over bytes is summed in whole numbers.
  private(set) var byteOperationsPerSecond = 0.0
  /// Of reading as many bytes as the weights have again and again: the bandwidth of the cache, or the memory, that holds them.
  private(set) var bytesPerSecond = 0.0

  /// Beyond any cache it is the memory that is measured, and so much of it will do.
  private static let mostBytes = 1 << 28

  /// Measures for a while and keeps what is higher than before: a neighbour may have had the core the first time.
  mutating func measure(
    _ packed: PackedModel, weightBytes: Int, seconds: Double
  ) {
    let set = packed.instructionSet
    operationsPerSecond = max(operationsPerSecond, packed.model.precision.peak(of: set, seconds: seconds))
    if packed.sumsBytesExactly {
      byteOperationsPerSecond = max(
        byteOperationsPerSecond, ModelParameters.Precision.int8.peak(of: set, seconds: seconds))
    }
    bytesPerSecond = max(bytesPerSecond, ceilings_read(min(weightBytes, Self.mostBytes), seconds))
  }
}
