import CKernels

/// What Inference needs of the operating system, besides the kernels' table.
enum MappedFile {
  /// Maps a regular file, lends its bytes while `body` runs, and unmaps it.
  ///
  /// Danger: the file must not be truncated meanwhile (the kernel answers a read past its end with SIGBUS). Files that are
  /// replaced by rename, as `nnscore export` does it, never are.
  ///
  /// - Throws: ``InferenceError/Code/cannotOpen`` with the system's reason, ``InferenceError/Code/outOfMemory``, or what `body` throws.
  static func withBytes<Result>(
    ofFile path: String, _ body: (Region<UInt8>) throws(InferenceError) -> Result
  ) throws(InferenceError) -> Result {
    var terminated: [CChar] = path.utf8.map { CChar(bitPattern: $0) }
    guard !terminated.contains(0) else {
      throw InferenceError(.cannotOpen, "a path may not hold a zero byte")
    }
    terminated.append(0)
    return try unsafe withBytes(ofFile: terminated, name: path) { (bytes: Region<UInt8>) throws(InferenceError) in
      // What is read of it is copied, and a file with holes may say that it is larger than any memory.
      guard nnk_has_memory(bytes.count) else {
        throw InferenceError(
          .outOfMemory, "\(path): there is no memory for its \(bytes.count) bytes; free some, or use a smaller model")
      }
      return try body(bytes)
    }
  }

  /// The same for a path as the system takes it, ending in a zero byte.
  static func withBytes<Result>(
    ofFile path: UnsafePointer<CChar>, name: String, _ body: (Region<UInt8>) throws(InferenceError) -> Result
  ) throws(InferenceError) -> Result {
    var bytes: UnsafeRawPointer?
    var count = 0
    let code = unsafe nnk_map_file(path, &bytes, &count)
    guard code == 0 else {
      throw InferenceError(
        code == NNK_OUT_OF_MEMORY ? .outOfMemory : .cannotOpen,
        "\(name): cannot be opened: \(Kernels.errorText(code))")
    }
    defer { unsafe nnk_unmap_file(bytes, count) }
    guard let base = unsafe bytes else { return try body(Region(count: 0)) }
    return try body(unsafe Region(lentBytes: base, count: count))
  }
}
