import Foundation
import Testing

/// delete, undelete, prune and gc on the built command.
@Suite struct DeletionCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test("a version is deleted, listed, brought back, deleted again and removed for good")
  func lifecycle() async throws {
    for hidden in ["2", "3", "4"] { try await workspace.trainTiny("--hidden", hidden) }
    try await workspace.succeed("promote", "tiny@1")
    #expect(try await workspace.succeed("delete", "tiny@3", "--reason", "bad").output.contains("undelete tiny@3"))
    #expect(try await workspace.versions(of: "tiny") == [1, 2])
    #expect(try await workspace.succeed("versions", "tiny", "--deleted").output.contains("bad"))
    #expect(try await workspace.run("show", "tiny@3").status == 66)
    #expect(try await workspace.succeed("undelete", "tiny@3").output == "back: tiny@3\n")
    try await workspace.succeed("delete", "tiny@3")
    #expect(try await workspace.succeed("gc", "--dry-run").output.hasPrefix("tiny@3"))
    #expect(try await workspace.succeed("gc").output.contains("removed 1 version and"))
    #expect(try await workspace.run("undelete", "tiny@3").status == 66)
    #expect(try await workspace.run("delete", "tiny@1").status == 73)
    #expect(try await workspace.run("delete", "tiny@2", "--confirm", "tiny").status == 64)
    try await workspace.succeed("verify")
  }

  @Test("a whole model needs its name typed: by --confirm, and at a prompt only on a terminal")
  func confirmation() async throws {
    try await workspace.trainTiny()
    for arguments in [["delete", "tiny"], ["delete", "tiny", "--confirm", "tin"]] {
      let result = try await workspace.start(arguments, input: "tiny\n").result()
      #expect(result.status == 64 && result.errors.contains("confirm"), "\(result.errors)")
    }
    #expect(try await workspace.versions(of: "tiny") == [1])
    // `script` gives the command a terminal.
    let typed = try await workspace.shell("printf 'tiny\\n' | script -qec \"$0 delete tiny\" /dev/null")
    #expect(typed.status == 0 && typed.output.contains("Type the model's name"), "\(typed.output)")
    #expect(try await workspace.versions(of: "tiny") == [])
    #expect(try await workspace.succeed("undelete", "tiny").output == "back: tiny@1\n")
  }

  @Test("where all versions are deleted, the lists say so and what can be done, before gc and after it")
  func allDeleted() async throws {
    try await workspace.trainTiny()
    #expect(try await workspace.succeed("versions", "tiny").errors == "")
    #expect(try await workspace.succeed("models").errors == "")
    let filter = ["versions", "tiny", "--where", "number > 7"]
    let other = try await workspace.start(filter).result()
    #expect(other.status == 0 && other.errors == "no version of tiny is as the filter asks\n", "\(other.errors)")

    try await workspace.succeed("delete", "tiny", "--confirm", "tiny")
    let ways = "lists those that can be brought back, `nnscore undelete"
    for arguments in [["versions", "tiny"], filter] {
      let deleted = try await workspace.start(arguments).result()
      #expect(deleted.status == 0 && deleted.errors.hasPrefix("all versions of tiny are"), "\(deleted.errors)")
      #expect(deleted.errors.contains("`nnscore versions tiny --deleted` \(ways) tiny` does it"), "\(deleted.errors)")
    }
    let models = try await workspace.succeed("models").errors
    #expect(models.hasPrefix("no models: all versions of tiny are deleted; `nnscore versions NAME --deleted` \(ways)"))

    try await workspace.succeed("gc")
    let removed = try await workspace.succeed("versions", "tiny").errors
    #expect(removed.hasPrefix("all versions of tiny were deleted and removed for good; `nnscore ledger tiny` says"))
    #expect(try await workspace.succeed("models").errors.hasPrefix("no models: all versions were deleted and removed"))
    #expect(try await workspace.succeed("versions", "tiny", "--deleted").errors.contains("that can be brought back"))
    #expect(try await workspace.succeed("models", "--json").json["models"].array.isEmpty)
  }

  @Test("prune deletes what no rule keeps, and says so beforehand")
  func prune() async throws {
    for hidden in ["2", "3", "4"] { try await workspace.trainTiny("--hidden", hidden) }
    let before = try await workspace.succeed("prune", "tiny", "--keep-last", "1", "--dry-run").output
    #expect(before.contains("tiny@1") && before.contains("would delete 2 versions"))
    #expect(try await workspace.succeed("prune", "tiny", "--keep-newer-than", "1h").output == "deleted 0 versions\n")
    try await workspace.succeed("prune", "tiny", "--keep-last", "1")
    #expect(try await workspace.versions(of: "tiny") == [3])
    for arguments in [
      ["prune", "tiny"], ["prune", "tiny", "--keep-last", "-1"], ["prune", "tiny", "--keep-newer-than", "x"],
    ] {
      #expect(try await workspace.start(arguments).result().status == 64)
    }
  }

  @Test(
    "the JSON documents are what their schemas say",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    for hidden in ["2", "3", "4"] { try await workspace.trainTiny("--hidden", hidden) }
    var check = SchemaCheck()
    let documents: [(String, [String])] = [
      ("edit", ["delete", "tiny@1"]), ("deleted", ["versions", "tiny", "--deleted"]),
      ("edits", ["undelete", "tiny@1"]),
      ("prune", ["prune", "tiny", "--keep-last", "2", "--dry-run"]), ("prune", ["prune", "tiny", "--keep-last", "2"]),
      ("gc", ["gc", "--dry-run"]), ("gc", ["gc"]), ("edits", ["delete", "tiny", "--confirm", "tiny"]),
      ("models", ["models"]), ("versions", ["versions", "tiny"]), ("verify", ["verify"]),
    ]
    for (schema, arguments) in documents {
      let result = try await workspace.start(arguments + ["--json"]).result()
      #expect(result.status == 0, "\(result.errors)")
      check.add(schema, result.output)
    }
    try await check.run(in: workspace)
  }
}
