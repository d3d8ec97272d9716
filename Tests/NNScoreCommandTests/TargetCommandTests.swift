import Foundation
import Testing

@Suite("Independent labels and quantities, from train to history")
struct TargetCommandTests {
  let workspace: Workspace
  /// Digits with the labels "big" and "odd".
  let labels: String
  /// Digits with their value, and ten times that less 20.
  let quantities: String

  init() throws {
    workspace = try Workspace()
    labels = try workspace.manifest("set/labels.csv", columns: ["big", "odd"]) { [$0 > 4 ? 1 : 0, $0 % 2] }
    quantities = try workspace.manifest("set/values.csv", columns: ["digit", "tens"]) { [$0, $0 * 10 - 20] }
  }

  private var set: String { workspace.path("set") }

  private func train(_ name: String, _ data: String, _ more: String...) async throws -> CommandResult {
    try await workspace.start(
      [
        "train", name, "--data", data, "--validation", data, "--hidden", "12", "--optimizer", "adam", "--learning-rate",
        "0.02", "--iterations", "300", "--seed", "1", "--promote", "--json",
      ] + more
    ).result()
  }

  @Test("labels: trained, measured, scored and kept, one sigmoid output each")
  func multilabel() async throws {
    let trained = try await train("marks", set)
    try #require(trained.status == 0, "\(trained.errors)")
    let report = try trained.json
    #expect(report["task"].string == "multilabel")
    #expect(report["accuracy"]["validation"].double == 1)
    #expect(report["metrics"]["label_accuracy.training"].double == 1 && report["metrics"]["f1.validation"].double == 1)

    let shown = try await workspace.succeed("show", "marks", "--json").json
    #expect(shown["labels"].array.map(\.string) == ["big", "odd"])
    let last = shown["architecture"]["layers"].array.last
    #expect(last?["activation"].string == "sigmoid" && last?["outputs"].integer == 2)

    let measured = try await workspace.succeed("evaluate", "marks", "--data", labels, "--json").json
    #expect(measured["task"].string == "multilabel" && measured["count"].integer == 30)
    #expect(measured["label_accuracy"].double == 1 && measured["area_under_roc"].double == 1)
    #expect(measured["classes"].array.map { $0["examples"].integer } == [15, 15])
    #expect(measured["confusion"].array.isEmpty && measured["quantities"].array.isEmpty && measured["rmse"] == .null)
    let text = try await workspace.succeed("evaluate", "marks", "--data", set).output
    #expect(text.contains("accuracy  100.00 % of labels\n"))
    #expect(text.contains("100.00 % of examples (30 with all labels right)"))
    #expect(text.contains("LABEL") && text.contains("ROC AUC") && text.contains("macro average"))

    let results = try await workspace.succeed("score", "marks", set, "--json").json["results"].array
    #expect(results.count == 30)
    for result in results {
      let digit = try #require(result["path"].string?.split(separator: "/").last?.first?.wholeNumberValue)
      let expected = (digit > 4 ? ["big"] : []) + (digit % 2 == 1 ? ["odd"] : [])
      #expect(result["labels"].array.compactMap(\.string) == expected && result["label"] == .null)
      #expect(((result["scores"]["odd"].double ?? .nan) > 0.5) == (digit % 2 == 1))
    }
    let csv = try await workspace.succeed("score", "marks", "\(set)/7-0.png", "\(set)/0-0.png", "--format", "csv")
      .output
    let rows = csv.split(separator: "\r\n")
    #expect(rows.first == "path,index,labels,score:big,score:odd,error_code,error")
    #expect(rows[1].contains(",,big;odd,0.") && rows[2].contains("0-0.png,,,"))
    let table = try await workspace.succeed("score", "marks", "\(set)/7-0.png", "\(set)/0-0.png").output
    #expect(table.hasPrefix("      big        odd  PATH  LABELS\n"))
    #expect(table.contains("7-0.png  big, odd\n") && table.contains("0-0.png  -\n"))

    let history = try await workspace.succeed("history", "marks", "--metric", "auc", "--json").json
    #expect(history["epochs"].array.last?["metrics"].keys == ["auc.training", "auc.validation"])
    let each = try await workspace.succeed("history", "marks", "--metric", "f1.validation.odd", "--plot").output
    #expect(each.contains("epoch"))
    #expect(try await workspace.succeed("history", "marks", "--metrics").output.contains("label_accuracy.validation"))
    #expect(try await workspace.succeed("reproduce", "marks").output.contains("reproduced to the bit"))
  }

