// A libFuzzer target for what reads labelled sets, linked with Datasets by Scripts/fuzz: IDX files, gzip or not, and manifests.

import Datasets
import Foundation
import Images

/// Where the inputs become files: in memory where Linux has a folder for it.
private let folder: String = {
  let memory = "/dev/shm"
  let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
  return "\(parent)/nnscore-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
}()

/// The pictures that a manifest can name.
private let pictures = ["a.png", "b/c.png"]

/// Of a shape of its own each.
private func makePictures() {
  do {
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder + "/b", withIntermediateDirectories: true)
    for (index, name) in pictures.enumerated() {
      let picture = PNGFile(width: 2 + index, height: 2, channels: 1, samples: Array(0..<UInt8(4 + 2 * index)))
      try Data(picture.bytes(filter: { _ in 0 })).write(to: URL(fileURLWithPath: folder + "/" + name))
    }
  } catch { fatalError("\(error)") }
}

/// Makes what a manifest can name.
@_cdecl("LLVMFuzzerInitialize")
public func initializeDatasetFuzzer(
  _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  atexit { try? FileManager.default.removeItem(atPath: folder) }
  makePictures()
  return 0
}

/// Reads bytes as a labelled set. The first says how: as a manifest of the pictures there are, or as an IDX file of images; then the two
/// that follow say where that of labels begins.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDataset(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard bytes.count > 3 else { return 0 }
  let kind = LabelledSet.Kind?.allKinds[Int(bytes[0] / 2) % 4]
  if bytes[0] % 2 == 0 {
    let path = write(bytes[1...], as: "labels.csv")
    load(path, kind: kind, rule: bytes.count % 2 == 0 ? try? ImageRule(height: 3, width: 2, channels: 3) : nil)
  } else {
    let rest = bytes[3...]
    let split = rest.startIndex + min(rest.count, Int(bytes[1]) << 8 | Int(bytes[2]))
    let images = write(rest[..<split], as: "train-images-idx3-ubyte")
    _ = write(rest[split...], as: "train-labels-idx1-ubyte")
    load(images, kind: kind, rule: nil)
    score(images)
  }
  return 0
}

extension LabelledSet.Kind? {
  fileprivate static let allKinds: [Self] = [nil, .classes, .labels, .quantities]
}

private func write(_ bytes: ArraySlice<UInt8>, as name: String) -> String {
  let path = folder + "/" + name
  do { try Data(bytes).write(to: URL(fileURLWithPath: path)) } catch { fatalError("\(error)") }
  return path
}

/// A set must have a place for each of its values; what is not read must say why.
private func load(_ path: String, kind: LabelledSet.Kind?, rule: ImageRule?) {
  do {
    let set = try LabelledSet.load(path: path, rule: rule, kind: kind, availableMemory: 64 << 20)
    guard set.count > 0, set.pixels.count == set.count * (set.shape.valueCount ?? 0),
      set.labels.allSatisfy(set.classNames.indices.contains), kind == nil || set.targets.kind == kind
    else { fatalError("\(set.count) examples of \(set.shape), \(set.pixels.count) pixels, \(set.classNames)") }
  } catch {
    guard error.message.hasPrefix(folder) else { fatalError("\(error)") }
  }
}

/// All examples of a file, until one is no row.
private func score(_ path: String) {
  for item in ScoringItems(path: path) {
    switch item {
    case .row(_, _, let pixels, let shape):
      guard pixels.count == shape.valueCount else { fatalError("\(shape), \(pixels.count) pixels") }
    case .image: return
    case .failure(_, let error):
      guard error.message.hasPrefix(folder) else { fatalError("\(error)") }
      return
    }
  }
}
