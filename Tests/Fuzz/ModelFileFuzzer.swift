// A libFuzzer target for the model file's reader, compiled into one module with Inference by Scripts/fuzz.
import Glibc

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

/// A model in 8 bits with golden examples, as a seed in the corpus, which is below the current folder.
@_cdecl("LLVMFuzzerInitialize")
public func writeSeed(
  _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  func layer(inputs: Int, outputs: Int, scale: Float, zeroPoint: UInt8) -> QuantizedLayer {
    QuantizedLayer(
      weight: (0..<inputs * outputs).map { Int8($0 * 37 % 65 - 32) },
      weightScale: [Float](repeating: 0.001, count: outputs), bias: [Float](repeating: 0.5, count: outputs),
      inputScale: scale, inputZeroPoint: zeroPoint)
  }
  do {
    let architecture = try Architecture(
      inputs: 70, layers: [.init(outputs: 5, activation: .relu), .init(outputs: 3, activation: .softmax)])
    func model(_ golden: GoldenExamples?) throws(InferenceError) -> Model {
      try Model(
        architecture: architecture,
        parameters: .int8(
          QuantizedParameters(layers: [
            layer(inputs: 70, outputs: 5, scale: 1, zeroPoint: 0),
            layer(inputs: 5, outputs: 3, scale: 0.01, zeroPoint: 9),
          ])),
        inputFormat: InputFormat(height: 7, width: 10, channels: 1, scale: 1), labels: ["a", "b", "c"],
        identity: Model.Identity(name: "seed", number: 1, digest: ""), golden: golden)
    }
    let golden = try GoldenExamples(scoring: .uint8([UInt8](repeating: 9, count: 70)), with: PackedModel(model(nil)))
    let file = ModelFile.encode(try model(golden))
    guard let stream = unsafe fopen("corpus/eight-bits", "wb") else { return 0 }
    _ = unsafe fwrite(file, 1, file.count, stream)
    _ = unsafe fclose(stream)
  } catch {
    fatalError("the seed cannot be made: \(error)")
  }
  return 0
}

/// What is accepted must write and read the same, and score without a crash, with the same bits on every instruction set.
private func read(_ bytes: [UInt8]) {
  guard let model = try? Model(bytes: bytes.span, name: "fuzz") else { return }
  guard let again = try? Model(bytes: ModelFile.encode(model).span, name: "again"),
    ModelFile.encode(again) == ModelFile.encode(model)
  else { fatalError("a model that was read cannot be written and read again") }
  var expected: [UInt32]?
  for set in InstructionSet.allCases where set.isSupported {
    let found = scores(model, on: set)
    guard found == expected ?? found else { fatalError("\(set) has other scores") }
    expected = found
  }
  // Golden examples from outside may be wrong, which is an error like any other.
  do {
    let count = try model.replayGolden()
    guard count == model.golden?.count ?? 0 else { fatalError("\(count) golden examples were replayed") }
  } catch {
    guard error.code == .goldenMismatch else { fatalError("golden examples cannot be replayed: \(error)") }
  }
}

/// The scores of a row, of a few and of many enough for whole tiles, of bytes and of floats, which need not be of the model's type.
private func scores(_ model: Model, on set: InstructionSet) -> [UInt32] {
  var result: [UInt32] = []
  do {
    var scorer = Scorer(try PackedModel(model, instructionSet: set))
    for count in [1, 3, 14] {
      let elements = count * model.architecture.inputs
      let bytes = (0..<elements).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      let floats = (0..<elements).map { $0 % 97 == 96 ? Float.infinity : Float($0 % 61) / 8 }
      for part in [try scorer.scores(of: bytes), try scorer.scores(of: floats)] {
        guard part.count == count * model.architecture.outputs else { fatalError("\(part.count) scores") }
        result += part.map(\.bitPattern)
      }
    }
  } catch {
    fatalError("a model that was read cannot be scored with: \(error)")
  }
  return result
}
