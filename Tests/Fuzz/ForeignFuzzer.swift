// A libFuzzer target for the reader of other programs' safetensors, linked with ModelStore by Scripts/fuzz.

import Foundation
import Inference
import ModelStore

/// Where the inputs become a file: in memory where Linux has a folder for it.
private let path: String = {
  let memory = "/dev/shm"
  let folder = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
  return "\(folder)/nnscore-fuzz-\(ProcessInfo.processInfo.processIdentifier).safetensors"
}()

/// Sees to it that the file is gone at the end.
@_cdecl("LLVMFuzzerInitialize")
public func initializeForeignFuzzer(
  _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  atexit { try? FileManager.default.removeItem(atPath: path) }
  return 0
}

/// Reads bytes as a file of another program: as they are, and with the length of the header put right, so that the fuzzer gets past it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzForeignFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  var bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  importing(bytes)
  guard count > 8, let end = bytes.lastIndex(of: UInt8(ascii: "}")), end >= 8 else { return 0 }
  let length = UInt64(end - 7)
  for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: length >> (8 * UInt64(index))) }
  importing(bytes)
  return 0
}

/// What is accepted must be layers that fit, and become a version's draft that scores; what is not must say why.
private func importing(_ bytes: [UInt8]) {
  do { try Data(bytes).write(to: URL(fileURLWithPath: path)) } catch { fatalError("\(error)") }
  guard let file = read(nil), case .layers(let layers) = file.contents else { return }
  let names = layers.map(\.name)
  guard let again = read(names), case .layers(layers) = again.contents, again.digest == file.digest else {
    fatalError("with its own order the file is another: \(names)")
  }
  // Fits only where the widths do, which is an error like any other.
  _ = read(names.reversed())
  for (before, layer) in zip(layers, layers.dropFirst()) where layer.inputs != before.outputs {
    fatalError("\(layer.name) does not take what \(before.name) gives")
  }
  for layer in layers {
    let (weight, bias) = (layer.parameters.weight, layer.parameters.bias)
    guard weight.count == layer.inputs * layer.outputs, bias.count == layer.outputs,
      (weight + bias).allSatisfy(\.isFinite)
    else { fatalError("\(layer.name) has other numbers than its shape says, or some that are none") }
  }
  score(file, layers)
}

private func read(_ order: [String]?) -> ImportedFile? {
  do {
    return try ImportedFile(contentsOfFile: path, layers: order)
  } catch {
    let kinds: [StoreError.Code] = [.notAModelFile, .damaged, .goldenMismatch, .invalidDraft]
    guard kinds.contains(error.code), error.message.contains(path) else { fatalError("\(error.code): \(error)") }
    return nil
  }
}

private func score(_ file: ImportedFile, _ layers: [ImportedFile.Layer]) {
  let inputs = layers[0].inputs
  guard inputs <= 4096 else { return }
  do {
    let network = ImportedFile.Network(
      activations: layers.map { _ in .relu }, inputFormat: try InputFormat(height: 1, width: inputs, channels: 1),
      inputOrder: .chw)
    let draft = try file.draft(model: "fuzz", network: network)
    let model = try Model(
      architecture: draft.architecture, parameters: draft.parameters, inputFormat: draft.inputFormat,
      labels: draft.labels, identity: Model.Identity(name: "fuzz", number: 0, digest: ""))
    var scorer = try Scorer(model)
    let scores = try scorer.scores(of: [UInt8](repeating: 7, count: 3 * inputs))
    guard scores.count == 3 * model.architecture.outputs else { fatalError("\(scores.count) scores") }
  } catch { fatalError("what was accepted cannot be scored with: \(error)") }
}
