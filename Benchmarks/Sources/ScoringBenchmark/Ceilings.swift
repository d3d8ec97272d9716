import CCeilings

/// What this core can do at most, as measured now.
struct Ceilings: Encodable {
  /// Floating-point operations a second in single precision.
  let fp32: Double
  /// Operations a second on bytes, summed in 32 bits.
  let int8: Double
  /// The instructions that `int8` is measured with.
  let int8Instructions: String
  /// Bytes a second at which so many bytes are read again and again, in the order of the sizes asked for.
  let reads: [Double]

  init(seconds: Double, sizes: [Int]) {
    let vectors = ceilings_widest_vectors()
    fp32 = ceilings_f32_operations(vectors, seconds)
    int8 = ceilings_u8s8_operations(vectors, seconds)
    int8Instructions = unsafe String(cString: ceilings_u8s8_name(vectors))
    reads = sizes.map { ceilings_read($0, seconds) }
  }
}
