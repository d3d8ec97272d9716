import Foundation
import Schemas
import Testing

@testable import NNScoreCommand

@Suite("Configuration files of train")
struct TrainingConfigurationTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Expects an error that begins with file and line.
  private func refuse(
    _ text: String, _ place: String, _ words: [String], _ arguments: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try workspace.file("train.yaml", text: text)
    let set =
      try FileManager.default.fileExists(atPath: workspace.path("set"))
      ? workspace.path("set") : workspace.classFolders()
    let result = try await workspace.start(
      ["train", "tiny", "--data", set, "--config", "train.yaml"] + arguments
    ).result()
    #expect(result.status == 65 && result.output == "", "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.hasPrefix("nnscore: train.yaml:\(place)"), "\(result.errors)", sourceLocation: sourceLocation)
    for word in words {
      #expect(result.errors.contains(word), "\(word) is missing in: \(result.errors)", sourceLocation: sourceLocation)
    }
    #expect(!FileManager.default.fileExists(atPath: workspace.store), sourceLocation: sourceLocation)
  }

  @Test("the keys of the schema are those that are read")
  func schema() throws {
    let document = try #require(Schemas.documents.first { $0.name == "train_config" })
    #expect(try JSON(document.json)["properties"].keys == Set(TrainKey.allCases.map(\.rawValue)))
  }

  private static let everything = """
    # all of it
    name: digits
    data: "\(Examples.training)"
    validation: "\(Examples.test)"
    hidden: [16, 12]
    activation: tanh
    initialization: xavier
    seed: 9007199254740993
    precision: float32
    learning_rate: 2.0e-3
    epochs: 3
    batch_size: 100
    optimizer: adamw
    beta1: 0.8
    beta2: 0.99
    epsilon: 1e-7
    weight_decay: 0.05
    clip_norm: 2
    schedule: cosine
    schedule_factor: 0.1
    warmup: 5
    l2: 0.0001
    dropout: [0.1, 0.2]
    label_smoothing: 0.1
    class_weights: balanced
    early_stopping: 3
    measure_every: 1
    shift: 1
    rotation: 5
    brightness: 0.1
    flip: false
    normalize: true
    note: 'from a file: "so"'
    threads: 2
    promote: true
    iterations: ~

    """

  @Test("what is in a file does what the options do; show --config gives a file that trains the same bits again")
  func repeats() async throws {
    let file = try workspace.file("train.yaml", text: Self.everything)
    try await workspace.succeed("train", "--config", file)
    try await workspace.succeed(
      "train", "digits", "--data", Examples.training, "--validation", Examples.test, "--hidden", "16,12",
      "--activation", "tanh", "--init", "xavier", "--seed", "9007199254740993", "--learning-rate", "0.002", "--epochs",
      "3", "--batch-size", "100", "--optimizer", "adamw", "--beta1", "0.8", "--beta2", "0.99", "--epsilon", "1e-7",
      "--weight-decay", "0.05", "--clip-norm", "2", "--schedule", "cosine", "--schedule-factor", "0.1", "--warmup",
      "5", "--l2", "0.0001", "--dropout", "0.1,0.2", "--label-smoothing", "0.1", "--class-weights", "balanced",
      "--early-stopping", "3", "--measure-every", "1", "--shift", "1", "--rotation", "5", "--brightness", "0.1",
      "--normalize", "--note", "from a file: \"so\"")
    let first = try await workspace.succeed("show", "digits", "--json").json
    let second = try await workspace.succeed("show", "digits@2", "--json").json
    for key in ["digest", "hyperparameters", "input_format", "note"] { #expect(first[key] == second[key], "\(key)") }
    #expect(first["version"].integer == 1)

    let yaml = try await workspace.succeed("show", "digits@1", "--config").output
    #expect(yaml.hasPrefix("# Repeats digits@1: nnscore train --config FILE\nname: digits\ndata: "), "\(yaml)")
    #expect(yaml.contains("\nseed: 9007199254740993\n") && yaml.contains("\nepsilon: 1.0e-07\n"), "\(yaml)")
    let json = try await workspace.succeed("show", "digits@1", "--config", "--json").output
    for (name, text) in [("again.yaml", yaml), ("again.json", json)] {
      try workspace.file(name, text: text)
      let again = try await workspace.succeed("train", "--config", name, "--json").json
      #expect(again["digest"] == first["digest"], "\(name): \(text)")
    }
    let last = try await workspace.succeed("show", "digits@4", "--json").json
    #expect(last["hyperparameters"] == first["hyperparameters"] && last["note"] == first["note"])
    if Python.hasJSONSchema {
      var check = SchemaCheck()
      check.add("train_config", json)
      try await check.run(in: workspace)
    }
  }

  @Test("pictures, a network without hidden layers, and a continued version repeat too")
  func repeatsOthers() async throws {
    let set = try workspace.classFolders()
    for arguments in [
      [], ["--size", "6x5", "--grey", "--fit", "pad", "--filter", "box", "--background", "00a0ff", "--normalize"],
      ["--from", "tiny@1", "--optimizer", "momentum"],
      ["--hidden", "3", "--activation", "sigmoid", "--precision", "float64", "--class-weights", "1,2.5", "--flip"],
    ] {
      let version = try await workspace.start(
        ["train", "tiny", "--data", set, "--iterations", "4", "--json"] + arguments
      ).result().json
      let number = try #require(version["version"].integer, "\(arguments)")
      let yaml = try await workspace.succeed("show", "tiny@\(number)", "--config").output
      try workspace.file("again.yaml", text: yaml)
      let again = try await workspace.succeed("train", "--config", "again.yaml", "--json").json
      #expect(again["digest"] == version["digest"], "\(yaml)")
    }
  }

  @Test("versions that were not trained from what is recorded have no configuration")
  func notRepeatable() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.succeed("export", "tiny@1", "start.safetensors")
    try await workspace.trainTiny(
      "--init-from", ReproducibilityTests.tensors(count: 2, type: "F32", inputs: 64, in: workspace))
    try await workspace.succeed("quantize", "tiny@1", "--calibrate", "set", "--tolerance", "1")
    try await workspace.succeed("import", "start.safetensors", "other")
    for (version, word) in [("tiny@2", "--init-from"), ("tiny@3", "quantized"), ("other@1", "not trained by nnscore")] {
      let result = try await workspace.run("show", version, "--config")
      #expect(result.status == 65 && result.output == "", "\(version)")
      #expect(result.errors.contains(version) && result.errors.contains(word), "\(result.errors)")
    }
  }

  @Test("what began from the parameters of a version names it, by itself or as the file that it was exported to")
  func initFromVersion() async throws {
    try await workspace.trainTiny("--hidden", "3", "--seed", "1")
    try await workspace.succeed("export", "tiny@1", "start.safetensors")
    try await workspace.trainTiny("--init-from", "tiny@1", "--activation", "tanh")
    try await workspace.trainTiny("--init-from", "start.safetensors", "--activation", "tanh", "--normalize")
    try await workspace.trainTiny("--init-from", "start.safetensors")
    for (number, line) in [(2, "init_from: tiny@1\n"), (3, "init_from: tiny@1\n"), (4, "from: tiny@1\n")] {
      let shown = try await workspace.succeed("show", "tiny@\(number)", "--json").json
      #expect(shown["lineage"]["parent"]["version"].integer == 1)
      #expect(shown["hyperparameters"]["initialization"] == .null)
      let yaml = try await workspace.succeed("show", "tiny@\(number)", "--config").output
      #expect(yaml.contains("\n\(line)") && !yaml.contains("\nhidden"), "\(yaml)")
      try workspace.file("again.yaml", text: yaml)
      let again = try await workspace.succeed("train", "--config", "again.yaml", "--json").json
      #expect(again["digest"] == shown["digest"], "\(yaml)")
      let reproduced = try await workspace.succeed("reproduce", "tiny@\(number)")
      #expect(reproduced.output.hasPrefix("tiny@\(number): reproduced to the bit\n"))
    }
    let unknown = try await workspace.run("train", "tiny", "--data", "set", "--init-from", "tiny@99")
    #expect(unknown.status == 66 && unknown.errors.contains("no version 99"), "\(unknown.errors)")
    // Without what it began from nothing can be repeated.
    try await workspace.succeed("delete", "tiny@1")
    for arguments in [["show", "tiny@2", "--config"], ["reproduce", "tiny@2"]] {
      let result = try await workspace.start(arguments).result()
      #expect(result.status == 66 && result.errors.contains("tiny@2 went on from it"), "\(result.errors)")
    }
  }

  @Test("options win over the file, and over what says the same in another way there")
  func optionsWin() async throws {
    let set = try workspace.classFolders()
    try workspace.file(
      "train.yaml",
      text: """
        name: other
        data: nowhere
        epochs: 500
        optimizer: momentum
        momentum: 0.5
        schedule: step
        schedule_every: 3
        learning_rate: 0.5
        size: 6
        grey: true
        hidden: 4
        promote: true
        note: of the file

        """)
    try await workspace.succeed(
      "train", "tiny", "--data", set, "--config", "train.yaml", "--iterations", "3", "--optimizer", "adam",
      "--schedule",
      "cosine", "--no-grey", "--no-promote", "--seed", "1")
    let shown = try await workspace.succeed("show", "tiny@1", "--json").json
    let expected = try JSON(
      """
      {"activation": "relu", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "hidden": [4], "initialization": "he",
       "iterations": 3, "learning_rate": 0.5, "optimizer": "adam", "precision": "float32", "schedule": "cosine",
       "schedule_factor": 0, "seed": 1}
      """)
    #expect(shown["hyperparameters"] == expected)
    #expect(shown["input_format"]["channels"].integer == 3 && shown["note"].string == "of the file")
    #expect(shown["serving"].bool == false)
    // The version's network and input in place of the file's.
    try await workspace.succeed(
      "train", "tiny", "--data", set, "--config", "train.yaml", "--from", "tiny@1", "--iterations", "2")
    #expect(try await workspace.succeed("show", "tiny@2", "--json").json["lineage"]["parent"]["version"].integer == 1)
  }

  @Test("what --without names is as if the file did not say it")
  func without() async throws {
    let set = try workspace.classFolders()
    try workspace.file(
      "train.yaml",
      text: """
        name: tiny
        data: \(set)
        validation: nowhere
        epochs: 2
        batch_size: 3
        clip_norm: 1
        early_stopping: 2
        hidden: 4
        initialization: xavier
        class_weights: balanced
        seed: 1

        """)
    try await workspace.succeed(
      "train", "--config", "train.yaml", "--without",
      "validation,batch-size,clip_norm,early_stopping,hidden,init,class_weights")
    let shown = try await workspace.succeed("show", "tiny@1", "--json").json
    let expected = try JSON(
      """
      {"activation": "relu", "epochs": 2, "hidden": [], "initialization": "zeros", "learning_rate": 0.0075,
       "precision": "float32", "seed": 1}
      """)
    #expect(shown["hyperparameters"] == expected)
    for (arguments, words) in [
      (["--without", "batchsize", "--config", "train.yaml"], ["batchsize", "did you mean batch_size?"]),
      (["--without", "", "--config", "train.yaml"], ["\"\" is no key"]),
      (["--without", "name", "--config", "train.yaml"], ["<name>"]),
      (["--without", "batch_size", "tiny", "--data", set], ["--config"]),
      (["--without", "batch_size", "--resume", "tiny"], ["--without", "checkpoint"]),
    ] {
      let result = try await workspace.start(["train"] + arguments).result()
      #expect(result.status == 64 && result.output == "", "\(arguments): \(result.errors)")
      for word in words { #expect(result.errors.contains(word), "\(word) is missing in: \(result.errors)") }
    }
  }

  @Test("unknown keys, with the one that may be meant")
  func unknownKeys() async throws {
    try await refuse(
      "epochs: 3\n\nlerning_rate: 0.1\n", "3: lerning_rate: there is no such key", ["did you mean learning_rate?"])
    try await refuse("{\"epochs\": 3,\n \"batchsize\": 4}", "2: batchsize:", ["batch_size"])
    try await refuse("{\"a\\/b\": \"\\ud83d\\ude00\"}", " a/b: there is no such key", [])
  }

  @Test(
    "values of other types, with file, key and line",
    arguments: [
      ("epochs: many", "many; expected a whole number"), ("epochs: 3.5", "3.5; expected a whole number"),
      ("learning_rate: \"0.1\"", "\"0.1\"; expected a number"), ("learning_rate: [0.1]", "[0.1]; expected a number"),
      ("seed: -1", "-1; expected a whole number from 0 up"), ("flip: yes", "yes; expected true or false"),
      ("hidden: [20, x]", "[20, x]; expected whole numbers"), ("hidden: [[1]]", "expected whole numbers"),
      ("fit: squeeze", "squeeze; expected stretch, crop or pad"), ("precision: float16", "expected float32 or float64"),
      ("class_weights: even", "even; expected balanced, or"), ("note: {a: b}", "expected a text"),
      ("from: \"@@\"", "expected a version"), ("dropout: [a]", "expected numbers"),
    ])
  func types(line: String, words: String) async throws {
    let key = line.prefix { $0 != ":" }
    try await refuse("# a file\nl2: 0\n\(line)\n", "3: \(key): ", [words])
    // It is wrong whatever the options say.
    if key == "epochs" { try await refuse(line, "1: epochs: ", [words], "--iterations", "3") }
  }

  @Test(
    "values out of range, with file, key and line",
    arguments: [
      ("epochs: 0", "expected 1 to"), ("learning_rate: -1", "expected a positive number"),
      ("learning_rate: .nan", "expected a number"),
      ("optimizer: adagrad", "expected gradient-descent"), ("momentum: 0.9", "has no momentum"),
      ("schedule_factor: 0.5", "has no schedule_factor"), ("hidden: [3, 0]", "expected whole numbers from 1 up"),
      ("activation: softmax", "expected relu"), ("initialization: luck", "expected zeros"),
      ("dropout: 0.5", "hidden layers"),
      ("class_weights: [1, 2, 3]", "expected one for each of the 2 classes"), ("early_stopping: 2", "validation"),
      ("size: 8x8x8", "expected a side"), ("grey: true", "--size"), ("size: 8\nbackground: red", "expected six"),
      ("threads: 0", "expected 1 to 1024"), ("rotation: 90", "expected 0 to 45"),
      ("iterations: 3\nepochs: 3", "exclude each other"),
      ("init_from: a\nfrom: tiny@1", "exclude each other"),
    ])
  func ranges(text: String, words: String) async throws {
    let last = text.split(separator: "\n").last ?? ""
    let line = 1 + text.split(separator: "\n").count
    try await refuse("# a file\n\(text)\n", "\(line): \(last.prefix { $0 != ":" }): ", [words])
  }

  @Test("a file that is none, and a name in it that is none")
  func damaged() async throws {
    try await refuse("epochs: 3\n  hidden: [", "2: neither YAML nor JSON: ", [])
    try await refuse("epochs: 3\nepochs: 4\n", "", ["epochs: stands there twice"])
    try await refuse("{\"epochs\": 3, \"epochs\": 4}", "", ["epochs: stands there twice"])
    try await refuse("- epochs\n", "1: expected keys with values", [])
    try await refuse("[1]: 2\n", "1: a key is no text", [])
    // With aliases of aliases a few lines stand for more values than can be looked at.
    for alias in [
      "seed: &a 1\nepochs: *a\n", "a: &a [1]\n? *a\n: 1\n", "a: &a [1]\nb: {x: [1,*a]}\n", "a: &a 1\n*a : 2\n",
    ] {
      try await refuse(alias, "2: an alias (*name) is not read", [])
    }
    try await refuse("# *this*, and it's \"*that\nepochs: \"\\\" *a\" # *a\n", "2: epochs: ", [])
    try await refuse(String(repeating: "[", count: 200_000), " has more than 1024 brackets", [])
    try await refuse(String(repeating: "- ", count: 200_000), "1: begins with more than 128", [])
    try workspace.file("binary.yaml", [0xff, 0xfe, 0x00])
    let set = try workspace.classFolders("other")
    let binary = try await workspace.run("train", "tiny", "--data", set, "--config", "binary.yaml")
    #expect(binary.status == 65 && binary.errors.contains("binary.yaml: is not UTF-8"), "\(binary.errors)")
    let missing = try await workspace.run("train", "tiny", "--data", set, "--config", "nowhere.yaml")
    #expect(missing.status == 66 && missing.errors.contains("nowhere.yaml"), "\(missing.errors)")
    try workspace.file("name.yaml", text: "name: a b\ndata: set\n")
    let name = try await workspace.run("train", "--config", "name.yaml")
    #expect(name.status == 65 && name.errors.hasPrefix("nnscore: name.yaml:1: name: "), "\(name.errors)")
    try workspace.file("empty.yaml", text: "# nothing\n")
    let empty = try await workspace.run("train", "tiny", "--config", "empty.yaml")
    #expect(empty.status == 64 && empty.errors.contains("'--data <path>'"), "\(empty.errors)")
  }
}
