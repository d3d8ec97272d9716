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

  @Test("versions that are not there end with the code for that")
  func refusals() async throws {
    try await workspace.trainTiny()
    for (arguments, status) in [
      (["tiny@1", "tiny@2"], 66), (["tiny", "tiny@1"], 66), (["nope@1", "tiny@1"], 66), (["tiny@1"], 64),
      (["tiny@1", "tiny@x y"], 64),
    ] as [([String], Int32)] {
      let result = try await workspace.start(["diff"] + arguments).result()
      #expect(result.status == status && result.output == "", "\(arguments): \(result.errors)")
    }
  }
}
