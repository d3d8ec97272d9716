import Foundation
import Testing

@Suite struct WatchCommandTests {
  @Test("watch prints what is in service and each change by another process", .timeLimit(.minutes(2)))
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
    #expect(try await watch.result().wasKilled)
  }
}
