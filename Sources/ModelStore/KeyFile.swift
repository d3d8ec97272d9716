import Foundation
import Glibc

/// The bytes of a key file. It makes system calls, hence unsafe.
enum KeyFile {
  /// More than any key has; nothing larger is read.
  private static let maximumSize = 1 << 16

  /// Reads a regular file, or where `orPipe` a pipe, as `<(command)` of a shell names one.
  ///
  /// - Returns: the bytes, and whether the file's permissions let others than its owner read or change it.
  /// - Throws: ``StoreError/Code/cannotOpen``, or ``StoreError/Code/invalidKey`` for what can be no key.
  static func read(_ path: String, orPipe: Bool = false) throws(StoreError) -> (bytes: Data, isExposed: Bool) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw StoreError(.cannotOpen, "the path of the key file is empty or holds a zero byte; give a file's path")
    }
    // A pipe that nobody writes to must not hang what asks for a file.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (orPipe ? 0 : O_NONBLOCK))
    guard descriptor >= 0 else {
      throw StoreError(.cannotOpen, "\(path): the key file cannot be opened: \(reason())")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0 else {
      throw StoreError(.inputOutput, "\(path): the key file cannot be read: \(reason())")
    }
    let kind = information.st_mode & S_IFMT
    guard kind == S_IFREG || (orPipe && kind == S_IFIFO) else {
      throw notAKey(path, found: kind == S_IFDIR ? "a folder" : kind == S_IFIFO ? "a pipe" : "a device or socket")
    }
    var bytes = Data()
    do {
      while bytes.count <= maximumSize, let more = try handle.read(upToCount: maximumSize + 1 - bytes.count),
        !more.isEmpty
      {
        bytes += more
      }
    } catch {
      throw StoreError(.inputOutput, "\(path): the key file cannot be read: \(error.localizedDescription)")
    }
    guard bytes.count <= maximumSize else {
      throw notAKey(path, found: "a file of more than \(maximumSize) bytes")
    }
    let others = S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH
    return (bytes, kind == S_IFREG && information.st_mode & others != 0)
  }

  private static func reason() -> String { unsafe String(cString: strerror(errno)) }

  private static func notAKey(_ path: String, found: String) -> StoreError {
    StoreError(.invalidKey, "\(path): expected a file with an Ed25519 key (PEM), found \(found)")
  }
}
