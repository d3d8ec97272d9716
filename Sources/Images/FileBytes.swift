// The one file of this module that calls libc.
#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a file could not be read, without its name.
package enum FileReadError: Error, Sendable, Equatable {
  /// There is nothing at the path.
  case notFound
  /// There is something, but not a file of bytes: "a folder", "a pipe or device".
  case notAFile(String)
  /// The file has more bytes than allowed.
  case tooLarge(bytes: Int)
  /// Another answer of the operating system, in its words.
  case system(String)
}

/// Reading whole files and their beginnings.
package enum FileBytes {
  /// The bytes of a regular file, at most `maximum`.
  package static func read(path: String, maximum: Int) throws(FileReadError) -> [UInt8] {
    let (descriptor, size) = try open(path)
    defer { close(descriptor) }
    if size > maximum { throw .tooLarge(bytes: size) }
    return try read(descriptor, count: size)
  }

  /// The first bytes of a regular file, at most `count`.
  package static func prefix(path: String, count: Int) throws(FileReadError) -> [UInt8] {
    let (descriptor, size) = try open(path)
    defer { close(descriptor) }
    return try read(descriptor, count: min(size, count))
  }

  /// The size of a regular file in bytes.
  package static func size(path: String) throws(FileReadError) -> Int {
    let (descriptor, size) = try open(path)
    close(descriptor)
    return size
  }

  /// What to say where nothing is at a path. A name that is not UTF-8 cannot be asked for: `String` holds U+FFFD in place of what is
  /// wrong in it, wherever it came from, and no such file is found.
  package static func notFoundMessage(path: String, expected: String) -> String {
    let isRepaired = path.unicodeScalars.contains("\u{FFFD}")
    return "\(path): no such \(expected)"
      + (isRepaired ? "; the name of what was meant seems not to be UTF-8: rename it so that it is." : ".")
  }

  /// The bytes of a file of the kernel's (`/proc`, `/sys`), which has no size to ask for, at most `maximum`.
  package static func readUnsized(path: String, maximum: Int) throws(FileReadError) -> [UInt8] {
    let (descriptor, _) = try open(path)
    defer { close(descriptor) }
    return try read(descriptor, count: maximum)
  }

  /// The words of the operating system for an error number.
  package static func reason(_ errorNumber: Int32) -> String {
    unsafe strerror(errorNumber).map { unsafe String(cString: $0) } ?? "error \(errorNumber)"
  }

  private static func open(_ path: String) throws(FileReadError) -> (descriptor: Int32, size: Int) {
    // A path with a zero byte would be cut there by libc and name another file.
    if path.utf8.contains(0) { throw .notFound }
    // O_NONBLOCK: a pipe without a writer must not hang here; for regular files it has no effect.
    #if canImport(Musl)
      let descriptor = unsafe Musl.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    #else
      let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    #endif
    if descriptor < 0 {
      throw errno == ENOENT || errno == ENOTDIR ? .notFound : .system(reason(errno))
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let failure = errno
      close(descriptor)
      throw .system(reason(failure))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notAFile(status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a pipe or device")
    }
    return (descriptor, Int(status.st_size))
  }

  private static func read(_ descriptor: Int32, count: Int) throws(FileReadError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      while initializedCount < count {
        guard let start = buffer.baseAddress else { return }
        let got = unsafe pread(
          descriptor, start + initializedCount, count - initializedCount, off_t(initializedCount))
        if got > 0 {
          initializedCount += got
        } else if got == 0 {
          return  // Cut short since its size was asked for: the decoder will say so.
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    if failure != 0 { throw .system(reason(failure)) }
    return bytes
  }
}
