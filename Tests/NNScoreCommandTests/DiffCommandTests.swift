import Foundation
import Testing

/// diff on the built command.
@Suite struct DiffCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Version 1 of `digits` in service, 2 trained on from it for less long, 3 of another architecture.
  private func threeDigits() async throws {
    try await workspace.trainDigits()
    try await workspace.trainDigits("--from", "digits@1", "--iterations", "5", "--learning-rate", "0.25")
    try await workspace.trainDigits("--hidden", "12")
    try await workspace.succeed("promote", "digits@1")
    try await workspace.succeed("alias", "set", "digits@3", "deep")
  }

  @Test("only what differs is shown, what is equal in one line, and each tensor's change")
  func text() async throws {
    try await threeDigits()
    let text = try await workspace.succeed("diff", "digits", "digits@2").output
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("-  digits@1  sha256:") && lines[1].hasPrefix("+  digits@2  sha256:"))
    for word in ["hp.learning_rate", "hp.iterations", "cost.first", "cost.final", "accuracy.training", "parent"] {
      #expect(lines.contains { $0.hasPrefix(word + " ") }, "\(word): \(text)")
    }
    for word in ["input.", "architecture.", "label"] {
      #expect(!lines.contains { $0.hasPrefix(word) }, "\(word): \(text)")
    }
    #expect(lines.contains { $0.hasPrefix("layers.0.weight  10 × 64  0.") }, "\(text)")
    let equal = try #require(text.components(separatedBy: "\n\n").last)
    #expect(equal.hasPrefix("equal: architecture, input format, hp."), "\(text)")
    for line in lines { #expect(line.count <= 80 && !line.hasSuffix(" "), "\(line)|") }

    let same = try await workspace.succeed("diff", "digits", "digits@1").output
    #expect(same.contains("both are the same version\n"))
    #expect(
      same.hasSuffix(
        "\n\nequal: architecture, input format, hyperparameters, metrics, cost, lineage,\nweights and biases\n"),
      "\(same)")
  }

  @Test("tensors of other shapes are said to be that, and aliases are references")
  func shapes() async throws {
    try await threeDigits()
    let text = try await workspace.succeed("diff", "digits@1", "digits@deep").output
    #expect(text.contains("architecture.layers"), "\(text)")
    #expect(text.contains("layers.0.weight  10 × 64 in digits@1, 12 × 64 in digits@3\n"), "\(text)")
    #expect(text.contains("layers.1.weight  none in digits@1, 10 × 12 in digits@3\n"), "\(text)")
  }

  @Test("a hyperparameter that is null and one that is not there are equal; a long value's other side says none")
  func nothing() async throws {
    try await workspace.trainDigits()
    try await workspace.trainDigits("--from", "digits@1", "--iterations", "5")
    let file = try workspace.tensors("one.safetensors", weight: [Float](repeating: 0.5, count: 64), bias: [0.5])
    try await workspace.succeed(
      "import", file, "other", "--activations", "sigmoid", "--size", "8", "--grey", "--labels", "zero,other")
    let shown = try await workspace.succeed("show", "digits@2", "--json").json["hyperparameters"]
    #expect(shown.keys.contains("initialization") && shown["initialization"] == .null)
    let document = try await workspace.succeed("diff", "other@1", "digits@2", "--json").json["hyperparameters"]
    let names = document["different"].array.compactMap { $0["name"].string }
    #expect(names.contains("iterations") && !names.contains("initialization"), "\(names)")
    let text = try await workspace.succeed("diff", "other@1", "digits@2").output
    #expect(text.contains("\ndataset.training\n  - none\n  + 1,437 of "), "\(text)")
  }

  @Test("both cost curves are drawn over each other, the longer one to its end")
  func plot() async throws {
    try await threeDigits()
    let text = try await workspace.succeed("diff", "digits@1", "digits@2", "--plot").output
    #expect(text.contains("iteration 29\n"), "\(text)")
    #expect(text.hasSuffix("──── digits@1   ── ─ digits@2\n"), "\(text)")
    let ascii = try await workspace.succeed(
      "diff", "digits@1", "digits@2", "--plot", environment: ["LANG": "C"]
    ).output
    #expect(ascii.hasSuffix("* digits@1   o digits@2   # both\n"), "\(ascii)")
    #expect(try await workspace.run("diff", "digits@1", "digits@2", "--plot", "--json").status == 64)
  }

  @Test(
    "the JSON document is what its schema says",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schema() async throws {
    try await threeDigits()
    try await workspace.trainTiny()
    var check = SchemaCheck()
    for pair in [
      ["digits@1", "digits@2"], ["digits", "digits@deep"], ["digits@3", "tiny@1"], ["digits@1", "digits"],
    ] {
      let result = try await workspace.start(["diff"] + pair + ["--json"]).result()
      #expect(result.status == 0, "\(result.errors)")
      check.add("diff", result.output)
    }
    let set = workspace.path("set")
    for arguments in [["digits@1", "digits@3", "--data", Examples.test], ["tiny@1", "tiny@1", "--data", set]] {
      let result = try await workspace.start(["diff"] + arguments + ["--json"]).result()
      #expect(result.status == 0, "\(result.errors)")
      check.add("diff", result.output)
    }
    let document = try await workspace.succeed("diff", "digits@1", "digits@2", "--json").json
    #expect(document["first"]["version"].integer == 1 && document["second"]["version"].integer == 2)
    #expect(document["same_answers"].bool == false)
    let rate = document["hyperparameters"]["different"].array.first { $0["name"].string == "learning_rate" }
    #expect(rate?["first"].double == 0.5 && rate?["second"].double == 0.25)
    #expect(document["architecture"]["different"].array.isEmpty)
    let parent = document["lineage"]["different"].array.first { $0["name"].string == "parent" }
    #expect(parent?["first"] == .null && parent?["second"].string == "digits@1")
    let weight = document["tensors"][0]
    #expect(weight["name"].string == "layers.0.weight" && weight["first_shape"].array.count == 2)
    #expect((weight["change"]["relative_norm"].double ?? 0) > 0 && (weight["change"]["cosine"].double ?? 0) > 0.9)
    try await check.run(in: workspace)
  }

  @Test("with --data the answers are compared: counts, transitions, McNemar's test and the examples that changed most")
  func predictions() async throws {
    try await threeDigits()
    let document = try await workspace.succeed(
      "diff", "digits@1", "digits@3", "--data", Examples.test, "--top", "5", "--json"
    ).json["predictions"]
    #expect(document["count"].integer == 360 && document["data"].string == Examples.test)
    for (side, reference) in [("first", "digits@1"), ("second", "digits@3")] {
      let evaluation = try await workspace.succeed("evaluate", reference, "--data", Examples.test, "--json").json
      #expect(document["accuracy"][side] == evaluation["accuracy"])
    }
    // The answers one by one, as `score` gives them.
    var answers: [[String]] = []
    for reference in ["digits@1", "digits@3"] {
      let results = try await workspace.succeed("score", reference, Examples.test, "--json").json["results"].array
      answers.append(results.map { $0["label"].string ?? "" })
    }
    let changed = zip(answers[0], answers[1]).filter { $0 != $1 }
    #expect(document["changed"].integer == changed.count && !changed.isEmpty)
    for transition in document["transitions"].array {
      let (from, to) = (transition["from"].string ?? "", transition["to"].string ?? "")
      #expect(transition["count"].integer == changed.count { $0 == (from, to) })
    }
    #expect(document["transitions"].array.compactMap { $0["count"].integer }.reduce(0, +) == changed.count)
    let right = ["both", "only_first", "only_second", "neither"].compactMap { document["right"][$0].integer }
    #expect(right.reduce(0, +) == 360)
    #expect(document["mcnemar"]["discordant"].integer == right[1] + right[2])
    #expect(document["mcnemar"]["method"].string == (right[1] + right[2] < 25 ? "exact_binomial" : "chi_squared"))
    let examples = document["examples"].array
    #expect(examples.count == 5)
    for example in examples {
      let row = try #require(example["row"].integer)
      #expect(example["first"]["label"].string == answers[0][row])
      #expect(example["second"]["label"].string == answers[1][row])
    }
    let changes = examples.compactMap { $0["change"].double }
    #expect(changes == changes.sorted(by: >))
  }

  @Test("the answers are shown to people too: files by their names, one thread or several")
  func predictionText() async throws {
    try await workspace.trainTiny()
    try await workspace.trainTiny("--hidden", "3", "--iterations", "40")
    let set = workspace.path("set")
    let result = try await workspace.succeed("diff", "tiny@1", "tiny@2", "--data", set, "--threads", "1")
    let text = try #require(result.output.components(separatedBy: "The answers to 6 examples of ").last)
    for words in [
      "accuracy", "right: both ", "McNemar: p = ", "(exact binomial test,", "changed most:", "/set/a/0.png",
    ] {
      #expect(text.contains(words), "\(words): \(text)")
    }
    for line in text.split(separator: "\n") where !line.contains("/") {
      #expect(line.count <= 80 && !line.hasSuffix(" "), "\(line)|")
    }
    let again = try await workspace.succeed("diff", "tiny@1", "tiny@2", "--data", set, "--threads", "4")
    #expect(again.output == result.output)
    let same = try await workspace.succeed("diff", "tiny@1", "tiny@latest", "--data", set, "--top", "0").output
    #expect(!same.contains("changed most"))
    #expect(
      try await workspace.succeed("diff", "tiny@1", "tiny@1", "--data", set).output.contains("no answer changed\n"))
  }

  @Test("versions of two input formats see each picture at their own size")
  func otherSize() async throws {
    try await workspace.trainTiny()
    let set = workspace.path("set")
    try await workspace.succeed("train", "large", "--data", set, "--size", "16", "--iterations", "3")
    let result = try await workspace.succeed("diff", "tiny@1", "large@1", "--data", set, "--json")
    #expect(try result.json["predictions"]["count"].integer == 6)
    for (side, reference) in [("first", "tiny@1"), ("second", "large@1")] {
      let evaluation = try await workspace.succeed("evaluate", reference, "--data", set, "--json").json
      #expect(try result.json["predictions"]["accuracy"][side] == evaluation["accuracy"])
    }
  }

  @Test("versions that are not there end with the code for that")
  func refusals() async throws {
    try await workspace.trainTiny()
    let set = workspace.path("set")
    try FileManager.default.createDirectory(atPath: workspace.path("empty"), withIntermediateDirectories: true)
    for (arguments, status) in [
      (["tiny@1", "tiny@1", "--top", "3"], 64), (["tiny@1", "tiny@1", "--data", set, "--top", "-1"], 64),
      (["tiny@1", "tiny@1", "--data", set, "--threads", "0"], 64),
      (["tiny@1", "tiny@1", "--data", "nowhere"], 66), (["tiny@1", "tiny@1", "--data", "empty"], 65),
      (["tiny@1", "tiny@1", "--data", Examples.test], 65),
      (["tiny@1", "tiny@2"], 66), (["tiny", "tiny@1"], 66), (["nope@1", "tiny@1"], 66), (["tiny@1"], 64),
      (["tiny@1", "tiny@x y"], 64),
    ] as [([String], Int32)] {
      let result = try await workspace.start(["diff"] + arguments).result()
      #expect(result.status == status && result.output == "", "\(arguments): \(result.errors)")
    }
  }
}
