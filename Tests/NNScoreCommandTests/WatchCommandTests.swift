import Foundation
import Testing

@Suite struct WatchCommandTests {
  @Test("watch prints what is in service and each change by another process", .timeLimit(.minutes(10)))
  func lines() async throws {
    let workspace = try Workspace()
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--hidden", "2")
    let watch = try workspace.start(["watch", "tiny", "--every", "50", "--json"])
    defer { watch.send(SIGKILL) }
    func events() throws -> [String] {
      try watch.outputSoFar().split(separator: "\n").map { line in
        let json = try JSON(String(line))
        return "\(json["event"].string ?? "") \(json["version"].integer ?? 0)"
      }
    }
    func wait(for count: Int) async throws {
      for _ in 0..<1000 where try events().count < count { try await Task.sleep(for: .milliseconds(10)) }
    }
    try await wait(for: 1)
    var expected = ["serving 1"]
    for (arguments, event) in [
      (["promote", "tiny@2"], "serving 2"), (["rollback", "tiny"], "serving 1"), (["retire", "tiny"], "retired 0"),
    ] {
      _ = try await workspace.start(arguments).result()
      expected.append(event)
      try await wait(for: expected.count)
      #expect(try events() == expected)
    }
    watch.send(SIGKILL)
    let result = try await watch.result()
    #expect(result.wasKilled && result.errors.isEmpty)
  }

  /// Starts a command with signals blocked, waits for its first line, sends it one of them, and prints how it ended.
  private static let blocked = """
    import signal, subprocess, sys
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    watch = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE)
    watch.stdout.readline()
    watch.send_signal(int(sys.argv[1]))
    try: print(watch.wait(timeout=60))
    except subprocess.TimeoutExpired:
        watch.kill()
        print("it had to be killed")
    """

  @Test(
    "watch ends by SIGTERM, SIGINT and SIGHUP although whoever started it had blocked them",
    .enabled(if: Python.isThere, "no Python"), .timeLimit(.minutes(10)), arguments: [SIGTERM, SIGINT, SIGHUP])
  func blockedSignals(number: Int32) async throws {
    let workspace = try Workspace()
    try await workspace.trainTiny("--promote")
    let result = try await workspace.python(Self.blocked, "\(number)", BuiltCommand.path, "watch", "tiny")
    #expect(result.output == "-\(number)\n", "\(result.errors)")
  }

  @Test("watch says that it waits where nothing is in service", .timeLimit(.minutes(10)))
  func nothing() async throws {
    let workspace = try Workspace()
    try await workspace.trainTiny()
    for model in ["tiny", "nope"] {
      let result = try await workspace.shell(#"timeout --signal KILL 3 "$0" watch "$1"; true"#, model)
      // The shell adds that it was killed.
      #expect(result.errors.hasPrefix("nnscore: no version of \(model) is in service; waiting for one\n"))
    }
  }
}
