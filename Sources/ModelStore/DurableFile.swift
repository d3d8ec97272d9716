import Foundation
import Glibc

/// A file that is either not there or whole, whatever happens while it is written: the bytes go to a temporary sibling, which is
/// synced and given its name, and then the folder is synced. The one file that makes system calls, hence unsafe.
package enum DurableFile {
  /// Writes a file for the command line, in the place of one that is there.
  ///
  /// - Throws: ``StoreError`` with why the system refused.
  package static func replace(_ bytes: [UInt8], at path: String) throws(StoreError) {
    try write(bytes.span, to: path, replacing: true)
  }

  /// Writes a file.
  ///
  /// - Parameter permissions: who may read and write it; the process's `umask` takes away from that. A file that is replaced loses
  ///   the permissions that it had.
  /// - Throws: ``StoreError``: ``StoreError/Code/fileExists`` unless replacing is asked for, or why the system refused.
  static func write(
    _ bytes: Span<UInt8>, to path: String, replacing: Bool, permissions: mode_t = 0o666
  ) throws(StoreError) {
    let partial = try Partial(of: path, permissions: permissions)
    defer { partial.discard() }
    let file = unsafe open(partial.temporary, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure("cannot write", partial.target) }
    do {
      defer { close(file) }
      try write(bytes, to: file, partial.target)
    }
    try partial.finish(replacing: replacing)
  }

  /// A file in the making, under a name of its own beside the one that it will have.
  ///
  /// It is locked while it is made, so that the next one made for the same name can tell what a killed process left, and removes it.
  final class Partial {
    /// The path that it will have: that of the file a symbolic link leads to.
    let target: String
    /// The path that it has until ``finish(replacing:)``.
    let temporary: String
    private let lock: CInt
    private var isFinished = false

    /// Creates an empty file.
    ///
    /// - Parameters:
    ///   - path: the path that it will have.
    ///   - permissions: as those of chmod(2), less what the process's umask takes.
    init(of path: String, permissions: mode_t = 0o666) throws(StoreError) {
      target = try replaceable(path)
      removeAbandoned(besides: target)
      // Beside the target, so that giving it the name is one step; the name is as good as its randomness.
      temporary = "\(target).\(String(UInt64.random(in: .min ... .max), radix: 36)).partial"
      lock = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
      guard lock >= 0 else { throw failure("cannot create a file beside", target) }
      // Another process may have taken it for abandoned just now: then it is gone, which is an error when it gets its name.
      _ = flock(lock, LOCK_EX | LOCK_NB)
    }

    deinit { close(lock) }

    /// Syncs the file, gives it its name and syncs the folder. Whoever wrote to it must have closed it.
    func finish(replacing: Bool) throws(StoreError) {
      let file = unsafe open(temporary, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { throw failure("cannot sync", target) }
      do {
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("cannot sync", target) }
      }
      try name(temporary, target, replacing: replacing)
      isFinished = true
      try syncFolder(of: target)
    }

    /// Removes the file unless it has its name.
    func discard() {
      if !isFinished { unsafe _ = unlink(temporary) }
    }
  }

  /// Removes the files in the making beside a path whose makers are gone. That it cannot look or remove is nobody's concern.
  private static func removeAbandoned(besides target: String) {
    let url = URL(fileURLWithPath: target)
    let folder = url.deletingLastPathComponent()
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
      guard name.hasPrefix(url.lastPathComponent + "."), name.hasSuffix(".partial"),
        name.dropFirst(url.lastPathComponent.count + 1).dropLast(".partial".count).allSatisfy(\.isBase36)
      else { continue }
      let path = folder.appendingPathComponent(name).path
      let file = unsafe open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard file >= 0 else { continue }
      if flock(file, LOCK_EX | LOCK_NB) == 0 { for suffix in ["", "-journal"] { remove(path + suffix) } }
      close(file)
    }
  }

  /// Gives a file a second name, or where the file system has no links another name, and nothing is replaced.
  static func keep(_ path: String, as kept: String) throws(StoreError) {
    if unsafe link(path, kept) == 0 { return }
    guard [EPERM, EOPNOTSUPP, ENOSYS].contains(errno) else { throw failure("cannot keep the old file as", kept) }
    try move(path, to: kept)
  }

  /// Renames a file unless the name is taken.
  static func move(_ path: String, to other: String) throws(StoreError) {
    guard unsafe access(other, F_OK) != 0 else {
      errno = EEXIST
      throw failure("cannot rename a file to", other)
    }
    guard unsafe rename(path, other) == 0 else { throw failure("cannot rename a file to", other) }
  }

  /// Removes a file that may not be there.
  static func remove(_ path: String) { unsafe _ = unlink(path) }

  /// Whether a path names anything.
  static func exists(_ path: String) -> Bool {
    var information = stat()
    return unsafe lstat(path, &information) == 0
  }

  /// Whether two paths lead to one file.
  static func areSame(_ left: String, _ right: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard unsafe stat(left, &first) == 0, unsafe stat(right, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// The permissions of a file, for a copy of it; those of a new file if it is not there.
  static func permissions(of path: String) -> mode_t {
    var information = stat()
    return unsafe stat(path, &information) == 0 ? information.st_mode & 0o666 : 0o666
  }

  /// The size of a file in bytes; 0 if it is not there.
  static func size(of path: String) -> Int {
    var information = stat()
    return unsafe stat(path, &information) == 0 ? Int(information.st_size) : 0
  }

  private static func syncFolder(of target: String) throws(StoreError) {
    let folder = URL(fileURLWithPath: target).deletingLastPathComponent().path
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
    case EFBIG:
      return StoreError(
        .diskFull, "\(action) \(target): \(reason); raise the limit on file sizes (ulimit -f) and try again")
    case EIO: return StoreError(.inputOutput, "\(action) \(target): \(reason); check the disk")
    case ENOENT:
      let folder = URL(fileURLWithPath: target).deletingLastPathComponent().path
      return StoreError(
        .cannotCreate, "\(action) \(target): there is no folder \(folder); make it first, or correct the path")
    case EROFS, EACCES, EPERM:
      return StoreError(.cannotCreate, "\(action) \(target): \(reason); check the permissions of its folder")
    default: return StoreError(.cannotCreate, "\(action) \(target): \(reason)")
    }
  }
}

extension Character {
  /// Whether it is one of what `String(_:radix: 36)` writes numbers with.
  fileprivate var isBase36: Bool { ("0"..."9").contains(self) || ("a"..."z").contains(self) }
}
