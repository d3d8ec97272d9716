import Foundation
import Glibc

/// A file that is either not there or whole, whatever happens while it is written: the bytes go to a temporary sibling, which is
/// synced and given its name, and then the folder is synced. The one file that makes system calls, hence unsafe.
enum DurableFile {
  /// Writes a file.
  ///
  /// - Parameter permissions: who may read and write it; the process's `umask` takes away from that. A file that is replaced loses
  ///   the permissions that it had.
  /// - Throws: ``StoreError``: ``StoreError/Code/fileExists`` unless replacing is asked for, or why the system refused.
  static func write(
    _ bytes: Span<UInt8>, to path: String, replacing: Bool, permissions: mode_t = 0o666
  ) throws(StoreError) {
    let target = try replaceable(path)
    let folder = URL(fileURLWithPath: target).deletingLastPathComponent().path
    // Beside the target, so that giving it the name is one step; the name is as good as its randomness.
    let temporary = "\(target).\(String(UInt64.random(in: .min ... .max), radix: 36)).partial"
    let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
    guard file >= 0 else { throw failure("cannot create a file beside", target) }
    var isNamed = false
    defer { if !isNamed { unsafe _ = unlink(temporary) } }
    do {
      defer { close(file) }
      try write(bytes, to: file, target)
      guard fsync(file) == 0 else { throw failure("cannot sync", target) }
    }
    try name(temporary, target, replacing: replacing)
    isNamed = true
    let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw failure("wrote the file but cannot open the folder of", target) }
    defer { close(directory) }
    // Some file systems have no way to sync a folder and say EINVAL.
    guard fsync(directory) == 0 || errno == EINVAL else {
      throw failure("wrote the file but cannot sync the folder of", target)
    }
  }

  /// The path to write to: that of the file a symbolic link leads to, and never that of a device, pipe, socket or folder, which a
  /// rename would replace by a file.
  private static func replaceable(_ path: String) throws(StoreError) -> String {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw StoreError(.cannotCreate, "the path of the file to write is empty or holds a zero byte; give a file's path")
    }
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    var information = stat()
    guard unsafe lstat(target, &information) == 0 else { return target }
    let kind = information.st_mode & S_IFMT
    guard kind != S_IFREG else { return target }
    let name =
      switch kind {
      case S_IFDIR: "a folder"
      case S_IFLNK: "a link that leads nowhere"
      case S_IFIFO: "a pipe"
      case S_IFSOCK: "a socket"
      default: "a device"
      }
    throw StoreError(
      .cannotCreate, "\(path) is \(name), which a file does not replace; choose another name")
  }

  private static func write(_ bytes: Span<UInt8>, to file: CInt, _ target: String) throws(StoreError) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.extracting(written...).withUnsafeBytes {
        unsafe Glibc.write(file, $0.baseAddress, $0.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("cannot write", target) }
      written += count
    }
  }

  /// Gives the finished file its name; a link, unlike a rename, refuses in one step to replace what is there.
  private static func name(_ temporary: String, _ target: String, replacing: Bool) throws(StoreError) {
    if !replacing {
      if unsafe link(temporary, target) == 0 {
        unsafe _ = unlink(temporary)
        return
      }
      guard [EPERM, EOPNOTSUPP, ENOSYS].contains(errno) else { throw failure("cannot write", target) }
      // A file system without links: looking first is the best there is.
      guard unsafe access(target, F_OK) != 0 else {
        errno = EEXIST
        throw failure("cannot write", target)
      }
    }
    guard unsafe rename(temporary, target) == 0 else { throw failure("cannot write", target) }
  }

  private static func failure(_ action: String, _ target: String) -> StoreError {
    let number = errno
    let reason = unsafe String(cString: strerror(number))
    switch number {
    case EEXIST:
      return StoreError(.fileExists, "\(target) exists already; choose another name, or ask for it to be replaced")
    case ENOSPC, EDQUOT:
      return StoreError(.diskFull, "\(action) \(target): \(reason); free some space and try again")
    case EIO: return StoreError(.inputOutput, "\(action) \(target): \(reason); check the disk")
    case EROFS, EACCES, EPERM:
      return StoreError(.cannotCreate, "\(action) \(target): \(reason); check the permissions of its folder")
    default: return StoreError(.cannotCreate, "\(action) \(target): \(reason)")
    }
  }
}
