import Glibc
import Testing

/// Lets libdeflate find no memory, for tests.
enum Decompressors {
  private typealias Allocate = @convention(c) (Int) -> UnsafeMutableRawPointer?
  private typealias Free = @convention(c) (UnsafeMutableRawPointer?) -> Void

  /// The thread for which there is none: other tests run at the same time.
  nonisolated(unsafe) private static var denied: pthread_t?

  /// Runs a body while there is no memory for a decompressor on this thread.
  static func denying(_ body: () throws -> Void) throws {
    let symbol = try unsafe #require(dlsym(nil, "libdeflate_set_memory_allocator"))
    let setAllocator = unsafe unsafeBitCast(symbol, to: (@convention(c) (Allocate, Free) -> Void).self)
    unsafe denied = pthread_self()
    unsafe setAllocator(
      { count in unsafe Decompressors.denied == pthread_self() ? nil : unsafe malloc(count) }, { unsafe free($0) })
    defer { unsafe denied = nil }
    try body()
  }
}
