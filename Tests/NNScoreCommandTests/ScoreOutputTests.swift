import Foundation
import Testing

@Suite("Scores in every format")
struct ScoreOutputTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// The records of a CSV text after RFC 4180; nil where it is not such a text.
  static func csv(_ text: String) -> [[String]]? {
    var records: [[String]] = []
    var record: [String] = []
    var field = ""
    var rest = Array(text.unicodeScalars)[...]
    while let first = rest.first {
      if first == "\"" {
        rest.removeFirst()
        while let next = rest.popFirst() {
          if next != "\"" {
            field.unicodeScalars.append(next)
          } else if rest.first == "\"" {
            field.unicodeScalars.append(rest.removeFirst())
          } else {
            break
          }
        }
      } else {
        while let next = rest.first, next != ",", next != "\r" {
          if next == "\"" || next == "\n" { return nil }
          field.unicodeScalars.append(rest.removeFirst())
        }
      }
      record.append(field)
      field = ""
      switch rest.popFirst() {
      case ",":
        if rest.first == "\r" { record.append("") } else { continue }
        fallthrough
      case "\r":
        if rest.first == "\r" { rest.removeFirst() }
        guard rest.popFirst() == "\n" else { return nil }
        records.append(record)
        record = []
      default: return nil
      }
    }
    return record.isEmpty ? records : nil
  }

  @Test("table, json, ndjson and csv say the same of every image")
  func formatsAgree() async throws {
    try await workspace.trainDigits()
    let document = try await workspace.succeed("score", "digits", Examples.samples, Examples.test, "--json").json
    let results = document["results"].array
    #expect(results.count == 390)
    let lines = try await workspace.succeed("score", "digits", Examples.samples, Examples.test, "--format", "ndjson")
      .output.split(separator: "\n").map { try JSON(String($0)) }
    #expect(lines == results)

    let text = try await workspace.succeed("score", "digits", Examples.samples, Examples.test, "--format", "csv").output
    let records = try #require(Self.csv(text))
    let labels = (0...9).map(String.init)
    #expect(records.first == ["path", "index", "label"] + labels.map { "score:\($0)" } + ["error_code", "error"])
    #expect(records.dropFirst().allSatisfy { $0.count == 15 })
    for (record, result) in zip(records.dropFirst(), results) {
      #expect(record[0] == result["path"].string)
      #expect(record[1] == result["index"].integer.map(String.init) ?? "")
      #expect(record[2] == result["label"].string)
      #expect(record[3..<13].map { Float($0) } == labels.map { result["scores"][$0].double.map { Float($0) } })
    }

    let table = try await workspace.succeed("score", "digits", Examples.samples, Examples.test).output
      .split(separator: "\n").dropFirst().map {
        $0.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
      }
    #expect(table.count == results.count)
    for (row, result) in zip(table, results) {
      #expect(row.first.map(String.init) == result["label"].string)
      let path = result["path"].string ?? ""
      #expect(row[2].trimmingCharacters(in: .whitespaces) == result["index"].integer.map { "\(path)[\($0)]" } ?? path)
    }
  }

  @Test("probabilities are between 0 and 1, sum to 1, and the label is the highest")
  func probabilities() async throws {
    try await workspace.trainDigits()
    for result in try await workspace.succeed("score", "digits", Examples.test, "--json").json["results"].array {
      let scores = (0...9).compactMap { digit in result["scores"]["\(digit)"].double.map { (digit, $0) } }
      #expect(scores.count == 10)
      #expect(scores.allSatisfy { (0...1).contains($0.1) })
      #expect(abs(scores.reduce(0) { $0 + $1.1 } - 1) < 1e-5)
      #expect(result["label"].string == scores.max { $0.1 < $1.1 }.map { "\($0.0)" })
    }
  }

  @Test("two classes come from one sigmoid: p and 1 - p under their names")
  func twoClasses() async throws {
    try await workspace.trainTiny()
    let set = workspace.path("set")
    let results = try await workspace.succeed("score", "tiny@1", set, "--json").json["results"].array
    #expect(results.count == 6)
    for result in results {
      #expect(result["scores"].keys == ["a", "b"])
      let (a, b) = (result["scores"]["a"].double ?? 9, result["scores"]["b"].double ?? 9)
      #expect(abs(a + b - 1) < 1e-6)
      #expect(result["label"].string == (a >= b ? "a" : "b"))
    }
  }

  @Test("the sample pictures score as the rows of the set that they were made from")
  func picturesAndRows() async throws {
    try await workspace.trainDigits()
    let rows = try await workspace.succeed("score", "digits", Examples.test, Examples.training, "--json").json
    let rowScores = Set(rows["results"].array.map { $0["scores"] })
    let pictures = try await workspace.succeed("score", "digits", Examples.samples, "--json").json["results"].array
    #expect(pictures.count == 30)
    for picture in pictures { #expect(rowScores.contains(picture["scores"]), "\(picture["path"])") }
  }

  @Test("an exported file gives the same scores as the store, and needs no store")
  func exportedFile() async throws {
    try await workspace.trainDigits("--hidden", "8", "--init", "he")
    try await workspace.succeed("export", "digits", "m.safetensors")
    let fromStore = try await workspace.succeed("score", "digits", Examples.samples, Examples.test, "--json")
    let nowhere = ["NNSCORE_STORE": workspace.path("no/such/store")]
    let fromFile = try await workspace.succeed(
      "score", "--model", "m.safetensors", Examples.samples, Examples.test, "--json", environment: nowhere)
    #expect(fromFile.outputBytes == fromStore.outputBytes)
    let evaluations = [
      try await workspace.succeed("evaluate", "digits", "--data", Examples.test, "--json"),
      try await workspace.succeed(
        "evaluate", "--model", "m.safetensors", "--data", Examples.test, "--json", environment: nowhere),
    ]
    #expect(evaluations[0].outputBytes == evaluations[1].outputBytes)
    #expect(!FileManager.default.fileExists(atPath: workspace.path("no")))
  }

  @Test("batch size, threads and instruction set change no byte of the output")
  func sameBytes() async throws {
    try await workspace.trainDigits("--hidden", "13,7", "--init", "he")
    let expected = try await workspace.succeed("score", "digits", Examples.test, Examples.samples, "--json").outputBytes
    #expect(expected.count > 10_000)
    for (batchSize, threads) in [("1", "1"), ("7", "5"), ("32", "2"), ("1000", "1"), ("1000", "5"), ("1", "2")] {
      let result = try await workspace.succeed(
        "score", "digits", Examples.test, Examples.samples, "--json", "--batch-size", batchSize, "--threads", threads)
      #expect(result.outputBytes == expected, "batches of \(batchSize), \(threads) threads")
    }
    var compared = 0
    for name in ["portable", "avx2", "avx512", "neon"] {
      let result = try await workspace.run(
        "score", "digits", Examples.test, Examples.samples, "--json", environment: ["NNSCORE_ISA": name])
      // A set that this processor lacks is refused; that is another test.
      if result.status == 64 { continue }
      #expect(result.outputBytes == expected, "\(name)")
      compared += 1
    }
    #expect(compared >= 1)
  }

  @Test("paths are scored in the order given, a folder by name, at any depth, without hidden files")
  func order() async throws {
    try await workspace.trainDigits()
    for name in ["deep/b/2.png", "deep/a/1.png", "deep/c.PNG", "deep/.hidden.png", "deep/b/notes.txt"] {
      let target = workspace.path(name)
      try workspace.makeFolder(String(name.prefix(upTo: name.lastIndex(of: "/") ?? name.endIndex)))
      try FileManager.default.copyItem(atPath: Examples.sample, toPath: target)
    }
    let results = try await workspace.succeed("score", "digits", "deep", Examples.sample, "--json").json["results"]
    #expect(
      results.array.map { $0["path"].string } == ["deep/a/1.png", "deep/b/2.png", "deep/c.PNG", Examples.sample])
  }

  @Test("a list on standard input is scored line by line, between other paths")
  func listOnStandardInput() async throws {
    try await workspace.trainDigits()
    let list = "\(Examples.samples)/1-0.png\n\n\(Examples.samples)/2-0.png\r\n\(Examples.samples)/4-0.png"
    let result = try await workspace.succeed(
      "score", "digits", "\(Examples.samples)/0-0.png", "-", "\(Examples.samples)/5-0.png", "--json", input: list)
    let names = try result.json["results"].array.map { ($0["path"].string ?? "").suffix(7).first.map(String.init) }
    #expect(names == ["0", "1", "2", "4", "5"])
  }

  @Test("a line on standard input that is longer than any path is one bad path, and the next ones are scored")
  func longLine() async throws {
    try await workspace.trainDigits()
    let long = String(repeating: "x", count: 300_000)
    let list = "\(long.prefix(5000))\n\(Examples.samples)/1-0.png\n\(long)\n\(Examples.samples)/2-0.png\n\(long)"
    let result = try await workspace.start(["score", "digits", "-", "--json"], input: list).result()
    #expect(result.status == 1)
    let paths = try result.json["results"].array.map { $0["path"].string ?? "" }
    #expect(
      paths.map(\.utf8.count) == [4099, paths[1].utf8.count, 4099, paths[3].utf8.count, 4099], "\(result.errors)")
    #expect(paths[1].hasSuffix("1-0.png") && paths[3].hasSuffix("2-0.png") && paths[4].hasSuffix("x…"))
  }

  @Test("names with commas, quotes and line breaks stand in CSV after RFC 4180")
  func hostileNames() async throws {
    try await workspace.trainDigits()
    let names = ["a,b.png", "say \"hi\".png", "two\nlines.png", "naïve 数字.png"]
    for name in names { try FileManager.default.copyItem(atPath: Examples.sample, toPath: workspace.path(name)) }
    let result = try await workspace.start(["score", "digits", "--format", "csv"] + names).result()
    #expect(result.status == 0, "\(result.errors)")
    #expect(Self.csv(result.output)?.dropFirst().map { $0[0] } == names)
  }

  @Test("one bad image among good ones is one error, exit code 1, and all others are scored")
  func oneBadImage() async throws {
    try await workspace.trainDigits()
    let bad = try workspace.truncatedPNG("bad.png")
    let good = Examples.sample
    let table = try await workspace.run("score", "digits", good, bad, good)
    #expect(table.status == 1)
    #expect(table.output.split(separator: "\n").count == 3)
    let errors = table.errors.split(separator: "\n")
    #expect(errors.count == 2)
    #expect(errors[0].hasPrefix("nnscore: \(bad): "))
    #expect(errors[0].contains("cut short"))
    #expect(errors[1].hasPrefix("2 scored, 1 failed in "))

    let document = try await workspace.run("score", "digits", good, bad, good, "--json")
    #expect(document.status == 1)
    let results = try document.json["results"].array
    #expect(results.map { $0["error"] == .null } == [true, false, true])
    #expect(results[1]["path"].string == bad)
    #expect(results[1]["error"].keys == ["code", "message"])
    #expect(try document.json["summary"]["failed"].integer == 1)

    let csv = try await workspace.run("score", "digits", good, bad, good, "--format", "csv")
    #expect(csv.status == 1)
    let records = try #require(Self.csv(csv.output))
    #expect(records.count == 4)
    #expect(records[2][2] == "" && records[2][13] == results[1]["error"]["code"].string)
    #expect(records[2][14] == results[1]["error"]["message"].string)

    let lines = try await workspace.run("score", "digits", good, bad, good, "--format", "ndjson")
    #expect(lines.status == 1)
    #expect(try lines.output.split(separator: "\n").map { try JSON(String($0)) } == results)
  }
}