  @Test("quantities: trained, measured, scored and kept, one linear output each")
  func regression() async throws {
    let trained = try await train("values", quantities)
    try #require(trained.status == 0, "\(trained.errors)")
    let report = try trained.json
    #expect(report["task"].string == "regression" && report["accuracy"]["training"] == .null)
    let rmse = try #require(report["metrics"]["rmse.validation"].double)
    let r2 = try #require(report["metrics"]["r2.validation"].double)
    #expect(r2 > 0.9 && r2 < 1 && rmse > 0 && rmse < 10)

    let measured = try await workspace.succeed("evaluate", "values", "--data", quantities, "--json").json
    #expect(measured["task"].string == "regression" && measured["accuracy"] == .null)
    #expect(measured["rmse"].double == rmse && measured["r2"].double == r2)
    #expect(measured["quantities"].array.map { $0["label"].string } == ["digit", "tens"])
    #expect(measured["classes"].array.isEmpty && measured["label_accuracy"] == .null)
    let text = try await workspace.succeed("evaluate", "values", "--data", quantities).output
    #expect(text.contains("QUANTITY") && text.contains("RMSE") && text.contains("R²") && text.contains("\nall "))

    // The errors of the scores are those that were measured.
    let results = try await workspace.succeed("score", "values", set, "--json").json["results"].array
    var (squares, sizes) = (0.0, 0.0)
    for result in results {
      let digit = try #require(result["path"].string?.split(separator: "/").last?.first?.wholeNumberValue)
      let error = try #require(result["scores"]["tens"].double) - Double(digit * 10 - 20)
      squares += error * error
      sizes += abs(error)
      #expect(result["label"] == .null && result["labels"] == .null)
    }
    let tens = measured["quantities"][1]
    #expect(abs((squares / 30).squareRoot() - (tens["rmse"].double ?? .nan)) < 1e-4)
    #expect(abs(sizes / 30 - (tens["mae"].double ?? .nan)) < 1e-4)
    let csv = try await workspace.succeed("score", "values", "\(set)/7-0.png", "--format", "csv").output
    #expect(csv.hasPrefix("path,index,value:digit,value:tens,error_code,error\r\n"))
    #expect(
      try await workspace.succeed("score", "values", "\(set)/7-0.png").output.hasPrefix("    digit       tens  PATH\n"))
    let history = try await workspace.succeed("history", "values", "--metric", "r2", "--json").json
    #expect(history["epochs"].array.last?["metrics"]["r2.validation"].double == r2)
    #expect(try await workspace.succeed("history", "values", "--metrics").output.contains("rmse.validation"))
    #expect(try await workspace.succeed("reproduce", "values").output.contains("reproduced to the bit"))
  }

  @Test("a model file keeps names and outputs, and any number of threads gives the same version")
  func files() async throws {
    for (name, data) in [("marks", set), ("values", quantities)] {
      let first = try await train(name, data, "--threads", "1")
      try #require(first.status == 0, "\(first.errors)")
      for threads in ["2", "8"] {
        let other = try await train(name, data, "--threads", threads)
        #expect(try other.json["digest"] == first.json["digest"])
      }
      try await workspace.succeed("export", name, "\(name).safetensors")
      let stored = try await workspace.succeed("score", name, set, "--format", "ndjson").output
      let file = try await workspace.succeed(
        "score", "--model", "\(name).safetensors", set, "--format", "ndjson"
      ).output
      #expect(stored == file)
      let measured = try await workspace.succeed(
        "evaluate", "--model", "\(name).safetensors", "--data", data, "--json"
      ).json
      #expect(measured["labels"] == (try await workspace.succeed("show", name, "--json").json["labels"]))
    }
  }

  @Test("--task says what the numbers alone do not, and a configuration repeats it")
  func task() async throws {
    let trained = try await train("levels", set, "--task", "regression")
    try #require(trained.status == 0, "\(trained.errors)")
    #expect(try trained.json["task"].string == "regression")
    let configuration = try await workspace.succeed("show", "levels", "--config").output
    #expect(configuration.contains("\ntask: regression\n"))
    try workspace.file("again.yaml", text: configuration)
    let again = try await workspace.succeed("train", "--config", "again.yaml", "--json").json
    #expect(again["digest"] == (try trained.json["digest"]))
    let measured = try await workspace.succeed("evaluate", "levels", "--data", set, "--json").json
    #expect(measured["task"].string == "regression")

    let more = try await workspace.succeed(
      "train", "levels", "--data", quantities, "--task", "regression", "--iterations", "5", "--json"
    ).json
    #expect(more["task"].string == "regression")
    let continued = try await workspace.succeed(
      "train", "levels", "--data", set, "--from", "levels@1", "--iterations", "5", "--json"
    ).json
    #expect(continued["task"].string == "regression")
  }

  @Test(
    "bad data is one error with file, line and column, and exit code 65",
    arguments: [
      ("file,a\n0-0.png,1\n1-0.png,maybe\n", "", "line 3: column \"a\": \"maybe\", expected a number"),
      ("file,a\n0-0.png,1\n1-0.png,2\n", "multilabel", "line 3: column \"a\": \"2\", expected 0 or 1"),
      ("file,a\nx.png,1\n", "", "line 2, column \"file\": x.png: is no file"),
      ("file,a\n0-0.png,1\n1-0.png,1\n", "", "all examples (2) have the same labels"),
      ("file,a\n0-0.png,1\n1-0.png,0\n", "classification", "expected one class each"),
    ])
  func badData(_ example: (text: String, task: String, words: String)) async throws {
    try workspace.file("set/bad.csv", text: example.text)
    let task = example.task.isEmpty ? [] : ["--task", example.task]
    let result = try await workspace.start(["train", "bad", "--data", "set/bad.csv"] + task).result()
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains("set/bad.csv") && result.errors.contains(example.words), "\(result.errors)")
    #expect(try await workspace.versions(of: "bad").isEmpty)
  }

  @Test("what needs classes is refused with what to do")
  func refusals() async throws {
    try #require(try await train("marks", set).status == 0)
    try #require(try await train("values", quantities).status == 0)
    let classes = try workspace.classFolders("classes")
    try workspace.file(
      "sweep.yaml",
      text: """
        {"data": "\(quantities)", "validation": "\(quantities)", "iterations": 2,
          "search": {"method": "grid", "over": {"learning_rate": [0.01]}}}
        """)
    let refused: [([String], Int32, String)] = [
      (["quantize", "marks", "--calibrate", set], 65, "marks@1 answers with labels, not with one class"),
      (["diff", "marks", "values", "--data", set], 65, "answers with labels, not with one class"),
      (
        ["evaluate", "values", "--data", set], 65,
        "it has the quantities \"big\", \"odd\", expected \"digit\", \"tens\""
      ),
      (["evaluate", "marks", "--data", classes], 65, "has no labels.csv, expected one"),
      (["evaluate", "marks", "--data", quantities], 65, "line 2: column \"tens\": \"-20\", expected 0 or 1"),
      (["train", "marks", "--data", set, "--class-weights", "balanced"], 64, "the data has no classes but labels"),
      (["train", "values", "--data", quantities, "--label-smoothing", "0.1"], 64, "which have nothing to smooth"),
      (
        ["train", "marks", "--data", set, "--from", "marks", "--task", "multilabel"], 64, "--task: --from takes network"
      ),
      (["train", "marks", "--data", set, "--task", "guess"], 64, "'guess' is invalid for '--task"),
      (["sweep", "values", "--config", "sweep.yaml"], 65, "say metric: cost.validation under search"),
    ]
    for (arguments, status, words) in refused {
      let result = try await workspace.start(arguments).result()
      #expect(result.status == status, "\(arguments): \(result.errors)")
      let errors = result.errors.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(errors.contains(words), "\(arguments): \(result.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: workspace.path("m")))
  }

  @Test("a sweep of quantities ranks by the cost, one of labels by the accuracy")
  func sweeps() async throws {
    for (name, data, metric) in [("marks", set, "accuracy.validation"), ("values", quantities, "cost.validation")] {
      try workspace.file(
        "\(name).yaml",
        text: """
          {"data": "\(data)", "validation": "\(data)", "iterations": 20,
            "search": {"method": "grid", "metric": "\(metric)", "over": {"learning_rate": [0.0001, 0.05]}}}
          """)
      try await workspace.succeed("sweep", name, "--config", "\(name).yaml")
      #expect(try await workspace.versions(of: name) == [1])
    }
  }

  @Test(
    "the JSON documents are what their schemas say",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    var check = SchemaCheck()
    for (name, data) in [("marks", set), ("values", quantities)] {
      check.add("train", try await train(name, data).output)
      for (schema, arguments) in [
        ("evaluate", ["evaluate", name, "--data", data]), ("score", ["score", name, "\(set)/1-0.png"]),
        ("show", ["show", name]), ("history", ["history", name]), ("versions", ["versions", name]),
        ("train_config", ["show", name, "--config"]), ("reproduce", ["reproduce", name]),
      ] {
        let result = try await workspace.start(arguments + ["--json"]).result()
        #expect(result.status == 0, "\(arguments): \(result.errors)")
        check.add(schema, result.output)
      }
      let line = try await workspace.succeed("score", name, "\(set)/1-0.png", "--format", "ndjson").output
      check.add("score_line", line)
    }
    try await check.run(in: workspace)
  }
}
