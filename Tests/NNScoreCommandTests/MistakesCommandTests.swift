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

  /// Trains on digits with columns of numbers, for a few iterations only.
  private func trainValues(_ columns: [String], _ values: (Int) -> [Int]) async throws -> String {
    let data = try workspace.manifest("set/values.csv", columns: columns, values)
    let trained = try await workspace.start(
      ["train", "values", "--data", data, "--iterations", "20", "--learning-rate", "0.05", "--seed", "1", "--promote"]
    ).result()
    try #require(trained.status == 0, "\(trained.errors)")
    return data
  }

  /// What the model answers for the file in a line, to the label or quantity there.
  private func answer(_ row: [String], in scored: JSON) -> Float? {
    scored["results"].array.first { $0["path"].string == row[1] }?["scores"][row[2]].double.map { Float($0) }
  }

  @Test("labels that were told wrong, those furthest off first, each by itself")
  func labels() async throws {
    let truth: (Int) -> [Int] = { [$0 > 4 ? 1 : 0, $0 % 2, $0 == 7 ? 1 : 0] }
    let data = try await trainValues(["big", "odd", "seven"], truth)
    let output = try await workspace.succeed("evaluate", "values", "--data", data, "--mistakes", "m").output
    let table = try lines("m")
    #expect(table.first == ["index", "file", "label", "present", "probability", "sheet"])
    let rows = table.dropFirst()
    let end = "\n\(rows.count) mistakes on m/mistakes-1.png; m/mistakes.tsv lists all.\n"
    #expect(rows.count > 3 && output.hasSuffix(end), "\(output)")
    #expect(try files("m") == ["mistakes-1.png", "mistakes.tsv"])
    let scored = try await workspace.succeed("score", "values", workspace.path("set"), "--json").json
    var wrong = 0
    for result in scored["results"].array {
      let digit = result["path"].string?.split(separator: "/").last?.first?.wholeNumberValue ?? -1
      for (name, value) in zip(["big", "odd", "seven"], truth(digit)) {
        wrong += ((result["scores"][name].double ?? .nan) > 0.5) == (value == 1) ? 0 : 1
      }
    }
    #expect(rows.count == wrong)
    var errors: [Float] = []
    for row in rows {
      let probability = try #require(answer(row, in: scored))
      #expect(Float(row[4]) == probability && (probability > 0.5) != (row[3] == "1"), "\(row)")
      errors.append(abs(probability - (row[3] == "1" ? 1 : 0)))
    }
    #expect(errors == errors.sorted(by: >))
  }

  @Test("quantities from the answer that is furthest off on, in standard deviations")
  func quantities() async throws {
    let data = try await trainValues(["digit", "thousands"]) { [$0, $0 * 1000 - 2000] }
    let json = try await workspace.succeed(
      "evaluate", "values", "--data", data, "--mistakes", "m", "--mistakes-count", "10", "--json"
    ).json
    #expect(json["mistakes"]["count"].integer == 60 && json["mistakes"]["shown"].integer == 10)
    let table = try lines("m")
    #expect(table.first == ["index", "file", "quantity", "value", "answer", "sheet"])
    let scored = try await workspace.succeed("score", "values", workspace.path("set"), "--json").json
    var errors: [Float] = []
    for (rank, row) in table.dropFirst().enumerated() {
      #expect(Float(row[4]) == answer(row, in: scored) && row[5] == (rank < 10 ? "mistakes-1.png" : ""), "\(row)")
      let digit = try #require(row[1].split(separator: "/").last?.first?.wholeNumberValue)
      #expect(Float(row[3]) == Float(row[2] == "digit" ? digit : digit * 1000 - 2000))
      errors.append(abs((Float(row[3]) ?? .nan) - (Float(row[4]) ?? .nan)) / (row[2] == "digit" ? 1 : 1000))
    }
    // The deviation of one is a thousand times that of the other.
    #expect(errors.count == 60 && zip(errors, errors.dropFirst()).allSatisfy { $0 >= $1 * 0.9999 })
    let text = try await workspace.succeed("evaluate", "values", "--data", data, "--mistakes", "m").output
    #expect(text.hasSuffix("\n60 answers on m/mistakes-1.png; m/mistakes.tsv lists all.\n"), "\(text)")
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
      ("file", "file: "), ("file/m", "file/m: cannot be made a folder for the mistakes: Not a directory"),
      ("taken", "mistakes.tsv is a folder"), ("/dev/full/m", "for the mistakes: Not a directory"),
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
