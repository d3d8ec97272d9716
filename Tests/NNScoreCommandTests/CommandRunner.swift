import Foundation
import Testing

/// What a finished command left behind.
struct CommandResult: Sendable {
  /// The exit code, or the number of the signal where `wasKilled`.
  let status: Int32
  let wasKilled: Bool
  let outputBytes: Data
  let errors: String
  /// From its start to its end, however late the test heard of that.
  let duration: Duration

  var output: String { String(decoding: outputBytes, as: UTF8.self) }

  /// The document on standard output.
  var json: JSON {
    get throws { try JSONDecoder().decode(JSON.self, from: outputBytes) }
  }
}

/// The `nnscore` that was built together with these tests.
enum BuiltCommand {
  /// Its path: beside the test bundle, whichever way that was started, or in the build folder of the package.
  static let path: String = {
    #if DEBUG
      let configuration = "debug"
    #else
      let configuration = "release"
    #endif
    let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    var folders: [URL] = []
    for start in CommandLine.arguments + [executable, Bundle.main.bundlePath] where start.hasPrefix("/") {
      var folder = URL(fileURLWithPath: start)
      while folder.path != "/" {
        folder.deleteLastPathComponent()
        folders.append(folder)
      }
    }
    folders.append(Examples.root.appendingPathComponent(".build/\(configuration)"))
    let candidates = folders.map { $0.appendingPathComponent("nnscore").path }
    return candidates.first {
      let attributes = try? FileManager.default.attributesOfItem(atPath: $0)
      return attributes?[.type] as? FileAttributeType == .typeRegular
        && FileManager.default.isExecutableFile(atPath: $0)
    } ?? "nnscore was not found beside \(executable)"
  }()
}

/// A command that runs, with its output going to files: however much it prints, it never waits for a reader.
final class RunningCommand: @unchecked Sendable {
  private let process = Process()
  private let output: URL
  private let errors: URL
  private let finished: AsyncStream<ContinuousClock.Instant>
  let began: ContinuousClock.Instant

  init(
    executable: String, arguments: [String], environment: [String: String], folder: URL, input: Data?
  ) throws {
    let name = UUID().uuidString
    output = folder.appendingPathComponent(".\(name).out")
    errors = folder.appendingPathComponent(".\(name).err")
    for file in [output, errors] { try Data().write(to: file) }
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = folder
    var handles = [try FileHandle(forWritingTo: output), try FileHandle(forWritingTo: errors)]
    process.standardOutput = handles[0]
    process.standardError = handles[1]
    if let input {
      let file = folder.appendingPathComponent(".\(name).in")
      try input.write(to: file)
      let handle = try FileHandle(forReadingFrom: file)
      process.standardInput = handle
      handles.append(handle)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    // Tests that a script runs in the background ignore it, which commands would inherit.
    signal(SIGINT, SIG_DFL)
    let (stream, continuation) = AsyncStream<ContinuousClock.Instant>.makeStream()
    finished = stream
    process.terminationHandler = { _ in
      continuation.yield(ContinuousClock.now)
      continuation.finish()
    }
    began = ContinuousClock.now
    try process.run()
    // The command has its own. Foundation reads past a buffer where a process that starts another has above 1,360 files open.
    for handle in handles { try handle.close() }
  }

  /// The whole lines that it has printed on standard output so far.
  func outputSoFar() throws -> String {
    let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
    return String(text.prefix(upTo: text.lastIndex(of: "\n") ?? text.startIndex))
  }

  var identifier: Int32 { process.processIdentifier }

  func send(_ signal: Int32) { kill(identifier, signal) }

  /// Sends a signal when `condition` holds, tried every few milliseconds, or after a minute.
  ///
  /// From a thread of its own, as ``interrupt(_:)`` does it.
  func send(_ signal: Int32, when condition: @escaping @Sendable () -> Bool) async {
    let process = identifier
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end, !condition() { usleep(2_000) }
        kill(process, signal)
        continuation.resume()
      }
    }
  }

  /// Sends a signal once standard error has a text.
  func send(_ signal: Int32, onceErrorsHave text: String) async {
    let errors = errors
    await send(signal) { (try? String(contentsOf: errors, encoding: .utf8).contains(text)) == true }
  }

  /// Sends a signal to a command that takes it itself, once it does and is at work, however long it takes to come so far.
  ///
  /// From a thread of its own: where all tests run at once, a task may sleep so long that the command has ended.
  func interrupt(_ signal: Int32 = SIGINT) async throws {
    let process = identifier
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        for _ in 0..<600 where !Self.takes(signal, process) { usleep(50_000) }
        usleep(300_000)
        kill(process, signal)
        continuation.resume()
      }
    }
  }

  /// A process says in /proc which signals it takes itself: bit 0 is that of signal 1.
  private static func takes(_ signal: Int32, _ process: Int32) -> Bool {
    let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
    let mask = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
    return mask >> (UInt64(signal) - 1) & 1 == 1
  }

  /// Waits for the end, once; a command that takes longer than `timeout` seconds is killed.
  func result(timeout: Double = 300) async throws -> CommandResult {
    let limit = DispatchWorkItem { [weak self] in self?.send(SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + timeout, execute: limit)
    var ended = began
    for await moment in finished { ended = moment }
    limit.cancel()
    return CommandResult(
      status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
      outputBytes: try Data(contentsOf: output),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self), duration: ended - began)
  }
}

