// Messages in a quarter of the code. The standard library's functions of these names would be inlined into each piece of each
// message of Inference, as the optimizer cannot know that they are for errors; those of a module's own hide them.

extension DefaultStringInterpolation {
  // Every message has empty ones between its parts.
  @inline(__always) mutating func appendLiteral(_ literal: String) { if !literal.isEmpty { appendText(literal) } }
  @inline(never) private mutating func appendText(_ text: String) { write(text) }
  @inline(__always) mutating func appendInterpolation(_ text: String) { appendText(text) }
  @inline(never) mutating func appendInterpolation(_ number: Int) { write(String(number)) }
  @inline(never) mutating func appendInterpolation(_ text: StaticString) {
    write(
      unsafe String(decoding: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), as: UTF8.self))
  }
}

extension String {
  @inline(never) init(decoding bytes: [UInt8], as encoding: UTF8.Type) {
    self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }

  @inline(never) static func + (a: String, b: String) -> String {
    var result = a
    result.append(b)
    return result
  }
  @inline(never) static func += (a: inout String, b: String) { a.append(b) }
}
