import Foundation

/// Keeps a second process from running the same sweep, until it is released or the process ends, however it does.
final class SweepLock {
  private let descriptor: Int32
  private let path: String

  /// Takes the lock of a sweep: that of a file beside the store, which is there while it is held.
  ///
  /// - Throws: ``Failure``: another process has it, or the file cannot be made.
  init(_ sweep: String, store: String) throws(Failure) {
    let path = Self.path(sweep, store)
    var descriptor: Int32
    repeat {
      descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw Failure(.cannotCreate, code: "cannotCreate", "\(path): cannot be made: \(Terminal.reason(errno))")
      }
      guard Self.take(descriptor) else {
        close(descriptor)
        throw Failure(
          .tryAgain, code: "busy",
          "the sweep \(sweep) is being run by another process; wait for its end, or look on: nnscore sweep show \(sweep)"
        )
      }
      // Whoever had it before may have removed the file in between.
      guard !Self.isFile(descriptor, at: path) else { break }
      close(descriptor)
    } while true
    (self.descriptor, self.path) = (descriptor, path)
  }

  /// Whether a process has the lock of a sweep.
  static func isHeld(_ sweep: String, store: String) -> Bool {
    let descriptor = unsafe open(path(sweep, store), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  private static func path(_ sweep: String, _ store: String) -> String { "\(store)-sweep-\(sweep)" }

  /// Takes the lock of a file, also where somebody just looks whether it is held.
  private static func take(_ descriptor: Int32) -> Bool {
    for _ in 0..<20 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      usleep(5000)
    }
    return false
  }

  private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
    var (held, found) = (stat(), stat())
    guard unsafe fstat(descriptor, &held) == 0, unsafe stat(path, &found) == 0 else { return false }
    return held.st_dev == found.st_dev && held.st_ino == found.st_ino
  }

  deinit {
    unsafe unlink(path)
    close(descriptor)
  }
}
