// A libFuzzer target for the opening and reading of stores, linked with ModelStore by Scripts/fuzz, together with what the tests
// ask of hostile stores.

import Foundation
import Inference
import ModelStore

/// Where the inputs become files: in memory where Linux has a folder for it.
private let folder: String = {
  let memory = "/dev/shm"
  let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
  return "\(parent)/nnscore-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
}()

private let seed = "corpus/small-store"

/// What each digest of the seed answers.
private let known: [String: [UInt8]] = {
  let exercise = StoreExercise(seed)
  guard exercise.mishaps.isEmpty, !exercise.models.isEmpty else { fatalError("the seed: \(exercise.errors)") }
  return Dictionary(exercise.models.values.map { ($0.identity.digest, contents(of: $0)) }, uniquingKeysWith: { $1 })
}()

/// Makes the seed: a store of small pages with something of everything.
@_cdecl("LLVMFuzzerInitialize")
public func initializeStoreFuzzer(
  _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  atexit { try? FileManager.default.removeItem(atPath: folder) }
  guard !FileManager.default.fileExists(atPath: seed) else { return 0 }
  do {
    try SmallStore.make(seed + ".partial", pageSize: pageSize)
    try FileManager.default.moveItem(atPath: seed + ".partial", toPath: seed)
  } catch { fatalError("\(error)") }
  return 0
}

/// The page size of the seed, the smallest that there is: what is changed is likely to count.
private let pageSize = 512

/// What decides a model's answers, as a model file: not the number of the version, which other versions of that digest have.
private func contents(of model: Model) -> [UInt8] {
  do {
    return ModelFile.encode(
      try Model(
        architecture: model.architecture, parameters: model.modelParameters, inputFormat: model.inputFormat,
        labels: model.labels, identity: Model.Identity(name: "fuzz", number: 1, digest: model.identity.digest)))
  } catch { fatalError("\(error)") }
}

/// Opens bytes as a store and asks everything of it. Each answer must be a result or an error, and a model the one of its digest.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzStore(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  do {
    // Nothing that an input left behind reaches the next one.
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: folder + "/store.sqlite"))
  } catch { fatalError("\(error)") }
  // Changing it in every way takes several times as long as reading it.
  let writes = bytes.reduce(0, &+) % 8 == 0
  let exercise = StoreExercise(
    folder + "/store.sqlite", mode: writes ? .readWrite : .readOnly, writingTo: writes ? folder : nil, of: 1)
  if let mishap = exercise.mishaps.first { fatalError(mishap) }
  for (reference, model) in exercise.models {
    guard contents(of: model) == known[model.identity.digest] ?? contents(of: model) else {
      fatalError("\(reference) has the digest of another model")
    }
  }
  return 0
}

/// Changes bytes where they are. Inserted or removed ones, as libFuzzer makes them, would move all pages after them, and SQLite
/// would refuse the file at once.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutateStore(
  _ start: UnsafeMutablePointer<UInt8>?, _ count: Int, _ maximum: Int, _ seed: CUnsignedInt
) -> Int {
  guard let start = unsafe start, count > pageSize else { return count }
  let bytes = unsafe UnsafeMutableBufferPointer(start: start, count: count)
  var generator = SeededGenerator(UInt64(seed))
  for _ in 0..<Int.random(in: 1...4, using: &generator) {
    // Most of the bytes are free or belong to texts; those at the beginning of a page say what the page is.
    let page = Int.random(in: 0..<count / pageSize, using: &generator) * pageSize
    let place = page + Int.random(in: 0..<(Bool.random(using: &generator) ? 48 : pageSize), using: &generator)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: unsafe bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: unsafe bytes[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
    case 2: unsafe bytes[place] = UInt8.random(in: 0...255, using: &generator)
    default:
      // What is right somewhere else: another page's pointers, a row of another table.
      let length = min(Int.random(in: 1...64, using: &generator), count - place)
      let source = Int.random(in: 0...count - length, using: &generator)
      let copy = unsafe Array(bytes[source..<source + length])
      for (index, byte) in copy.enumerated() { unsafe bytes[place + index] = byte }
    }
  }
  return count
}
