import Foundation
import Testing

/// lineage on the built command.
@Suite struct LineageCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Versions 1 to 5, of which 2 and 3 went on from 1, 4 from 3 and 5 from 4; 3 serves.
  private func family() async throws {
    try await workspace.trainTiny("--seed", "7")
    for parent in [1, 1, 3, 4] { try await workspace.trainTiny("--from", "tiny@\(parent)") }
    try await workspace.succeed("promote", "tiny@3")
    try await workspace.succeed("alias", "set", "tiny@3", "champion")
  }

  /// The bullets and versions of a drawing, without what is said of them.
  private func outline(_ drawing: String) -> [String] {
    drawing.split(separator: "\n").filter { $0.contains("tiny@") && !$0.contains("copied") }
      .map { String($0.prefix(upTo: $0.range(of: "  2")?.lowerBound ?? $0.endIndex)) }
  }

  @Test("the tree is drawn with branches to the right and the longest line straight down, in UTF-8 and in ASCII")
  func drawing() async throws {
    try await family()
    let text = try await workspace.succeed("lineage", "tiny@1").output
    #expect(outline(text) == ["◉ tiny@1", "├─● tiny@2", "● tiny@3", "● tiny@4", "● tiny@5"], "\(text)")
    let serving = try await workspace.succeed("lineage", "tiny").output
    #expect(outline(serving) == ["● tiny@1", "◉ tiny@3", "● tiny@4", "● tiny@5"], "\(serving)")
    #expect(text.contains("trained  (serving, champion)\n"))
    #expect(text.contains("│   trained on 6 examples, sha256:"))
    #expect(text.contains("seed 7, nnscore "), "\(text)")
    let ascii = try await workspace.succeed("lineage", "tiny@2", environment: ["LANG": "C"]).output
    #expect(outline(ascii) == ["* tiny@1", "@ tiny@2"], "\(ascii)")
    #expect(ascii.utf8.allSatisfy { $0 < 128 })
    for line in (text + ascii).split(separator: "\n") { #expect(line.count <= 80 && !line.hasSuffix(" "), "\(line)|") }
  }

  @Test("deleted and purged parents, and copies without theirs, are said to be that")
  func gone() async throws {
    try await family()
    try await workspace.succeed("copy", "tiny@5", "--to", "other.sqlite")
    try await workspace.succeed("delete", "tiny@4", "--reason", "too \u{1b}[31mred")
    let deleted = try await workspace.succeed("lineage", "tiny@5").output
    #expect(deleted.contains("tiny@4  ") && deleted.contains("(deleted)"), "\(deleted)")
    #expect(!deleted.contains("\u{1b}"))
    try await workspace.succeed("gc")
    let purged = try await workspace.succeed("lineage", "tiny@5").output
    #expect(purged.hasPrefix("○ tiny@4  was deleted, and purged on "), "\(purged)")
    let copy = try await workspace.succeed("lineage", "tiny@1", "--store", "other.sqlite").output
    #expect(copy.contains("copied from tiny@5; its parent tiny@4 stayed behind"), "\(copy)")
    #expect(try await workspace.run("lineage", "tiny@4").status == 66)
  }

  @Test(
    "the JSON document is what its schema says",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schema() async throws {
    try await family()
    try await workspace.succeed("copy", "tiny@5", "--to", "other.sqlite")
    try await workspace.succeed("delete", "tiny@4")
    var check = SchemaCheck()
    let document = try await workspace.succeed("lineage", "tiny", "--json")
    check.add("lineage", document.output)
    let versions = try document.json["versions"].array
    #expect(versions.map { $0["version"].integer } == [1, 3, 4, 5])
    #expect(versions.map { $0["relation"].string } == ["ancestor", "asked", "descendant", "descendant"])
    #expect(versions[1]["serving"].bool == true && versions[1]["aliases"][0].string == "champion")
    #expect(versions[1]["lineage"]["parent"]["digest"] == versions[0]["digest"])
    #expect(versions[2]["deleted"] != .null && versions[3]["deleted"] == .null)
    try await workspace.succeed("gc")
    let purged = try await workspace.succeed("lineage", "tiny@5", "--json")
    check.add("lineage", purged.output)
    #expect(try purged.json["versions"][0]["parent_state"].string == "purged")
    let copy = try await workspace.succeed("lineage", "tiny@1", "--json", "--store", "other.sqlite")
    check.add("lineage", copy.output)
    #expect(try copy.json["versions"][0]["copied_from"]["version"].integer == 5)
    try await check.run(in: workspace)
  }
}
