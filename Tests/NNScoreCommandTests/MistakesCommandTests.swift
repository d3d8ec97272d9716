import Foundation
import Images
import Testing

@Suite("evaluate --mistakes")
struct MistakesCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func lines(_ folder: String) throws -> [[String]] {
    try String(contentsOfFile: workspace.path("\(folder)/mistakes.tsv"), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
  }

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workspace.path(folder)).sorted()
  }

  @Test("a sheet of the worst mistakes, and a list of all with their places, answers and probabilities")
  func digits() async throws {
    try await workspace.trainDigits()
    let json = try await workspace.succeed(
      "evaluate", "digits", "--data", Examples.test, "--mistakes", "a/new/folder", "--json"
    ).json
    let wrong = json["count"].integer.map { $0 - Int((json["accuracy"].double ?? 0) * 360 + 0.5) } ?? 0
    try #require(wrong > 5 && wrong <= 60)
    let mistakes = json["mistakes"]
    #expect(mistakes["count"].integer == wrong && mistakes["shown"].integer == wrong)
    #expect(mistakes["sheets"].array.map(\.string) == ["a/new/folder/mistakes-1.png"])
    #expect(mistakes["list"].string == "a/new/folder/mistakes.tsv")
    #expect(try files("a/new/folder") == ["mistakes-1.png", "mistakes.tsv"])
    let sheet = try ImageDecoder().decode(file: workspace.path("a/new/folder/mistakes-1.png"))
    let columns = min(10, max(wrong, 4))
    #expect(sheet.channels == 3 && sheet.width == 40 + columns * 168 + (columns - 1) * 18, "\(sheet.shape)")

    let table = try lines("a/new/folder")
    #expect(
      table.first
        == ["index", "file", "label", "label_probability", "answer", "answer_probability", "sheet"])
    let rows = table.dropFirst()
    #expect(rows.count == wrong)
    let probabilities = rows.compactMap { Float($0[3]) }
    #expect(probabilities == probabilities.sorted() && probabilities.count == wrong)
    let result = try await workspace.succeed("score", "digits", Examples.test, "--json").json
    for row in rows {
      #expect(row[1] == "" && row[6] == "mistakes-1.png")
      let scored = result["results"][Int(row[0]) ?? -1]
      #expect(scored["label"].string == row[4] && row[2] != row[4])
      #expect(scored["scores"][row[2]].double.map { Float($0) } == Float(row[3]))
      #expect(scored["scores"][row[4]].double.map { Float($0) } == Float(row[5]))
    }
  }

  @Test("fewer are shown than there are, on several sheets, and the sheets of an earlier run do not stay")
  func several() async throws {
    let trained = try await workspace.start([
      "train", "digits", "--data", Examples.training, "--iterations", "1", "--learning-rate", "0.01", "--promote",
    ]).result()
    try #require(trained.status == 0)
    let all = try await workspace.succeed(
      "evaluate", "digits", "--data", Examples.training, "--mistakes", "m/", "--mistakes-count", "100")
    #expect(all.output.contains(", the 100 worst on m/mistakes-1.png to m/mistakes-2.png; m/mistakes.tsv lists all.\n"))
    #expect(try files("m") == ["mistakes-1.png", "mistakes-2.png", "mistakes.tsv"])
    #expect(try lines("m").count { $0[6] == "mistakes-1.png" } == 60)
    #expect(try lines("m").count { $0[6] == "mistakes-2.png" } == 40)
    #expect(try lines("m").count { $0[6] == "" } > 0)
    let first = try Data(contentsOf: URL(fileURLWithPath: workspace.path("m/mistakes-1.png")))
    try workspace.file("m/mistakes-4.png", text: "not of this run")
    try await workspace.succeed(
      "evaluate", "digits", "--data", Examples.training, "--mistakes", "m", "--mistakes-count", "7")
    #expect(try files("m") == ["mistakes-1.png", "mistakes-4.png", "mistakes.tsv"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: workspace.path("m/mistakes-1.png"))) != first)
  }

  @Test("files are named, in the list and whatever their characters")
  func files() async throws {
    let set = try workspace.classFolders()
    try await workspace.trainTiny("--promote", "--iterations", "60", "--learning-rate", "0.5")
    try FileManager.default.moveItem(atPath: "\(set)/a/0.png", toPath: "\(set)/b/a\tzero\\.png")
    try await workspace.succeed("evaluate", "tiny", "--data", set, "--mistakes", "m")
    let table = try lines("m")
    #expect(table.count == 2)
    #expect(table[1][1] == "\(set)/b/a\\tzero\\\\.png" && table[1][2] == "b" && table[1][4] == "a", "\(table)")
  }

  @Test("without mistakes it says so, and no picture stays or is written")
  func none() async throws {
    let set = try workspace.classFolders()
    try await workspace.trainTiny("--promote", "--iterations", "60", "--learning-rate", "0.5")
    try workspace.makeFolder("m")
    try workspace.file("m/mistakes-1.png", text: "of an earlier run")
    let result = try await workspace.succeed("evaluate", "tiny", "--data", set, "--mistakes", "m")
    #expect(result.output.hasSuffix("\nNo mistakes, so no picture of any was written; m/mistakes.tsv lists none.\n"))
    #expect(try files("m") == ["mistakes.tsv"])
    #expect(try lines("m").count == 1)
    let json = try await workspace.succeed("evaluate", "tiny", "--data", set, "--mistakes", "m", "--json").json
    #expect(json["mistakes"]["count"].integer == 0 && json["mistakes"]["sheets"].array.isEmpty)
    #expect(try await workspace.succeed("evaluate", "tiny", "--data", set, "--json").json["mistakes"] == .null)
  }

  @Test("what cannot be written is told with 73, and wrong usage with 64")
  func refusals() async throws {
    let set = try workspace.classFolders()
    try await workspace.trainTiny("--promote", "--learning-rate", "0.0001")
    try workspace.file("file", text: "")
    try workspace.makeFolder("taken/mistakes.tsv")
    for (folder, words) in [
      ("file", "file: "), ("file/m", "file/m: cannot be made a folder"), ("taken", "mistakes.tsv is a folder"),
      ("/proc/nowhere", "/proc/nowhere: cannot be made a folder"),
    ] {
      let result = try await workspace.run("evaluate", "tiny", "--data", set, "--mistakes", folder)
      #expect(result.status == 73 && result.output == "", "\(folder): \(result.errors)")
      #expect(result.errors.contains(words) && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: workspace.path("taken")).allSatisfy {
        !$0.hasSuffix(".partial")
      })
    for arguments in [["--mistakes", "m", "--mistakes-count", "0"], ["--mistakes-count", "5"], ["--mistakes", ""]] {
      let result = try await workspace.start(["evaluate", "tiny", "--data", set] + arguments).result()
      #expect(result.status == 64 && result.errors.contains("--mistakes"), "\(arguments): \(result.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: workspace.path("m")))
  }
}
