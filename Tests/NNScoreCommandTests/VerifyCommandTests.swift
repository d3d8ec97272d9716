import Foundation
import Testing

/// verify on the built command.
@Suite struct VerifyCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test(
    "a store is verified by as many threads as were asked for, with the same answer")
  func threads() async throws {
    for hidden in ["3", "4", "3"] { try await workspace.trainTiny("--hidden", hidden) }
    func answer(_ threads: String) async throws -> String {
      let text = try await workspace.succeed("verify", "--threads", threads).output
      let lines = text.split(separator: "\n")
      try #require(lines.count == 2, "\(text)")
      #expect(lines[0] == "3 versions, 6 golden examples, 3 ledger entries: sound")
      let measured = try #require(lines[1].range(of: " in "))
      // The rate of so small a store is that of opening it, and is not said.
      #expect(!lines[1].contains("GB/s") && lines[1][..<measured.lowerBound].hasSuffix(" raw"))
      return String(lines[1][..<measured.lowerBound])
    }
    let one = try await answer("1")
    for threads in ["2", "5"] { #expect(try await answer(threads) == one) }
    for threads in ["0", "-1", "4000", "x"] {
      #expect(try await workspace.run("verify", "--threads", threads).status == 64)
    }
  }
}
