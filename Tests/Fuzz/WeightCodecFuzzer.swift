// A libFuzzer target for the codec of stored weights, compiled into one module with it by Scripts/fuzz.

/// Reads bytes as the chunks of a chain of differences, or writes them as raw bytes and reads that again, whole or altered.
///
/// The first byte says what is done and how large an element is, the second how many elements there are or how a byte is altered, the
/// third where the rest is cut into a base and its difference, or altered.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWeightCodec(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start, count >= 3 else { return 0 }
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  let elementSize = [1, 2, 4, 8][Int(input[0] % 4)]
  let bytes = Array(input[3...])
  let cut = Int(input[2]) * bytes.count / 255
  let raw = Array(bytes[..<(bytes.count - bytes.count % elementSize)])
  switch input[0] / 4 % 4 {
  case 0: readChain([bytes], elementSize: elementSize, count: Int(input[1]))
  case 1: readChain([Array(bytes[..<cut]), Array(bytes[cut...])], elementSize: elementSize, count: Int(input[1]))
  case 2: writeAndRead(raw, elementSize: elementSize)
  default: readAltered(raw, elementSize: elementSize, at: cut, by: input[1])
  }
  return 0
}

/// Whatever the chunks hold, nothing outside the range is touched, and what decodes twice decodes to the same.
private func readChain(_ chunks: [[UInt8]], elementSize: Int, count: Int) {
  func read() -> [UInt8]? {
    let size = count * elementSize
    var bytes = [UInt8](repeating: 0x5a, count: size + 2 * elementSize)
    var output = bytes.mutableSpan
    var isWhole = true
    for (index, chunk) in chunks.enumerated() {
      do {
        try PlaneCodec.decode(
          chunk.span, elementSize: elementSize, into: &output, at: elementSize..<elementSize + size,
          as: index == 0 ? .replace : .difference)
      } catch {
        if error.problem.isEmpty { fatalError("an error that does not say what is wrong") }
        isWhole = false
      }
    }
    guard bytes.prefix(elementSize).allSatisfy({ $0 == 0x5a }), bytes.suffix(elementSize).allSatisfy({ $0 == 0x5a })
    else { fatalError("a chunk wrote outside its range") }
    return isWhole ? bytes : nil
  }
  guard read() == read() else { fatalError("the same chunks decode to different bytes") }
}

/// What is encoded comes back, by itself and as the difference from a base.
private func writeAndRead(_ input: [UInt8], elementSize: Int) {
  // Some are repeated, so that a plane is longer than what a sample takes.
  let repeats = !input.isEmpty && input.count % 16 == 0 ? 1 + 20_000 * elementSize / input.count : 1
  let raw = Array(repeatElement(input, count: repeats).joined())
  let base = Array(raw.reversed())
  let difference = zip(raw, base).map { $0 ^ $1 }
  var bytes = [UInt8](repeating: 0, count: raw.count)
  write(base, elementSize, .replace, over: &bytes)
  if bytes != base { fatalError("other bytes came back than were written") }
  write(difference, elementSize, .difference, over: &bytes)
  if bytes != raw { fatalError("other bytes came back than the difference stands for") }
}

private func write(
  _ raw: [UInt8], _ elementSize: Int, _ combination: PlaneCodec.Combination, over bytes: inout [UInt8]
) {
  do {
    let chunk = try PlaneCodec.encode(raw.span, elementSize: elementSize)
    var output = bytes.mutableSpan
    try PlaneCodec.decode(chunk.span, elementSize: elementSize, into: &output, at: 0..<raw.count, as: combination)
  } catch {
    fatalError("what was written cannot be read: \(error)")
  }
}

/// A chunk that is almost right gets further into the reader than most bytes do.
private func readAltered(_ raw: [UInt8], elementSize: Int, at position: Int, by change: UInt8) {
  guard var chunk = try? PlaneCodec.encode(raw.span, elementSize: elementSize) else { fatalError("cannot be encoded") }
  chunk[position % chunk.count] ^= change
  readChain([chunk], elementSize: elementSize, count: raw.count / elementSize)
}
