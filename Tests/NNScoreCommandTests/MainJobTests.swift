import Foundation
import Inference
import Testing

@Suite("The whole job on the shipped digits")
struct MainJobTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test("two versions are trained, shown, promoted, rolled back and scored")
  func wholeJob() async throws {
    let first = try await workspace.succeed(
      "train", "digits", "--data", Examples.training, "--validation", Examples.test, "--learning-rate", "0.5",
      "--iterations", "60", "--note", "logistic regression", "--promote", "--json"
    ).json
    #expect(first["model"].string == "digits")
    #expect(first["version"].integer == 1)
    #expect(first["iterations"].integer == 60)
    // Zeros give each of ten classes the same probability.
    #expect(abs((first["cost"]["first"].double ?? 0) - log(10.0)) < 1e-6)
    #expect((first["cost"]["final"].double ?? 9) < 1)
    #expect((first["accuracy"]["training"].double ?? 0) > 0.85)
    #expect((first["accuracy"]["validation"].double ?? 0) > 0.85)
    #expect(first["serving"].bool == true)

    let second = try await workspace.succeed(
      "train", "digits", "--data", Examples.training, "--hidden", "16", "--learning-rate", "0.1", "--iterations", "10",
      "--seed", "2", "--note", "stopped early", "--json"
    ).json
    #expect(second["version"].integer == 2)
    #expect(second["serving"].bool == false)
    #expect(second["accuracy"]["validation"] == .null)
    #expect(second["digest"] != first["digest"])

    let versions = try await workspace.succeed("versions", "digits", "--json").json["versions"].array
    #expect(versions.map { $0["version"].integer } == [1, 2])
    #expect(versions.map { $0["serving"].bool } == [true, false])
    #expect(versions.map { $0["digest"] } == [first["digest"], second["digest"]])
    #expect(versions.map { $0["cost"]["final"] } == [first["cost"]["final"], second["cost"]["final"]])
    #expect(versions[0]["note"].string == "logistic regression")

    let promoted = try await workspace.succeed("promote", "digits@2", "--reason", "hope", "--json").json
    #expect(promoted["entry"]["predecessor"].integer == 1)
    #expect(try await workspace.succeed("show", "digits", "--json").json["version"].integer == 2)
    let worse = try await workspace.succeed("evaluate", "digits", "--data", Examples.test, "--json").json

    let back = try await workspace.succeed("rollback", "digits", "--reason", "worse", "--json").json
    #expect(back["version"].integer == 1)
    #expect(try await workspace.succeed("show", "digits", "--json").json["digest"] == first["digest"])
    let better = try await workspace.succeed("evaluate", "digits", "--data", Examples.test, "--json").json
    #expect((better["accuracy"].double ?? 0) > (worse["accuracy"].double ?? 1))
    #expect(better["accuracy"] == first["accuracy"]["validation"])

    let ledger = try await workspace.succeed(
      "ledger", "digits", "--kind", "promote", "--kind", "rollback", "--json"
    ).json["entries"].array
    #expect(ledger.map { $0["kind"].string } == ["promote", "promote", "rollback"])
    #expect(ledger.map { $0["version"].integer } == [1, 2, 1])
    #expect(ledger.map { $0["predecessor"].integer } == [nil, 1, 2])
    #expect(ledger.map { $0["reason"].string } == ["trained with --promote", "hope", "worse"])

    let scores = try await workspace.succeed("score", "digits", Examples.samples, "--json").json
    #expect(scores["version"].integer == 1)
    #expect(scores["summary"]["scored"].integer == 30)
    let right = scores["results"].array.filter { result in
      let name = (result["path"].string ?? "").split(separator: "/").last ?? ""
      return name.first.map(String.init) == result["label"].string
    }
    #expect(right.count >= 24)
    let verification = try await workspace.succeed("verify", "--json").json
    #expect(verification["sound"].bool == true)
    #expect(verification["versions"].integer == 2)
    #expect(verification["ledger_entries"].integer == 5)
  }

  @Test(
    "every JSON document is what its schema says and has what scripts rely on",
    // The checker is a Python package: NNSCORE_PYTHON names an interpreter that has it, as Scripts/test makes one.
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    var check = SchemaCheck()
    func document(_ schema: String, fields: Set<String>, _ result: CommandResult) throws {
      check.add(schema, result.output)
      let missing = fields.subtracting(try result.json.keys)
      #expect(missing.isEmpty, "\(schema)")
    }
    try document(
      "train", fields: ["model", "version", "digest", "iterations", "cost", "accuracy"], await workspace.trainDigits())
    try document(
      "train", fields: ["seed"],
      await workspace.succeed(
        "train", "digits", "--data", Examples.training, "--hidden", "4", "--iterations", "2", "--json"))
    try document(
      "train", fields: ["seed"],
      await workspace.succeed(
        "train", "other", "--data", Examples.training, "--from", "digits@2", "--iterations", "2", "--json"))
    try document(
      "quantize", fields: ["measured", "bytes", "parent"],
      await workspace.succeed("quantize", "digits@1", "--calibrate", Examples.test, "--name", "bytes", "--json"))
    try document(
      "diff", fields: ["tensors"], await workspace.succeed("diff", "digits@1", "bytes@1", "--json"))
    try await workspace.succeed("export", "bytes@1", "bytes.safetensors")
    try document(
      "verify_model", fields: ["precision"],
      await workspace.succeed("verify", "--model", "bytes.safetensors", "--json"))
    try document(
      "import", fields: ["digest"], await workspace.succeed("import", "bytes.safetensors", "again", "--json"))
    try document(
      "history", fields: ["model", "version", "costs", "epochs"], await workspace.succeed("history", "digits", "--json")
    )
    try document("history", fields: [], await workspace.succeed("history", "digits", "--every", "7", "--json"))
    try document("versions", fields: ["model", "versions"], await workspace.succeed("versions", "digits", "--json"))
    try document("models", fields: ["models"], await workspace.succeed("models", "--json"))
    for reference in ["digits", "digits@2", "other@latest", "bytes@1"] {
      try document(
        "show", fields: ["architecture", "lineage", "input_format"],
        await workspace.succeed("show", reference, "--json"))
    }
    try document("service", fields: ["version"], await workspace.succeed("promote", "digits@2", "--json"))
    try document("service", fields: ["version"], await workspace.succeed("promote", "digits@2", "--json"))
    try document("service", fields: ["version"], await workspace.succeed("rollback", "digits", "--json"))
    try document("ledger", fields: ["entries"], await workspace.succeed("ledger", "digits", "--json"))
    try document("ledger", fields: ["entries"], await workspace.succeed("ledger", "other", "--json"))
    try document("verify", fields: ["sound"], await workspace.succeed("verify", "--json"))
    try document("verify", fields: ["sound"], await workspace.succeed("verify", "digits@1", "--json"))
    try document("export", fields: ["file"], await workspace.succeed("export", "digits", "m.safetensors", "--json"))
    try document(
      "evaluate", fields: ["count", "accuracy", "cost", "confusion"],
      await workspace.succeed("evaluate", "digits", "--data", Examples.test, "--json"))
    try document(
      "evaluate", fields: ["mistakes"],
      await workspace.succeed("evaluate", "digits", "--data", Examples.test, "--mistakes", "wrong", "--json"))
    let broken = try workspace.truncatedPNG("broken.png")
    let paths = [Examples.samples, Examples.test, broken]
    try document(
      "score", fields: ["model", "version", "digest", "results", "summary"],
      await workspace.start(["score", "digits", "--json"] + paths).result())
    let lines = try await workspace.start(["score", "digits", "--format", "ndjson"] + paths).result().output
    #expect(lines.split(separator: "\n").count == 30 + 360 + 1)
    for line in lines.split(separator: "\n") { check.add("score_line", String(line)) }
    // Files that no store holds: what another program wrote has any name, and no digest.
    for (file, name) in [("nameless", ""), ("foreign", "née \"x/y\" " + String(repeating: "é", count: 500))] {
      let bytes = try ModelFile.encode(Self.unregistered(name: name))
      let path = try workspace.file("\(file).safetensors", bytes)
      try document("score", fields: ["digest"], await workspace.succeed("score", "--model", path, paths[0], "--json"))
      try document(
        "evaluate", fields: ["digest"],
        await workspace.succeed("evaluate", "--model", path, "--data", Examples.test, "--json"))
    }
    try await check.run(in: workspace)
  }

  @Test("documents of a kind have the same keys, with null for what is not there")
  func sameKeys() async throws {
    let keys: Set<String> = ["training", "validation"]
    let bare = try await workspace.trainTiny().json
    #expect(bare["accuracy"].keys == keys && bare["accuracy"]["validation"] == .null)
    let full = try await workspace.trainDigits().json
    #expect(full["accuracy"].keys == keys && full["accuracy"]["validation"] != .null)
    let models = try await workspace.succeed("models", "--json").json["models"].array
    #expect(models.map { $0["serving"] } == [.number(1), .null])
    #expect(models.allSatisfy { $0.keys == ["model", "versions", "latest", "serving", "created_at"] })
    for command in ["versions", "show"] {
      let document = try await workspace.succeed(command, command == "show" ? "tiny@1" : "tiny", "--json").json
      let version = command == "show" ? document : document["versions"][0]
      #expect(version["accuracy"].keys == keys && version["cost"].keys == ["final"])
      let lineage: Set<String> = ["parent", "training", "validation", "seed", "code_version", "machine", "seconds"]
      if command == "show" { #expect(document["lineage"].keys == lineage && document["lineage"]["parent"] == .null) }
    }
  }

  /// A model for the digits that no store holds.
  private static func unregistered(name: String) throws -> Model {
    let architecture = try Architecture(inputs: 64, layers: [.init(outputs: 10, activation: .softmax)])
    let layer = DenseParameters(
      weight: (0..<640).map { Float($0 % 7) - 3 }, bias: [Float](repeating: 0, count: 10))
    return try Model(
      architecture: architecture, parameters: Parameters(layers: [layer]),
      inputFormat: InputFormat(height: 8, width: 8, channels: 1), labels: (0..<10).map { "\($0)" },
      identity: Model.Identity(name: name, number: 0, digest: ""))
  }

  @Test("the history of a version is one finite cost for each iteration, the first as at the start")
  func history() async throws {
    let trained = try await workspace.trainDigits().json
    let costs = try await workspace.succeed("history", "digits", "--json").json["costs"].array
    #expect(costs.map { $0["iteration"].integer } == Array(0..<30))
    #expect(costs.first?["cost"] == trained["cost"]["first"])
    #expect(costs.last?["cost"] == trained["cost"]["final"])
    let thin = try await workspace.succeed("history", "digits", "--every", "10", "--json").json["costs"].array
    #expect(thin.map { $0["iteration"].integer } == [0, 10, 20])
    #expect(thin[1] == costs[10])
  }

  @Test("a confusion matrix counts every example in the row of its class")
  func confusion() async throws {
    try await workspace.trainDigits()
    let document = try await workspace.succeed("evaluate", "digits", "--data", Examples.test, "--json").json
    let confusion = document["confusion"].array.map { $0.array.compactMap(\.integer) }
    #expect(confusion.count == 10)
    #expect(confusion.allSatisfy { $0.count == 10 })
    #expect(confusion.joined().reduce(0, +) == 360)
    let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    #expect(abs((document["accuracy"].double ?? 0) - Double(right) / 360) < 1e-12)
  }

  @Test("a version is found by number, digest prefix, latest and what is in service")
  func references() async throws {
    let first = try await workspace.trainDigits().json
    let second = try await workspace.trainDigits("--iterations", "5").json
    #expect(second["version"].integer == 2)
    let digest = try #require(first["digest"].string)
    for (reference, version) in [
      ("digits@1", 1), ("digits@2", 2), ("digits@latest", 2), ("digits", 2), ("digits@\(digest)", 1),
      ("digits@\(digest.prefix(15))", 1),
    ] {
      #expect(try await workspace.succeed("show", reference, "--json").json["version"].integer == version)
    }
  }

  @Test("the store is --store, then NNSCORE_STORE, then in XDG_DATA_HOME, then in the home folder")
  func whereTheStoreIs() async throws {
    let set = try workspace.classFolders()
    let train = ["train", "tiny", "--data", set, "--iterations", "1"]
    let none = ["NNSCORE_STORE": "", "XDG_DATA_HOME": ""]
    for (arguments, environment, place) in [
      (train + ["--store", "option.sqlite"], [:], "option.sqlite"),
      (train, ["NNSCORE_STORE": workspace.path("variable.sqlite")], "variable.sqlite"),
      (train, none.merging(["XDG_DATA_HOME": workspace.path("xdg")]) { $1 }, "xdg/nnscore/store.sqlite"),
      (train, none, ".local/share/nnscore/store.sqlite"),
    ] {
      let result = try await workspace.start(arguments, environment: environment).result()
      #expect(result.status == 0, "\(result.errors)")
      #expect(FileManager.default.fileExists(atPath: workspace.path(place)), "\(place)")
    }
    #expect(!FileManager.default.fileExists(atPath: workspace.store))
  }

  @Test(
    "Python's safetensors reads an exported file",
    // NNSCORE_PYTHON names an interpreter that has it, as Scripts/test makes one.
    .enabled(if: Python.hasSafetensors, "no Python with the package safetensors; set NNSCORE_PYTHON to one"))
  func safetensors() async throws {
    try await workspace.trainDigits()
    try await workspace.succeed("export", "digits", "m.safetensors")
    let script = """
      import sys, safetensors.numpy
      tensors = safetensors.numpy.load_file(sys.argv[1])
      print({name: (tensors[name].shape, str(tensors[name].dtype)) for name in sorted(tensors)})
      """
    let result = try await workspace.python(script, workspace.path("m.safetensors"))
    #expect(
      result.output
        == "{'golden.inputs': ((4, 64), 'uint8'), 'golden.outputs': ((4, 10), 'float32'), "
        + "'layers.0.bias': ((10,), 'float32'), 'layers.0.weight': ((10, 64), 'float32')}\n", "\(result.errors)")
  }
}
