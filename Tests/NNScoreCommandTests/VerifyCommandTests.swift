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
  }

  @Test("absurd numbers of threads are refused by every command that takes one, and more than there are cores will do")
  func absurdThreads() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--hidden", "2")
    let commands = [
      ["verify"], ["score", "tiny", "set"], ["evaluate", "tiny", "--data", "set"],
      ["diff", "tiny@1", "tiny@2", "--data", "set"], ["train", "tiny", "--data", "set", "--iterations", "1"],
    ]
    for command in commands {
      for threads in ["0", "-1", "1025", "1000000000", "1000000000000000000000", "x"] {
        let result = try await workspace.start(command + ["--threads", threads]).result()
        #expect(result.status == 64 && result.output == "", "\(command)")
        #expect(result.errors.contains("--threads") && result.errors.contains(threads), "\(result.errors)")
      }
      let many = try await workspace.start(command + ["--threads", "200"]).result()
      #expect(many.status == 0, "\(command): \(many.errors)")
    }
  }

  @Test(
    "what is damaged comes with one advice at the end, and the store's path once; what is only not trusted comes without",
    .enabled(if: Python.isThere, "no Python"))
  func advice() async throws {
    try await workspace.trainTiny("--promote")
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()"
    try FileManager.default.copyItem(atPath: workspace.store, toPath: workspace.path("schema.sqlite"))
    let changed = try await workspace.python(script, workspace.path("schema.sqlite"), "CREATE TABLE stray (a)")
    #expect(changed.status == 0, "\(changed.errors)")
    let schema = try await workspace.run("verify", "--store", "schema.sqlite")
    let advice = "\nRestore a backup: nnscore restore BACKUP --store schema.sqlite --force (what is there now is kept "
    #expect(schema.status == 65 && schema.output.contains(advice), "\(schema.output)")
    #expect(schema.output.hasPrefix("schema.sqlite: the schema is not that of a store of version 3: table stray "))
    #expect(!schema.output.contains(workspace.folder.path))
    try workspace.makeFolder("keys")
    try await workspace.succeed("key", "new", "keys/a")
    let untrusted = try await workspace.run("verify", "--trusted-keys", "keys")
    #expect(untrusted.status == 65 && !untrusted.output.contains("estore a backup"), "\(untrusted.output)")
  }

  @Test("damage of many pages is told with one advice to restore a backup at the end")
  func damagedPages() async throws {
    for hidden in ["3", "4", "5"] { try await workspace.trainTiny("--hidden", hidden) }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: workspace.store))
    // A byte of the last cell of each page that is a leaf of a table.
    let page = 16384
    for number in (bytes.count / page / 2)..<(bytes.count / page) where bytes[number * page] == 0x0d {
      bytes[number * page + page - 40] ^= 0xff
    }
    try workspace.file("damaged.sqlite", bytes)
    let found = try await workspace.run("verify", "--store", "damaged.sqlite")
    #expect(found.status == 65)
    #expect(found.output.components(separatedBy: "estore a backup").count == 2, "\(found.output)")
    #expect(!found.output.contains("nnscore verify"), "\(found.output)")
  }
}
