/// The number type that training computes in. Parameters are stored as 32-bit floats either way.
public enum Precision: String, Sendable, Equatable, CaseIterable, Codable {
  /// `Float`, 32 bits.
  case float32
  /// `Double`, 64 bits: for gradient checks and reference runs; the result is rounded once, at the end.
  case float64

  /// Bytes of one number.
  var byteCount: Int { self == .float32 ? 4 : 8 }
}
