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

  @Test(
    "wrong orders and limits are wrong usage",
    arguments: [
      (["--sort", "bogus"], "column 1"), (["--sort", "-number,-"], "column 10"),
      (["--sort", "alias"], "more than one"),
      (["--limit", "0"], "--limit is 0"), (["--limit=-1"], "--limit is -1"), (["--limit", "x"], "x"),
      (["--deleted", "--where", "serving"], "--deleted"), (["--deleted", "--sort", "number"], "--deleted"),
    ])
  func wrongUsage(arguments: [String], problem: String) async throws {
    try await workspace.trainTiny()
    let result = try await workspace.start(["versions", "tiny"] + arguments).result()
    #expect(result.status == 64 && result.output == "", "\(result.errors)")
    #expect(result.errors.contains(problem), "\(result.errors)")
  }

  @Test("a name that no version has is told on standard error, and what is listed stays what the filter takes")
  func unknownNames() async throws {
    try await workspace.trainTiny()
    let filter = "acuracy.training >= 0 or number = 1"
    let result = try await workspace.succeed(
      "versions", "tiny", "--where", filter, "--sort", "-hp.learning_rte", "--json")
    #expect(try result.json["versions"].array.count == 1)
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 2, "\(result.errors)")
    #expect(
      lines[0].hasPrefix(
        "warning: the filter, column 1: no version of tiny has acuracy.training; did you mean accuracy.training? "))
    #expect(
      lines[1].hasPrefix(
        "warning: the sort order, column 2: no version of tiny has hp.learning_rte; did you mean hp.learning_rate? "))
    let tag = try await workspace.succeed("versions", "tiny", "--where", "tag.team = \"vision\"")
    #expect(
      tag.errors == """
        warning: the filter, column 1: no version of tiny has tag.team; none has any tag
        no version of tiny is as the filter asks

        """)
  }

  @Test("a filter that takes nothing is an empty list and says so; the caret stands below the mistake")
  func text() async throws {
    try await workspace.trainTiny()
    let none = try await workspace.succeed("versions", "tiny", "--where", "number > 1")
    #expect(none.output.split(separator: "\n").count == 1 && none.output.hasPrefix("VERSION"))
    #expect(none.errors == "no version of tiny is as the filter asks\n")
    let wrong = try await workspace.run("versions", "tiny", "--where", "number > 1 and note = vision")
    #expect(
      wrong.errors == """
        nnscore: the filter, column 23: expected text in quotes, such as "vision", as the value of note \
        (text stands in quotes: "vision"); found vision
          number > 1 and note = vision
                                ^

        """)
  }

  @Test(
    "the JSON documents are what their schema says",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schema() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--note", "second")
    try await workspace.succeed("tag", "set", "tiny@2", "team=vision")
    var check = SchemaCheck()
    for arguments in [
      ["--where", "number > 9"], ["--where", "serving"], ["--where", "tag.team exists", "--sort", "-created"],
      ["--sort", "-hp.learning_rate", "--limit", "1"],
    ] {
      let result = try await workspace.start(["versions", "tiny", "--json"] + arguments).result()
      #expect(result.status == 0 && result.errors == "", "\(result.errors)")
      check.add("versions", result.output)
    }
    try await check.run(in: workspace)
  }
}
