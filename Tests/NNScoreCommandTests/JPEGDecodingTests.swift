import Foundation
import Images
import Inference
import Testing

@Suite("How JPEG pictures are decoded is part of a version")
struct JPEGDecodingTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// A folder with two classes of JPEG pictures between 90 and 301 pixels.
  private func pictures() throws -> String {
    let fixtures = Examples.root.appendingPathComponent("Tests/ImagesTests/Fixtures")
    for (index, name) in ["420", "422", "progressive", "grey", "cmyk", "turned6"].enumerated() {
      let target = workspace.folder.appendingPathComponent("pictures/\(index % 2)")
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: fixtures.appendingPathComponent("scaled-\(name).jpg").path, toPath: target.path + "/\(name).jpg")
    }
    return workspace.path("pictures")
  }

  /// The document of a command that succeeds.
  private func result(_ arguments: [String]) async throws -> JSON {
    let result = try await workspace.start(arguments + ["--json"]).result()
    #expect(result.status == 0, "\(result.errors)")
    return try result.json
  }

  @Test("train decodes at a part of the size where --size is given, unless it is told not to, and score does the same")
  func trainAndScore() async throws {
    let set = try pictures()
    for (model, options, decoding) in [
      ("scaled", [], ImageRule.JPEGDecoding.scaled), ("full", ["--jpeg", "full"], .full),
    ] {
      let trained = try await result(
        ["train", model, "--data", set, "--size", "12", "--hidden", "3", "--iterations", "30", "--promote"] + options)
      let shown = try await workspace.succeed("show", model, "--json").json
      #expect(shown["input_format"]["jpeg"].string == (decoding == .scaled ? "scaled" : nil))
      let text = try await workspace.succeed("show", model).output
      #expect(text.contains("12×12×3 uint8, stretch, bilinear\(decoding == .scaled ? ", JPEG scaled" : "")\n"))

      let evaluation = try await workspace.succeed("evaluate", model, "--data", set, "--json").json
      #expect(evaluation["accuracy"] == trained["accuracy"]["training"])

      // Each picture's score is that of the pixels that the rule gives, to the last bit.
      let file = workspace.path(model + ".safetensors")
      try await workspace.succeed("export", model, file)
      let loaded = try Model(contentsOfFile: file)
      #expect(loaded.inputFormat.jpeg.name.description == decoding.rawValue)
      var scorer = Scorer(try PackedModel(loaded))
      let rule = try ImageRule(height: 12, width: 12, channels: 3, filter: .bilinear, jpeg: decoding)
      let results = try await workspace.succeed("score", model, set, "--json").json["results"].array
      #expect(results.count == 6)
      for result in results {
        let pixels = try ImageDecoder().pixels(ofFile: try #require(result["path"].string), rule: rule)
        let score = try #require(result["scores"]["1"].double)
        let own = try scorer.scores(of: pixels)[0]
        #expect(Float(score) == own)
      }
    }
    let differences = try await workspace.succeed("diff", "scaled", "full", "--json").json
    #expect(differences["input_format"]["different"].array.map { $0["name"].string } == ["jpeg"])
    for (decoding, count) in [("scaled", 1), ("full", 0)] {
      let found = try await result(["versions", "scaled", "--where", "input.jpeg = \"\(decoding)\""])
      #expect(found["versions"].array.count == count)
    }
    try await workspace.succeed("verify")
  }

  @Test("pictures at their own size, and imported networks that were not said to, are decoded in full")
  func defaults() async throws {
    try await workspace.succeed("train", "tiny", "--data", try workspace.classFolders(), "--iterations", "2")
    #expect(try await workspace.succeed("show", "tiny@1", "--json").json["input_format"]["jpeg"] == .null)
    let refused = try await workspace.start(
      ["train", "tiny", "--data", workspace.path("set"), "--jpeg", "full"]
    ).result()
    #expect(refused.status == 64)
    #expect(refused.errors.contains("--jpeg: it is for pictures that are resized; give --size too"))

    let weight = (0..<64).map { Float($0 % 5) - 2 }
    let file = try workspace.tensors("one.safetensors", weight: weight, bias: [0.5])
    for (options, decoding) in [([], nil), (["--jpeg", "scaled"], "scaled")] as [([String], String?)] {
      let arguments = [
        "import", file, "other", "--activations", "sigmoid", "--size", "8", "--grey", "--labels", "a,b",
      ]
      let imported = try await result(arguments + options)
      #expect(imported["input_format"]["jpeg"].string == decoding)
    }
  }
}
