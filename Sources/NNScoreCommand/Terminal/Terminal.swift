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
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.map { min(max($0, 20), 65_535) } ?? 80
  }

  /// The columns that a result may take: those of the terminal that standard output is, any number where it is none.
  static var resultColumns: Int { isInteractive(1) ? width(1) : .max }

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

  /// Lets SIGINT, SIGTERM and SIGHUP end the process where whoever started it had blocked them, as a supervisor may that takes its own
  /// signals from a descriptor: a mask is inherited, and a command that waits could be ended by SIGKILL alone. What was ignored
  /// (`nohup`) stays ignored. To be called before there are other threads, which take the mask over.
  static func admitInterrupts() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, number) }
    unsafe _ = pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Makes a write past the limit on file sizes (`ulimit -f`) an error like a full disk, where the system would end the process.
  static func refuseToDieOfLargeFiles() { _ = signal(SIGXFSZ, SIG_IGN) }

  /// Waits at most so long for bytes, or the end, that can be read from a descriptor.
  static func isReadable(_ descriptor: Int32, within milliseconds: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, milliseconds) > 0
  }

  /// The bytes that a descriptor has now, at most so many; none at its end and where it cannot be read.
  static func read(_ descriptor: Int32, upTo count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      var got = 0
      repeat {
        #if canImport(Musl)
          got = unsafe Musl.read(descriptor, buffer.baseAddress, count)
        #else
          got = unsafe Glibc.read(descriptor, buffer.baseAddress, count)
        #endif
      } while got < 0 && (errno == EINTR || errno == EAGAIN)
      initializedCount = max(0, got)
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

  /// Calls `handler` once on SIGINT, SIGTERM or SIGHUP (a terminal that was closed) instead of ending the process, until the returned
  /// value is released.
  static func onInterrupt(_ handler: @escaping @Sendable () -> Void) -> InterruptHandler {
    InterruptHandler(handler)
  }
}

/// Interrupts that are handled while this value lives. A signal that the process was started to ignore, as `nohup` or a script's
/// `&` has it, stays ignored.
final class InterruptHandler {
  private let signals: [Int32]
  private let sources: [any DispatchSourceSignal]

  fileprivate init(_ handler: @escaping @Sendable () -> Void) {
    signals = [SIGINT, SIGTERM, SIGHUP].filter { number in
      let before = signal(number, SIG_DFL)
      let isIgnored = unsafe unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
      if isIgnored { signal(number, SIG_IGN) }
      return !isIgnored
    }
    // A source is there some time after it was resumed. Were the signals ignored until then, one that came early would be lost; so until
    // then they end the process, and whoever sees what it prints after this knows that it stops in order.
    let registered = DispatchSemaphore(value: 0)
    sources = signals.map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        handler()
        // A second one ends the process at once.
        signal(number, SIG_DFL)
      }
      source.setRegistrationHandler { registered.signal() }
      source.resume()
      return source
    }
    for _ in signals { registered.wait() }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in signals { signal(number, SIG_DFL) }
  }
}
