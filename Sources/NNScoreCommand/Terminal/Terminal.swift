import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the process is connected to: the one file of this module that calls libc.
enum Terminal {
  /// Whether a file descriptor is a terminal that understands cursor movement.
  static func isInteractive(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Columns of the terminal behind a descriptor; `COLUMNS`, or 80, where there is none.
  static func width(_ descriptor: Int32) -> Int {
    var size = winsize()
    if unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.map { max($0, 20) } ?? 80
  }

  /// Whether the locale says that characters beyond ASCII may be printed.
  static var isUTF8: Bool {
    let environment = ProcessInfo.processInfo.environment
    let names = ["LC_ALL", "LC_CTYPE", "LANG"]
    let locale = names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    return locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
  }

  /// Whether colour is wanted on a descriptor: a terminal, and `NO_COLOR` not set.
  static func usesColor(_ descriptor: Int32) -> Bool {
    isInteractive(descriptor) && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Puts something that refuses every use in the place of standard streams that are closed. Otherwise the next file opened, the
  /// store perhaps, would get the number of standard output, and results would be written into it.
  static func holdClosedDescriptors() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
      unsafe _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// What the system calls an error number.
  static func reason(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
  }

  /// Writes text to standard error.
  static func note(_ text: String) {
    // Where standard error is closed there is nobody left to tell.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Calls `handler` once on SIGINT or SIGTERM instead of ending the process, until the returned value is released.
  static func onInterrupt(_ handler: @escaping @Sendable () -> Void) -> InterruptHandler {
    InterruptHandler(handler)
  }
}

/// Interrupts that are handled while this value lives.
final class InterruptHandler {
  private static let signals = [SIGINT, SIGTERM]
  private let sources: [any DispatchSourceSignal]

  fileprivate init(_ handler: @escaping @Sendable () -> Void) {
    sources = Self.signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        handler()
        // A second one ends the process at once.
        signal(number, SIG_DFL)
      }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in Self.signals { signal(number, SIG_DFL) }
  }
}
