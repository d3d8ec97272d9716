// swift-format-ignore-file: AlwaysUseLowerCamelCase

// nnscore_model: opening, closing and replaying.
import CKernels

/// What `nnscore_model` points to.
final class LibraryModel: Sendable {
  let packed: PackedModel
  /// Name, digest and labels, each with a zero behind it.
  private let texts: Region<UInt8>
  /// Where each of them begins.
  private let starts: [Int]

  private init(_ packed: PackedModel, texts: Region<UInt8>, starts: [Int]) {
    self.packed = packed
    self.texts = texts
    self.starts = starts
  }

  var model: Model { packed.model }

  /// The model that a pointer of the caller's stands for.
  static func of(_ pointer: OpaquePointer) -> LibraryModel {
    unsafe Unmanaged<LibraryModel>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
  }

  /// Reads a model file's bytes and packs the weights.
  static func open(_ file: Region<UInt8>, name: String) throws(InferenceError) -> LibraryModel {
    try requireMemory(for: file)
    let packed = try PackedModel(packing: Model(file, name: name))
    var starts: [Int] = []
    var bytes: [UInt8] = []
    for text in [packed.model.identity.name, packed.model.identity.digest] + packed.model.labels {
      starts.append(bytes.count)
      for byte in text.bytes {
        // U+FFFD for what would end the text.
        if byte == 0 { bytes += [0xef, 0xbf, 0xbd] } else { bytes.append(byte) }
      }
      bytes.append(0)
    }
    let texts = try Region<UInt8>(allocating: bytes.count)
    texts.copy(from: bytes)
    return LibraryModel(packed, texts: texts, starts: starts)
  }

  /// What a model file's header becomes takes at most so many times its own size, as each of its shortest elements becomes an array.
  private static let headerFactor = 64

  /// Reading a file copies its tensors and takes its header apart, by arrays that end the program where there is no memory for them.
  private static func requireMemory(for file: Region<UInt8>) throws(InferenceError) {
    // What begins otherwise is no model file, which says so itself.
    guard file.count > 8, file[8] == UInt8(ascii: "{") else { return }
    var header = 0
    for index in stride(from: 7, through: 0, by: -1) {
      header = header > SafetensorsHeader.maximumLength ? header : header << 8 | Int(file[index])
    }
    let parts = min(header, file.count, SafetensorsHeader.maximumLength) * headerFactor
    let (bytes, overflow) = file.count.addingReportingOverflow(parts)
    guard !overflow, nnk_has_memory(bytes) else {
      throw InferenceError.outOfMemory(bytes: (bytes, overflow))
    }
  }

  /// The name, the digest, and the labels from 2 on.
  func text(_ index: Int) -> UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(texts.base + starts[index]).assumingMemoryBound(to: CChar.self)
  }
}

/// Opens a model file.
@c @implementation
public func nnscore_model_open(
  _ path: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<nnscore_error>?
) -> nnscore_status {
  unsafe open(into: model, error) { () throws(LibraryError) in
    guard let path = unsafe path else { throw .null("path") }
    let name = unsafe shortened(path)
    return try inference { () throws(InferenceError) in
      try unsafe MappedFile.withBytes(ofFile: path, name: name) { (file: Region<UInt8>) throws(InferenceError) in
        try LibraryModel.open(file, name: name)
      }
    }
  }
}

/// Opens a model file in memory.
@c @implementation
public func nnscore_model_open_memory(
  _ bytes: UnsafeRawPointer?, _ count: Int, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<nnscore_error>?
) -> nnscore_status {
  unsafe open(into: model, error) { () throws(LibraryError) in
    guard count >= 0 else {
      throw LibraryError(Int(NNSCORE_INVALID_ARGUMENT), "count is larger than any memory: \(UInt(bitPattern: count))")
    }
    guard let bytes = unsafe bytes else {
      guard count == 0 else { throw .null("bytes") }
      return try inference { () throws(InferenceError) in try LibraryModel.open(Region(count: 0), name: "model") }
    }
    return try inference { () throws(InferenceError) in
      try unsafe LibraryModel.open(Region(lentBytes: bytes, count: count), name: "model")
    }
  }
}

private func open(
  into model: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<nnscore_error>?,
  _ body: () throws(LibraryError) -> LibraryModel
) -> nnscore_status {
  unsafe status(in: error) { () throws(LibraryError) in
    guard let model = unsafe model else { throw .null("model") }
    unsafe model.pointee = nil
    unsafe model.pointee = OpaquePointer(Unmanaged.passRetained(try body()).toOpaque())
  }
}

/// Runs a part of Inference.
func inference<Result>(_ body: () throws(InferenceError) -> Result) throws(LibraryError) -> Result {
  do throws(InferenceError) {
    return try body()
  } catch let error {
    throw LibraryError(error)
  }
}

/// A path for messages: of a long one the end, so that there is room for the reason.
private func shortened(_ path: UnsafePointer<CChar>) -> String {
  let most = 256
  var bytes: [UInt8] = []
  var length = 0
  while unsafe path[length] != 0 { length += 1 }
  for index in max(0, length - most)..<length { bytes.append(UInt8(bitPattern: unsafe path[index])) }
  guard length > most else { return String(decoding: bytes, as: UTF8.self) }
  return "…" + String(decoding: bytes.drop { $0 & 0xc0 == 0x80 }, as: UTF8.self)
}

/// Frees a model.
@c @implementation
public func nnscore_model_close(_ model: OpaquePointer?) {
  guard let model = unsafe model else { return }
  unsafe Unmanaged<LibraryModel>.fromOpaque(UnsafeRawPointer(model)).release()
}

/// Scores the golden examples again.
@c @implementation
public func nnscore_model_replay(
  _ model: OpaquePointer?, _ count: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<nnscore_error>?
) -> nnscore_status {
  if let count = unsafe count { unsafe count.pointee = 0 }
  return unsafe status(in: error) { () throws(LibraryError) in
    guard let model = unsafe model else { throw .null("model") }
    let packed = unsafe LibraryModel.of(model).packed
    let examples = try inference { () throws(InferenceError) in
      guard let golden = packed.model.golden else { return 0 }
      let bytes =
        2 * packed.network.workspaceBytes
        + 4 * (golden.outputs.count + packed.model.architecture.inputs + packed.model.architecture.outputs)
      guard nnk_has_memory(bytes) else { throw .outOfMemory(bytes: (bytes, false)) }
      return try packed.replayGolden()
    }
    if let count = unsafe count { unsafe count.pointee = examples }
  }
}