/// A temporary folder with a store of its own, in which commands run.
final class Workspace: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appendingPathComponent("nnscore-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The path of something in the folder.
  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// Where the store is, made by the first command that registers something.
  var store: String { path("store.sqlite") }

  /// Nothing of the environment of the tests but what any program needs, and the store.
  private func environment(_ more: [String: String]) -> [String: String] {
    let base = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder.path,
      "LANG": "C.UTF-8", "NNSCORE_STORE": store,
    ]
    return base.merging(more) { $1 }
  }

  /// Starts `nnscore`.
  func start(
    _ arguments: [String], environment: [String: String] = [:], input: String? = nil
  ) throws -> RunningCommand {
    try RunningCommand(
      executable: BuiltCommand.path, arguments: arguments, environment: self.environment(environment), folder: folder,
      input: input.map { Data($0.utf8) })
  }

  /// Runs `nnscore` to its end.
  func run(
    _ arguments: String..., environment: [String: String] = [:], input: String? = nil, timeout: Double = 300
  ) async throws -> CommandResult {
    try await start(arguments, environment: environment, input: input).result(timeout: timeout)
  }

  /// Runs `nnscore`, which must succeed.
  @discardableResult
  func succeed(
    _ arguments: String..., environment: [String: String] = [:], input: String? = nil, timeout: Double = 300,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> CommandResult {
    let result = try await start(arguments, environment: environment, input: input).result(timeout: timeout)
    try #require(
      result.status == 0 && !result.wasKilled,
      "nnscore \(arguments.joined(separator: " ")) ended with \(result.status): \(result.errors)",
      sourceLocation: sourceLocation)
    return result
  }

  /// Runs a shell script in which `$0` is `nnscore` and `$1` … are the arguments.
  func shell(_ script: String, _ arguments: String..., environment: [String: String] = [:]) async throws
    -> CommandResult
  {
    try await RunningCommand(
      executable: "/bin/sh", arguments: ["-c", script, BuiltCommand.path] + arguments,
      environment: self.environment(environment), folder: folder, input: nil
    ).result()
  }

  /// Runs a Python script, whose further arguments are `sys.argv[1:]`.
  func python(_ script: String, _ arguments: String..., input: String? = nil) async throws -> CommandResult {
    try await RunningCommand(
      executable: Python.path ?? "/usr/bin/python3", arguments: ["-c", script] + arguments,
      environment: environment([:]), folder: folder, input: input.map { Data($0.utf8) }
    ).result()
  }

  /// The numbers of a model's versions in the store; none where there is no store or no such model.
  func versions(of model: String, store: String? = nil) async throws -> [Int] {
    let result = try await run("versions", model, "--json", "--store", store ?? self.store)
    if result.status == 66 { return [] }
    return try result.json["versions"].array.compactMap { $0["version"].integer }
  }
}
