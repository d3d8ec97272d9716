import Foundation
import Testing

@Suite("What was measured after epochs")
struct HistoryCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func train(_ arguments: String...) async throws {
    let command = try workspace.start(
      [
        "train", "digits", "--data", Examples.training, "--validation", Examples.test, "--seed", "1", "--hidden", "12",
        "--optimizer", "adam", "--learning-rate", "0.01", "--batch-size", "64",
      ] + arguments)
    let result = try await command.result()
    try #require(result.status == 0, "\(result.errors)")
  }

  @Test("each metric of each set and class is there after each measured epoch, and the last is that of the report")
  func document() async throws {
    try await train("--epochs", "7", "--measure-every", "2", "--schedule", "step", "--schedule-every", "3")
    let json = try await workspace.succeed("history", "digits@1", "--json").json
    #expect(json["epochs"].array.map { $0["epoch"].integer } == [2, 4, 6, 7])
    var names: Set = ["learning_rate"]
    for set in ["training", "validation"] {
      names.formUnion(["cost.\(set)", "accuracy.\(set)"])
      for metric in ["precision", "recall", "f1"] {
        names.insert("\(metric).\(set)")
        names.formUnion((0...9).map { "\(metric).\(set).\($0)" })
      }
    }
    for epoch in json["epochs"].array { #expect(epoch["metrics"].keys == names) }
    let metrics = json["epochs"].array.map { $0["metrics"] }
    let rates = metrics.compactMap { $0["learning_rate"].double }
    #expect(zip(rates, [0.01, 0.001, 0.001, 0.0001]).allSatisfy { abs($0 - $1) < 1e-9 }, "\(rates)")
    let shown = try await workspace.succeed("show", "digits@1", "--json").json["metrics"]
    for name in ["accuracy.validation", "cost.validation"] { #expect(metrics[3][name] == shown[name]) }
    // The mean over the classes is what it is called.
    let each = (0...9).compactMap { metrics[3]["f1.validation.\($0)"].double }
    #expect(abs((metrics[3]["f1.validation"].double ?? 0) - each.reduce(0, +) / 10) < 1e-12)

    let some = try await workspace.succeed("history", "digits@1", "--metric", "f1.training.3", "--json")
    #expect(try some.json["epochs"][0]["metrics"].keys == ["f1.training.3"])
    if Python.hasJSONSchema {
      var check = SchemaCheck()
      check.add("history", some.output)
      check.add("history", try await workspace.succeed("history", "digits@1", "--json").output)
      try await check.run(in: workspace)
    }
  }

  @Test("two classes have the area under the ROC curve, and a set alone has no validation")
  func twoClasses() async throws {
    try await workspace.trainTiny()
    let metrics = try await workspace.succeed("history", "tiny@1", "--json").json["epochs"][0]["metrics"]
    #expect(metrics.keys.contains("auc.training") && metrics.keys.contains("f1.training.b"))
    #expect(!metrics.keys.contains { $0.contains("validation") })
    let plot = try await workspace.succeed("history", "tiny@1", "--metric", "accuracy", "--plot").output
    #expect(plot.contains("epoch 3") && !plot.contains("training"), "\(plot)")
  }

  @Test("--metrics lists cost and accuracy, --metric what it names, --plot draws both sets with a legend")
  func text() async throws {
    try await train("--epochs", "30")
    let lines = try await workspace.succeed("history", "digits@1", "--metrics").output.split(separator: "\n")
    #expect(
      lines[0].split(separator: " ") == [
        "EPOCH", "cost.training", "cost.validation", "accuracy.training", "accuracy.validation",
      ])
    #expect(
      lines.count == 17 && lines[16].hasPrefix("training: by each step") && lines[15].hasPrefix("   30")
        && lines[1].hasPrefix("    2"), "\(lines)")
    #expect(lines[15].hasSuffix(" %"))
    let every = try await workspace.succeed(
      "history", "digits@1", "--metric", "f1", "--metric", "learning_rate", "--every", "10")
    #expect(every.output.split(separator: "\n").count == 5, "\(every.output)")
    #expect(every.output.hasPrefix("EPOCH  f1.training  f1.validation  learning_rate\n"), "\(every.output)")
    let plot = try await workspace.succeed("history", "digits@1", "--metric", "accuracy", "--plot").output
    #expect(plot.contains("accuracy.training") && plot.contains("accuracy.validation"), "\(plot)")
    #expect(plot.contains(#/1 +epoch 30\n/#), "\(plot)")
  }

  @Test("a metric that is not there is named, with one like it; so is a version without any")
  func refused() async throws {
    try await workspace.trainDigits()
    for arguments in [[], ["--json"]] {
      let result = try await workspace.start(
        ["history", "digits@1", "--metric", "acuracy.validation"] + arguments
      ).result()
      #expect(result.status == 66 && result.output == "")
      #expect(
        result.errors.contains("digits@1 has no metric acuracy.validation; did you mean accuracy.validation?"),
        "\(result.errors)")
    }
    let many = try await workspace.run("history", "digits@1", "--metrics", "--plot")
    #expect(many.status == 64 && many.errors.contains("--plot draws one metric or two"), "\(many.errors)")
    try await workspace.succeed("quantize", "digits@1", "--calibrate", Examples.training)
    let none = try await workspace.run("history", "digits@2", "--metrics")
    #expect(none.status == 66 && none.errors.contains("digits@2: nothing that was measured"), "\(none.errors)")
    #expect(try await workspace.succeed("history", "digits@2", "--json").json["epochs"].array == [])
  }
}
