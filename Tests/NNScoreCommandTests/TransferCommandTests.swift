import Foundation
import Testing

/// copy, backup, restore and merge on the built command.
@Suite struct TransferCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func digest(_ reference: String, _ store: String) async throws -> String? {
    try await workspace.succeed("show", reference, "--store", store, "--json").json["digest"].string
  }

  @Test("a version is copied into another store once, and a store is merged once")
  func copyAndMerge() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--hidden", "2")
    let other = workspace.path("other.sqlite")
    let arguments = ["copy", "tiny@2", "--to", other]
    #expect(try await workspace.start(arguments).result().status == 0)
    #expect(try await digest("tiny@1", other) == digest("tiny@2", workspace.store))
    #expect(try await workspace.start(arguments).result().status == 0)
    #expect(try await workspace.versions(of: "tiny", store: other) == [1])
    try await workspace.succeed("merge", other, "--dry-run")
    #expect(try await workspace.versions(of: "tiny") == [1, 2])
    let reversed = try await workspace.run("merge", workspace.store, "--store", other)
    #expect(reversed.status == 0, "\(reversed.errors)")
    #expect(try await workspace.versions(of: "tiny", store: other).count == 2)
    try await workspace.succeed("verify", "--store", other)
    #expect(try await workspace.run("copy", "tiny@9", "--to", other).status == 66)
    let mistyped = try await workspace.run("copy", "tiny@2", "--to", workspace.path("none/other.sqlite"))
    #expect(mistyped.status == 73 && mistyped.errors.contains("there is no folder \(workspace.path("none"))"))
    #expect(try await workspace.run("merge", workspace.path("none.sqlite")).status == 66)
  }

  @Test("a backup is a whole store, and restoring it keeps what was there beside it")
  func backupAndRestore() async throws {
    try await workspace.trainTiny("--promote")
    let backup = workspace.path("backup.sqlite")
    try await workspace.succeed("backup", backup)
    #expect(try await workspace.run("backup", backup).status == 73)
    #expect(try await workspace.run("backup", workspace.store, "--force").status == 73)
    try await workspace.trainTiny("--hidden", "2")
    #expect(try await workspace.run("restore", backup).status == 73)
    try await workspace.succeed("restore", backup, "--force")
    #expect(try await workspace.versions(of: "tiny") == [1])
    let kept = try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)
      .filter { $0.contains(".before-restore-") }
    #expect(kept.count == 1)
    #expect(try await workspace.versions(of: "tiny", store: workspace.path(kept.first ?? "")) == [1, 2])
    try await workspace.succeed("verify")

    // A damaged backup is refused, and the store stays.
    var bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
    // Where the most is written: pages of a small store are mostly free space, which may hold anything.
    let starts = stride(from: bytes.count / 2, to: bytes.count - 4000, by: 4000)
    let fullest = starts.max { bytes[$0..<$0 + 4000].count { $0 != 0 } < bytes[$1..<$1 + 4000].count { $0 != 0 } } ?? 0
    bytes.replaceSubrange(fullest..<fullest + 4000, with: repeatElement(0xa5, count: 4000))
    try bytes.write(to: URL(fileURLWithPath: backup))
    let refused = try await workspace.run("restore", backup, "--force")
    #expect(refused.status == 65 && refused.errors.contains("damaged"), "\(refused.errors)")
    #expect(try await workspace.versions(of: "tiny") == [1])
  }

  @Test(
    "the JSON documents are what their schemas say",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--from", "tiny@1")
    var check = SchemaCheck()
    let documents: [(String, [String])] = [
      ("copy", ["copy", "tiny@2", "--to", "other.sqlite"]), ("copy", ["copy", "tiny@2", "--to", "other.sqlite"]),
      ("merge", ["merge", "other.sqlite", "--dry-run"]), ("merge", ["merge", "other.sqlite"]),
      ("backup", ["backup", "backup.sqlite"]), ("restore", ["restore", "backup.sqlite", "--force"]),
      ("ledger", ["ledger"]),
    ]
    for (schema, arguments) in documents {
      let result = try await workspace.start(arguments + ["--json"]).result()
      #expect(result.status == 0, "\(arguments): \(result.errors)")
      check.add(schema, result.output)
    }
    try await check.run(in: workspace)
  }
}
