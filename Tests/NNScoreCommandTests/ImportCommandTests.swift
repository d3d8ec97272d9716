import Foundation
import Inference
import Testing

/// `import` on the built command.
@Suite("Safetensors files as versions")
struct ImportCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// A file that PyTorch saved (Tests/ModelStoreTests/Fixtures/imports/make_imports.py).
  private static func fixture(_ name: String) -> String {
    Examples.root.appendingPathComponent("Tests/ModelStoreTests/Fixtures/imports/\(name).safetensors").path
  }

  private static let chw = [
    fixture("picture-chw"), "cats", "--activations", "relu,sigmoid", "--size", "4x5", "--input-order", "chw", "--mean",
    "0.485,0.456,0.406", "--deviation", "0.229,0.224,0.225", "--labels", "non-cat,cat",
  ]

  private func result(_ arguments: [String]) async throws -> CommandResult {
    try await workspace.start(["import"] + arguments).result()
  }

  @Test("a picture network of PyTorch scores pictures as PyTorch does")
  func pictures() async throws {
    struct Expected: Decodable {
      struct Case: Decodable {
        let file: String
        let rows: [[Double]]
        let scores: [[Double]]
        let bounds: [[Double]]
      }
      let cases: [Case]
    }
    let imported = try await result(Self.chw + ["--promote", "--json"])
    #expect(imported.status == 0, "\(imported.errors)")
    #expect(try imported.json["serving"].bool == true && imported.json["input_format"]["channels"].integer == 3)
    let file = Examples.root.appendingPathComponent("Tests/ModelStoreTests/Fixtures/imports/expected.json")
    let cases = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file)).cases
    let example = try #require(cases.first { $0.file == "picture-chw.safetensors" })
    // An IDX file of rows, pixel by pixel.
    let sides: [UInt8] = [example.rows.count, 4, 5, 3].flatMap { [0, 0, 0, UInt8($0)] }
    let header: [UInt8] = [0, 0, 8, 4] + sides
    try workspace.file("pictures-idx4-ubyte", header + example.rows.joined().map { UInt8($0) })
    let scored = try await workspace.succeed("score", "cats", "pictures-idx4-ubyte", "--json").json["results"].array
    #expect(scored.count == example.rows.count)
    for (result, (score, bound)) in zip(scored, zip(example.scores.joined(), example.bounds.joined())) {
      #expect(abs((result["scores"]["cat"].double ?? 9) - score) <= bound)
      #expect(result["label"].string == (score > 0.5 ? "cat" : "non-cat"))
    }
    // A PNG file is brought to its size, too.
    try await workspace.succeed("score", "cats", Examples.sample)
  }

  @Test("what was imported is told in full, and recorded in the ledger")
  func told() async throws {
    let path = Self.fixture("sequential-float16")
    let options = [path, "net", "--activations", "relu,tanh,softmax", "--features"]
    let first = try await result(options + ["--note", "from PyTorch"])
    #expect(first.status == 0 && first.errors == "", "\(first.errors)")
    for line in [
      "version  net@1", "file     sequential-float16.safetensors (F16)", "layers   20 → 12 relu → 7 tanh → 5 softmax",
      "tensors  0, 2, 4", "input    1×1×20 float32, scale 1", "golden   4 examples",
      "note     F16 widened to F32, each value exactly as it was",
    ] { #expect(first.output.contains(line + "\n"), "\(first.output)") }
    let second = try await result(options + ["--parent", "net@1", "--json"]).json
    #expect(second["version"].integer == 2)
    #expect(second["notes"][1].string == "the same digest as net@1: they answer alike")
    #expect(second["layers"].array.map { $0["name"].string } == ["0", "2", "4"])
    #expect(second["labels"].array.map { $0.string } == ["0", "1", "2", "3", "4"])
    let digest = try #require(second["source"]["sha256"].string)
    let sum = try await workspace.shell("sha256sum \"$1\"", path).output
    #expect(digest == "sha256:\(sum.prefix(64))")
    let shown = try await workspace.succeed("show", "net@2", "--json").json
    #expect(shown["lineage"]["parent"]["version"].integer == 1 && shown["note"].string == "")
    #expect(try await workspace.succeed("show", "net@1", "--json").json["note"].string == "from PyTorch")
    let entry = try await workspace.succeed("ledger", "net", "--json").json["entries"][0]
    #expect(entry["value"].string == "file sequential-float16.safetensors, F16, \(digest)")
    try await workspace.succeed("verify")
  }

  @Test("an exported file needs no options, and keeps name, golden examples and signatures")
  func modelFiles() async throws {
    try await workspace.trainTiny()
    try await workspace.succeed("key", "new", "a.key")
    try await workspace.succeed("sign", "tiny@1", "--key", "a.key")
    try await workspace.succeed("export", "tiny@1", "tiny.safetensors")
    let original = try await workspace.succeed("show", "tiny@1", "--json").json
    let other = ["--store", workspace.path("other.sqlite")]
    let imported = try await result(["tiny.safetensors", "--json"] + other).json
    #expect(imported["model"].string == "tiny" && imported["digest"] == original["digest"])
    #expect(imported["signatures"].integer == 1 && imported["golden_examples"].integer == 2)
    #expect(imported["source"]["model"].string == "tiny" && imported["source"]["version"].integer == 1)
    let renamed = try await result(["tiny.safetensors", "small"] + other)
    #expect(renamed.output.contains("exported  as tiny@1\n") && renamed.output.contains("signed    1 signature\n"))
    let copy = try await workspace.start(["show", "small@1", "--json"] + other).result().json
    #expect(copy["golden"] == original["golden"] && copy["signatures"].array.count == 1)
    let verified = try await workspace.start(["verify"] + other).result()
    #expect(verified.status == 0 && verified.output.contains("2 versions, 4 golden examples"))
    let refused = try await result(["tiny.safetensors", "--activations", "sigmoid"])
    #expect(refused.status == 64 && refused.errors.contains("leave out the options"))
  }

  @Test("golden examples can be real ones")
  func golden() async throws {
    let weight = (0..<64).map { Float($0 % 5) - 2 }
    let file = try workspace.tensors("one.safetensors", weight: weight, bias: [0.5])
    let options = [file, "zero", "--activations", "sigmoid", "--size", "8", "--grey", "--labels", "zero,other"]
    let imported = try await result(options + ["--golden", Examples.test, "--json"])
    #expect(imported.status == 0, "\(imported.errors)")
    try await workspace.succeed("export", "zero@1", "zero.safetensors")
    try await workspace.trainDigits()
    try await workspace.succeed("export", "digits@1", "digits.safetensors")
    let expected = try Model(contentsOfFile: workspace.path("digits.safetensors")).golden
    let model = try Model(contentsOfFile: workspace.path("zero.safetensors"), replayingGolden: true)
    #expect(model.golden?.inputs == expected?.inputs && model.golden?.count == 4)
    #expect(model.labels == ["zero", "other"])
    let wrong = try await result(options.map { $0 == "8" ? "4x16" : $0 } + ["--golden", workspace.classFolders("c")])
    #expect(wrong.status == 0, "pictures are brought to any size: \(wrong.errors)")
  }

  @Test(
    "what is missing or does not fit is told, with what to do, and nothing is registered",
    arguments: [
      (["untold"], 65, "By their shapes it can only be --layers hidden1,hidden2,head"),
      (["named"], 64, "--activations is missing; expected 3, one for each layer: net.fc1 10 → 6, net.fc2 6 → 6"),
      (["named", "--activations", "relu,softmax"], 64, "--activations gives 2; expected 3"),
      (["named", "--activations", "relu,gelu,softmax"], 64, "has \"gelu\"; expected linear, relu"),
      (["named", "--activations", "relu,tanh,softmax"], 64, "give --size for pictures, or --features for numbers"),
      (["named", "--activations", "softmax,relu,relu", "--features"], 65, "softmax is for the last layer only"),
      (["named", "--activations", "relu,tanh,softmax", "--features", "--labels", "a,b"], 65, "2 labels for 4 outputs"),
      (
        ["named", "--activations", "relu,tanh,softmax", "--size", "2"], 64, "makes 12 inputs, but the first layer takes"
      ),
      (["named", "--activations", "relu,tanh,softmax", "--features", "--size", "2"], 64, "rows are no pictures"),
      (["named", "--activations", "relu,tanh,softmax", "--features", "--mean", "1,2"], 64, "2 means"),
      (["named", "--activations", "relu,tanh,softmax", "--features", "--scale", "one"], 64, "--scale is \"one\""),
      (["named", "--activations", "relu,tanh,softmax", "--features", "--deviation", "0"], 64, "standard deviation"),
      (["named", "--activations", "relu,tanh,softmax", "--features", "--parent", "net@7"], 66, "no store at"),
      (["chw", "--activations", "relu,sigmoid", "--size", "4x5"], 64, "need --input-order: chw"),
      (["chw", "--activations", "relu,sigmoid"], 64, "its 60 inputs are"),
      (["square", "--activations", "sigmoid"], 64, "64 = 8 × 8 may be --size 8 --grey"),
      (["none"], 66, "none"), (["set"], 66, "set"), (["text"], 65, "not a safetensors file"),
    ] as [([String], Int32, String)])
  func refusals(arguments: [String], status: Int32, words: String) async throws {
    _ = try workspace.classFolders()
    try workspace.file("text", text: "no tensors at all")
    _ = try workspace.tensors("square", weight: [Float](repeating: 1, count: 64), bias: [0])
    let names = ["untold": "module-untold", "named": "module-named", "chw": "picture-chw"]
    let file = names[arguments[0]].map(Self.fixture) ?? arguments[0]
    let result = try await result([file, "net"] + arguments.dropFirst())
    #expect(result.status == status, "\(result.errors)")
    #expect(result.output == "" && result.errors.contains(words), "\(result.errors)")
    #expect(try await workspace.versions(of: "net") == [])
    if status == 64 { #expect(result.errors.contains("Usage: nnscore import")) }
  }

  @Test("a file of another program needs a NAME, and a model file's name must be one here")
  func names() async throws {
    let nameless = try await result([Self.fixture("module-named"), "--activations", "relu,tanh,softmax", "--features"])
    #expect(nameless.status == 64 && nameless.errors.contains("expected the model's NAME after the file"))
    try await workspace.trainTiny()
    try await workspace.succeed("export", "tiny@1", "tiny.safetensors")
    let model = try Model(contentsOfFile: workspace.path("tiny.safetensors"))
    try workspace.file(
      "odd.safetensors",
      ModelFile.encode(
        Model(
          architecture: model.architecture, parameters: model.parameters, inputFormat: model.inputFormat,
          labels: model.labels, identity: Model.Identity(name: "née x/y", number: 0, digest: ""))))
    let odd = try await result(["odd.safetensors"])
    #expect(odd.status == 64 && odd.errors.contains("give a NAME after the file"))
    #expect(try await result(["odd.safetensors", "odd"]).status == 0)
    #expect(try await result([Self.fixture("module-named"), "no/name"]).status == 64)
  }

  @Test(
    "the JSON documents are what their schema says",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    try await workspace.trainTiny()
    try await workspace.succeed("export", "tiny@1", "tiny.safetensors")
    let deep = (0..<6).map { _ in "leakyRelu" }.joined(separator: ",") + ",sigmoid"
    var check = SchemaCheck()
    for arguments in [
      Self.chw, Self.chw, ["tiny.safetensors"], ["tiny.safetensors", "other", "--promote"],
      [Self.fixture("sequential-nobias"), "net", "--activations", "relu,linear", "--features"],
      [Self.fixture("sequential-float64"), "net", "--activations", "relu,tanh,softmax", "--features"],
      [Self.fixture("sequential-deep"), "net", "--activations", deep, "--features"],
    ] {
      let result = try await result(arguments + ["--json"])
      #expect(result.status == 0, "\(result.errors)")
      check.add("import", result.output)
    }
    check.add("ledger", try await workspace.succeed("ledger", "--json").output)
    try await check.run(in: workspace)
  }
}
