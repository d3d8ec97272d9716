import Foundation
import Testing

@testable import ModelStore

/// alias, tag, note, retire and serving on the built command.
@Suite struct MarksCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test("a version is found by alias, marked with tags and notes, and every edit is in the ledger")
  func marks() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--hidden", "2")
    let text = try await workspace.succeed("alias", "set", "tiny@2", "champion", "--protect", "--reason", "good").output
    #expect(text == "tiny@champion is tiny@2\n")
    #expect(try await workspace.succeed("show", "tiny@champion", "--json").json["version"].integer == 2)
    let refused = try await workspace.run("alias", "set", "tiny@1", "champion")
    #expect(refused.status == 73 && refused.output == "")
    #expect(refused.errors.contains("protected") && refused.errors.contains("--force"))
    let moved = try await workspace.succeed("alias", "set", "tiny@1", "champion", "--force").output
    #expect(moved == "tiny@champion is tiny@1 (before: 2)\n")
    #expect(try await workspace.succeed("alias", "list", "tiny").output.contains("champion"))
    try await workspace.succeed("tag", "set", "tiny@2", "team=vision", "stage=a=b")
    #expect(try await workspace.succeed("tag", "list", "tiny@2", "--json").json["tags"]["stage"].string == "a=b")
    try await workspace.succeed("tag", "remove", "tiny@2", "stage")
    try await workspace.succeed("note", "tiny@2", "two\nlines")
    #expect(try await workspace.succeed("note", "tiny@2").output == "two\nlines\n")
    #expect(try await workspace.succeed("versions", "tiny").output.contains("two"))
    let kinds = try await workspace.succeed("ledger", "tiny", "--json").json["entries"].array.map { $0["kind"].string }
    #expect(kinds == ["register", "promote", "register", "alias", "alias", "tag", "tag", "untag", "note"])
    for line in try await workspace.succeed("ledger").output.split(separator: "\n").dropFirst() {
      #expect(line.contains("tiny@"))
    }
    try await workspace.succeed("verify")
  }

  /// A model file of tiny@1.
  private func exported() async throws -> String {
    try await workspace.succeed("export", "tiny@1", "tiny.safetensors")
    return "tiny.safetensors"
  }

  @Test("A ledger that is ahead of the clock is told by every command that writes and by verify")
  func clockAhead() async throws {
    try await workspace.trainTiny("--promote")
    let coming = try await workspace.succeed("serving", "tiny", "--as-of", "2999-01-01", "--json")
    #expect(try coming.json["version"].integer == 1)
    #expect(coming.errors.hasPrefix("2999-01-01T00:00:00.000Z is in the future: this is what serves now, if"))
    #expect(try await workspace.succeed("tag", "set", "tiny", "team=a").errors == "")
    #expect(try await workspace.succeed("verify", "--json").json["future_entries"].integer == 0)

    let store = try ModelStore(path: workspace.store, mode: .readWrite)
    let draft = LedgerEntry.Draft(kind: .note, model: "tiny", value: "early", actor: "them@there")
    let future = Timestamp(millisecondsSince1970: 4_102_444_800_000)
    _ = try store.write { try LedgerEntry.append(draft, at: future, in: $0) }
    let warning = "warning: entry 4 of the ledger, by them@there, is dated \(future), which is in the future"
    #expect(try await workspace.succeed("promote", "tiny@1").errors.hasPrefix(warning))
    #expect(try await workspace.succeed("tag", "set", "tiny", "team=b").errors.hasPrefix(warning))
    #expect(try await workspace.succeed("serving", "tiny").errors == "")
    let verified = try await workspace.succeed("verify")
    #expect(verified.output.hasSuffix("2 ledger entries are dated in the future: a clock was or is wrong\n"))
    #expect(try await workspace.succeed("verify", "--json").json["future_entries"].integer == 2)

    // What came into service is dated after a moment to come, and serves now all the same.
    try await workspace.trainTiny("--hidden", "2")
    try await workspace.succeed("promote", "tiny@2")
    let before = try await workspace.succeed("serving", "tiny", "--as-of", "2050-01-01", "--json")
    #expect(try before.json["version"].integer == 2)
    #expect(try store.serving("tiny", asOf: Timestamp(lenient: "2050-01-01"))?.version == 2)
    #expect(try store.serving("tiny", asOf: .now)?.version == 1)
    try await workspace.succeed("retire", "tiny")
    let retired = try await workspace.run("serving", "tiny", "--as-of", "2050-01-01")
    #expect(retired.status == 66 && retired.errors.contains("no version of tiny is in service: tiny@2 was retired"))
  }

  @Test("serving answers for now and for a moment, and with 66 where nothing was in service")
  func serving() async throws {
    try await workspace.trainTiny("--promote")
    #expect(try await workspace.succeed("serving", "tiny", "--json").json["version"].integer == 1)
    let early = try await workspace.run("serving", "tiny", "--as-of", "2020-01-01")
    #expect(early.status == 66)
    #expect(early.errors.contains("no version of tiny was in service at 2020-01-01T00:00:00.000Z: the first, "))
    #expect(early.errors.contains(" the first, tiny@1, came into service at 20"), "\(early.errors)")
    // The moment that is told is the first at which it was.
    let first = early.errors.suffix("2026-11-20T12:00:00.000Z\n".count).dropLast()
    #expect(try await workspace.succeed("serving", "tiny", "--as-of", String(first)).output.hasPrefix("tiny@1 "))
    #expect(try await workspace.run("serving", "tiny", "--as-of", "noon").status == 64)
    try await workspace.succeed("retire", "tiny", "--reason", "too small")
    let retired = try await workspace.run("serving", "tiny")
    #expect(retired.status == 66 && retired.errors.contains("tiny is in service: tiny@1 was retired at 20"))
    try await workspace.succeed("import", try await exported(), "other")
    let never = try await workspace.run("serving", "other")
    #expect(never.status == 66 && never.errors.contains("none ever came into service; promote one"), "\(never.errors)")
    #expect(try await workspace.run("score", "tiny", "set").status == 66)
    #expect(try await workspace.succeed("rollback", "tiny", "--json").json["version"].integer == 1)
  }

  @Test(
    "wrong names, subjects and tags are refused with the right code",
    arguments: [
      (["alias", "set", "tiny@1", "1st"], 64), (["alias", "set", "tiny@1", "latest"], 64),
      (["alias", "set", "tiny@1", "Latest"], 64),
      (["alias", "set", "tiny@1", "SHA256"], 64),
      (["alias", "remove", "tiny", "nobody"], 66), (["tag", "set", "tiny@1", "team"], 64),
      (["tag", "set", "tiny@1", "=x"], 64), (["tag", "remove", "tiny@1", "team"], 66),
      (["tag", "set", "nope", "a=b"], 66),
      (["note", "tiny@9", "x"], 66), (["ledger", "tiny", "--kind", "demote"], 64), (["retire", "tiny"], 66),
    ] as [([String], Int32)])
  func refusals(arguments: [String], status: Int32) async throws {
    try await workspace.trainTiny()
    let result = try await workspace.start(arguments).result()
    #expect(result.status == status, "\(result.errors)")
    #expect(result.output == "" && !result.errors.isEmpty)
  }

  @Test(
    "the JSON documents are what their schemas say",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    try await workspace.trainTiny("--promote")
    var check = SchemaCheck()
    let documents: [(String, [String])] = [
      ("edit", ["alias", "set", "tiny@1", "champion", "--protect"]), ("edit", ["alias", "set", "tiny@1", "champion"]),
      ("aliases", ["alias", "list", "tiny"]), ("edits", ["tag", "set", "tiny@1", "a=b", "c="]),
      ("edits", ["tag", "set", "tiny", "a=b"]), ("tags", ["tag", "list", "tiny@1"]),
      ("edit", ["tag", "remove", "tiny", "a"]),
      ("note", ["note", "tiny"]), ("edit", ["note", "tiny", "x"]), ("note", ["note", "tiny"]),
      ("versions", ["versions", "tiny"]), ("show", ["show", "tiny"]), ("serving", ["serving", "tiny"]),
      ("edit", ["alias", "remove", "tiny", "champion", "--force"]), ("edit", ["retire", "tiny"]),
      ("ledger", ["ledger", "tiny"]), ("ledger", ["ledger"]),
    ]
    for (schema, arguments) in documents {
      let result = try await workspace.start(arguments + ["--json"]).result()
      #expect(result.status == 0, "\(result.errors)")
      check.add(schema, result.output)
    }
    try await check.run(in: workspace)
  }
}
