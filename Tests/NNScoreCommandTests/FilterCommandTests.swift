import Foundation
import Testing

/// versions --where, --sort and --limit on the built command.
@Suite struct FilterCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func numbers(_ arguments: String...) async throws -> [Int] {
    let result = try await workspace.start(["versions", "tiny", "--json"] + arguments).result()
    try #require(result.status == 0, "\(result.errors)")
    return try result.json["versions"].array.compactMap { $0["version"].integer }
  }

  @Test("versions are found by what was recorded about them and put on them, sorted and cut")
  func find() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--hidden", "2", "--seed", "7", "--learning-rate", "0.25")
    try await workspace.trainTiny("--hidden", "3,2", "--note", "deep 'one'")
    try await workspace.succeed("tag", "set", "tiny@2", "team=vision")
    try await workspace.succeed("alias", "set", "tiny@3", "champion")
    #expect(try await numbers() == [1, 2, 3])
    #expect(try await numbers("--where", "serving") == [1])
    #expect(try await numbers("--where", "tag.team = \"vision\" and accuracy.training >= 0") == [2])
    #expect(try await numbers("--where", "hp.learning_rate = 0.25 or alias = 'champion'") == [2, 3])
    #expect(try await numbers("--where", "architecture.layers > 1 and not seed = 7") == [3])
    #expect(try await numbers("--where", "created > 2026-01-01 and note = \"deep 'one'\"") == [3])
    #expect(try await numbers("--where", "created < 2026-01-01") == [])
    #expect(try await numbers("--sort", "-number", "--limit", "2") == [3, 2])
    #expect(try await numbers("--where", "tag.team missing", "--sort", "-architecture.parameters,number") == [3, 1])
    try await workspace.succeed("delete", "tiny@2")
    #expect(try await numbers("--where", "number > 0") == [1, 3])
  }

  @Test(
    "a mistake is shown with its column, and what would be SQL is only text",
    arguments: [
      ("accuracy.validation >> 1", "column 22"), ("number = 1)", "column 11"), ("number = 'x'", "column 10"),
      ("bogus = 1", "column 1"), ("", "column 1"), ("number = 1; DROP TABLE versions", "column 11"),
      ("number <", "column 9"),
    ])
  func mistakes(filter: String, place: String) async throws {
    try await workspace.trainTiny()
    let result = try await workspace.run("versions", "tiny", "--where", filter)
    #expect(result.status == 64 && result.output == "", "\(result.errors)")
    #expect(result.errors.contains(place) && result.errors.contains("^"), "\(result.errors)")
    #expect(try await numbers("--where", "note = \"'; DROP TABLE versions; --\"") == [])
    #expect(try await numbers() == [1])
  }
}
