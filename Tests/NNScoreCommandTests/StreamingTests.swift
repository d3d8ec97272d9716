import Foundation
import Testing

@Suite("Scoring streams", .enabled(if: Python.isThere, "no Python, which measures the memory of a command"))
struct StreamingTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Runs `nnscore`, its results going to a file, and returns its peak memory in KiB beside its exit code.
  private func peak(_ arguments: String...) async throws -> (kibibytes: Int, status: Int, errors: String) {
    let script = """
      import resource, subprocess, sys
      with open(sys.argv[1], "wb") as results:
          status = subprocess.call(sys.argv[2:], stdout=results)
      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, status)
      """
    let words = ([BuiltCommand.path] + arguments).map { "\"\($0)\"" }.joined(separator: " ")
    let python = Python.path ?? "python3"
    let result = try await workspace.shell("exec \"$1\" -c \"$2\" results \(words)", python, script)
    let numbers = result.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    try #require(numbers.count == 2, "\(result.errors)")
    return (numbers[0], numbers[1], result.errors)
  }

  private func lines(_ name: String) throws -> Int {
    try Data(contentsOf: workspace.folder.appendingPathComponent(name)).count { $0 == UInt8(ascii: "\n") }
  }

  @Test("20,000 rows of an IDX file need the memory of 500")
  func manyRows() async throws {
    // 64 × 64 pixels: the whole file is 82 MB, 500 rows are 2 MB.
    let few = try workspace.idx("few-images-idx3-ubyte", count: 500, side: 64)
    try workspace.file("few-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 1, 244] + (0..<500).map { UInt8($0 % 2) })
    try await workspace.succeed("train", "rows", "--data", few, "--iterations", "1", "--promote")
    let many = try workspace.idx("many-images-idx3-ubyte", count: 20_000, side: 64)
    let small = try await peak("score", "rows", few, "--format", "ndjson")
    let large = try await peak("score", "rows", many, "--format", "ndjson")
    #expect(large.status == 0, "\(large.errors)")
    #expect(try lines("results") == 20_000)
    #expect(large.kibibytes - small.kibibytes < 8 << 10, "\(small.kibibytes) KiB and \(large.kibibytes) KiB")
  }

  @Test("a folder of 20,000 pictures needs the memory of one of 500, and a bad one among them is one line")
  func manyFiles() async throws {
    try await workspace.trainDigits()
    let bad = try workspace.truncatedPNG("bad")
    for (folder, count) in [("few", 500), ("many", 20_000)] {
      try workspace.makeFolder(folder)
      for number in 0..<count {
        try FileManager.default.createSymbolicLink(
          atPath: workspace.path("\(folder)/\(number).png"),
          withDestinationPath: number == 333 ? bad : "\(Examples.samples)/\(number % 10)-\(number % 3).png")
      }
    }
    let small = try await peak("score", "digits", "few", "--json")
    let large = try await peak("score", "digits", "many", "--json")
    #expect(large.status == 1)
    #expect(try lines("results") == 20_002)
    let summary = try String(contentsOfFile: workspace.path("results"), encoding: .utf8).suffix(60)
    #expect(summary.contains("\"summary\":{\"failed\":1,\"scored\":19999}"), "\(summary)")
    // The folder's names are held: a few dozen bytes each.
    #expect(large.kibibytes - small.kibibytes < 8 << 10, "\(small.kibibytes) KiB and \(large.kibibytes) KiB")
  }

  @Test("results come while the list on standard input is still open")
  func liveList() async throws {
    try await workspace.trainDigits()
    try FileManager.default.copyItem(atPath: Examples.sample, toPath: workspace.path("x.png"))
    let script = """
      import subprocess, sys
      command = subprocess.Popen(
          [sys.argv[1], "score", "digits", "-", "--format", "ndjson", "--batch-size", "1", "--threads", "1"],
          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
      # Few enough that both pipes together hold them all.
      for _ in range(900):
          command.stdin.write("x.png\\n")
      command.stdin.flush()
      print(command.stdout.readline().startswith("{"))
      command.stdin.close()
      print(len(command.stdout.readlines()), command.wait())
      """
    let result = try await workspace.python(script, BuiltCommand.path)
    #expect(result.output == "True\n899 0\n", "\(result.errors)")
  }

  @Test("whoever stops sending paths gets the results of all that were sent, whatever the batch")
  func pause() async throws {
    try await workspace.trainDigits()
    try FileManager.default.copyItem(atPath: Examples.sample, toPath: workspace.path("x.png"))
    let script = """
      import signal, subprocess, sys
      signal.alarm(60)
      command = subprocess.Popen(
          [sys.argv[1], "score", "digits", "-", "--format", "ndjson", "--batch-size", "1000"],
          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
      for count in (40, 1, 7):
          command.stdin.write("x.png\\n" * count)
          # The beginning of a path is none yet.
          command.stdin.write("x.p")
          command.stdin.flush()
          print(sum(command.stdout.readline().startswith("{") for _ in range(count)))
          command.stdin.write("ng\\n")
          command.stdin.flush()
          print(command.stdout.readline().startswith("{"))
      command.stdin.write("\\n\\r\\nx.png")
      command.stdin.close()
      print(len(command.stdout.readlines()), command.wait())
      """
    let result = try await workspace.python(script, BuiltCommand.path)
    #expect(result.output == "40\nTrue\n1\nTrue\n7\nTrue\n1 0\n", "\(result.errors)")
  }

  @Test("Ctrl-C while a list is waited for ends with a whole document of what was scored")
  func interruptedList() async throws {
    try await workspace.trainDigits()
    try FileManager.default.copyItem(atPath: Examples.sample, toPath: workspace.path("x.png"))
    let script = """
      import json, os, signal, subprocess, sys
      signal.alarm(60)
      command = subprocess.Popen(
          [sys.argv[1], "score", "digits", "-", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
      command.stdin.write(b"x.png\\n" * 5)
      command.stdin.flush()
      text = b""
      while text.count(b"path") < 5:
          text += os.read(command.stdout.fileno(), 1 << 16)
      command.send_signal(signal.SIGINT)
      text += command.stdout.read()
      print(json.loads(text)["summary"], command.wait())
      """
    let result = try await workspace.python(script, BuiltCommand.path)
    #expect(result.output == "{'failed': 0, 'scored': 5} 130\n", "\(result.errors)")
  }

  @Test("a command that was started to ignore Ctrl-C goes on ignoring it")
  func ignoredInterrupt() async throws {
    try await workspace.trainDigits()
    try FileManager.default.copyItem(atPath: Examples.sample, toPath: workspace.path("x.png"))
    let script = """
      import signal, subprocess, sys, time
      signal.alarm(60)
      signal.signal(signal.SIGINT, signal.SIG_IGN)
      command = subprocess.Popen(
          [sys.argv[1], "score", "digits", "-", "--format", "ndjson"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
          text=True)
      command.stdin.write("x.png\\n")
      command.stdin.flush()
      print(command.stdout.readline().startswith("{"))
      command.send_signal(signal.SIGINT)
      time.sleep(0.5)
      command.stdin.write("x.png\\n")
      command.stdin.close()
      print(len(command.stdout.readlines()), command.wait())
      """
    let result = try await workspace.python(script, BuiltCommand.path)
    #expect(result.output == "True\n1 0\n", "\(result.errors)")
  }
}
