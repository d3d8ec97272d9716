// A libFuzzer target for the model file's reader, compiled into one module with Inference by Scripts/fuzz.

/// Reads bytes as a model file, as they are and with the checksum put right, so that the fuzzer gets past it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzModelFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  var bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  read(bytes)
  let marker = [UInt8]("\"nnscore.checksum\":\"xxh64:".utf8)
  guard bytes.count > marker.count + 16 else { return 0 }
  for index in 0..<bytes.count - marker.count - 16 where bytes[index..<index + marker.count].elementsEqual(marker) {
    let digits = index + marker.count..<index + marker.count + 16
    let checksum = ModelFile.hexadecimal(bytes.span.withRegion { $0.checksum(masking: digits) })
    bytes.replaceSubrange(digits, with: checksum)
    read(bytes)
    break
  }
  return 0
}

/// What is accepted must write and read the same, and score without a crash.
private func read(_ bytes: [UInt8]) {
  guard let model = try? Model(bytes: bytes.span, name: "fuzz") else { return }
  guard let again = try? Model(bytes: ModelFile.encode(model).span, name: "again"),
    ModelFile.encode(again) == ModelFile.encode(model), var scorer = try? Scorer(model),
    let scores = try? scorer.scores(of: [UInt8](repeating: 7, count: 3 * model.architecture.inputs)),
    scores.count == 3 * model.architecture.outputs
  else { fatalError("a model that was read cannot be written, read again and scored with") }
  // Golden examples from outside may be wrong, which is an error like any other.
  do {
    let count = try model.replayGolden()
    guard count == model.golden?.count ?? 0 else { fatalError("\(count) golden examples were replayed") }
  } catch {
    guard error.code == .goldenMismatch else { fatalError("golden examples cannot be replayed: \(error)") }
  }
}
