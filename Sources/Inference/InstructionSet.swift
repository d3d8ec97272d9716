/// The instruction sets that there are kernels for. All give the same bits; they differ in speed.
public enum InstructionSet: UInt8, Sendable, Equatable, CaseIterable {
  case portable = 0
  case avx2 = 1
  case avx512 = 2
  case neon = 3

  /// The name in `NNSCORE_ISA` and in `--json`.
  public var name: StaticString {
    switch self {
    case .portable: "portable"
    case .avx2: "avx2"
    case .avx512: "avx512"
    case .neon: "neon"
    }
  }

  /// Whether this processor has it.
  public var isSupported: Bool { Kernels(self) != nil }

  /// The fastest that this processor has.
  public static var best: InstructionSet { Kernels.best }

  /// The one that the environment variable `NNSCORE_ISA` names, or ``best`` where it is not set or empty.
  ///
  /// - Throws: ``InferenceError/Code/unsupportedInstructionSet`` for a name that is unknown or a set that this processor lacks.
  public static func selected() throws(InferenceError) -> InstructionSet {
    guard let text = Kernels.environment("NNSCORE_ISA"), !text.isEmpty else { return best }
    return try named(text)
  }

  /// The one of that name in `NNSCORE_ISA`, if this processor has it.
  static func named(_ text: [UInt8]) throws(InferenceError) -> InstructionSet {
    for candidate in InstructionSet.allCases where candidate.name.bytes == text {
      try candidate.requireSupport()
      return candidate
    }
    throw InferenceError(
      .unsupportedInstructionSet,
      "NNSCORE_ISA is \"\(String(decoding: text, as: UTF8.self))\"; expected portable, avx2, avx512 or neon, or not set"
    )
  }

  func requireSupport() throws(InferenceError) {
    guard isSupported else {
      throw InferenceError(
        .unsupportedInstructionSet,
        "this processor or this build has no \(name); unset NNSCORE_ISA or choose \(Self.best.name) or portable")
    }
  }
}
