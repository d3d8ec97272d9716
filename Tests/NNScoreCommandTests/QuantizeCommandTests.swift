import Foundation
import Inference
import Testing

@Suite("Models in 8 bits")
struct QuantizeCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func trainHidden() async throws {
    try await workspace.succeed(
      "train", "digits", "--data", Examples.training, "--validation", Examples.test, "--hidden", "24",
      "--learning-rate", "0.5", "--iterations", "80", "--seed", "1", "--promote")
  }

  private func quantize(_ arguments: String...) async throws -> CommandResult {
    try await workspace.start(
      ["quantize", "digits@1", "--calibrate", Examples.training, "--validate", Examples.test, "--json"] + arguments
    ).result()
  }

  @Test(
    "a version is trained, quantized, promoted, scored with, rolled back from, exported, imported, copied and merged")
  func wholeJob() async throws {
    try await trainHidden()
    let made = try await quantize("--promote", "--note", "smaller")
    #expect(made.status == 0, "\(made.errors)")
    let document = try made.json
    #expect(document["version"].integer == 2)
    #expect(document["parent"]["version"].integer == 1)
    #expect(document["precision"].string == "int8")
    #expect(document["serving"].bool == true)
    #expect(document["calibration"]["count"].integer == 1437)
    #expect(document["measured"]["set"].string == "validation")
    #expect(document["measured"]["count"].integer == 360)
    let accuracy = document["measured"]["accuracy"]
    #expect((accuracy["float32"].double ?? 0) > 0.9)
    #expect((accuracy["int8"].double ?? 0) >= (accuracy["float32"].double ?? 1) - 0.005)
    #expect((document["measured"]["largest_change"].double ?? 1) < 0.2)
    #expect((document["bytes"]["int8"].integer ?? 9999) * 3 < (document["bytes"]["float32"].integer ?? 0))

    // What it says of itself, and that it answers as was measured.
    let shown = try await workspace.succeed("show", "digits", "--json").json
    #expect(shown["precision"].string == "int8")
    #expect(shown["lineage"]["parent"]["version"].integer == 1)
    #expect(shown["lineage"]["training"]["count"].integer == 1437)
    #expect(shown["lineage"]["validation"]["count"].integer == 360)
    #expect(shown["hyperparameters"]["quantization"]["calibration_count"].integer == 1437)
    #expect(shown["hyperparameters"]["quantization"]["accuracy"] == accuracy)
    #expect(shown["metrics"]["accuracy.validation"] == accuracy["int8"])
    #expect(shown["tensors"].array.prefix(5).map { $0["type"].string } == ["I8", "F32", "F32", "F32", "U8"])
    #expect(shown["golden"]["count"].integer == 4)
    let evaluated = try await workspace.succeed("evaluate", "digits", "--data", Examples.test, "--json").json
    #expect(evaluated["accuracy"] == accuracy["int8"])
    let versions = try await workspace.succeed("versions", "digits", "--where", "precision = 'int8'", "--json").json
    #expect(versions["versions"].array.map { $0["version"].integer } == [2])
    let lineage = try await workspace.succeed("lineage", "digits@2")
    #expect(lineage.output.contains("digits@1"))
    #expect(
      lineage.output.contains("quantized") && lineage.output.contains("calibrated on 1,437 examples"),
      "\(lineage.output)")
    let difference = try await workspace.succeed("diff", "digits@1", "digits@2", "--data", Examples.test, "--json").json
    #expect(difference["predictions"]["accuracy"]["second"] == accuracy["int8"])
    #expect(difference["architecture"]["different"].array.map { $0["name"].string } == ["precision"])

    // The same bits wherever it goes.
    let scores = try await workspace.succeed("score", "digits", Examples.samples, "--json").json
    #expect(scores["summary"]["scored"].integer == 30)
    try await workspace.succeed("rollback", "digits")
    #expect(try await workspace.succeed("show", "digits", "--json").json["precision"].string == "float32")
    try await workspace.succeed("promote", "digits@2")
    try await workspace.succeed("export", "digits@2", "digits.safetensors")
    let fromFile = try await workspace.succeed("score", "--model", "digits.safetensors", Examples.samples, "--json")
      .json
    #expect(fromFile["results"] == scores["results"])
    let file = try await workspace.succeed("verify", "--model", "digits.safetensors", "--json").json
    #expect(file["precision"].string == "int8" && file["digest"] == document["digest"])
    let imported = try await workspace.succeed("import", "digits.safetensors", "again", "--json").json
    #expect(imported["digest"] == document["digest"])
    #expect(imported["source"]["types"].array.map(\.string) == ["I8", "F32", "U8"])
    try await workspace.succeed("copy", "digits@2", "--to", "other.sqlite")
    try await workspace.succeed("merge", workspace.store, "--store", "merged.sqlite")
    for store in ["other.sqlite", "merged.sqlite", workspace.store] {
      #expect(try await workspace.succeed("verify", "--store", store, "--json").json["sound"].bool == true)
      let copied = try await workspace.succeed("show", "digits@latest", "--store", store, "--json").json
      #expect(copied["digest"] == document["digest"])
    }
  }

  @Test("what loses more than the tolerance is refused with both figures and leaves nothing, unless forced")
  func tolerance() async throws {
    try await trainHidden()
    // Black pictures: what hidden units give to digits is far beyond the range that they have here.
    let black = try workspace.file(
      "black-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 8] + [UInt8](repeating: 0, count: 128))
    try workspace.labels("black-labels-idx1-ubyte", [0, 1])
    let arguments = ["quantize", "digits@1", "--calibrate", black, "--validate", Examples.test]
    let refused = try await workspace.start(arguments + ["--json"]).result()
    #expect(refused.status == 73 && refused.output.isEmpty)
    let measured = try await workspace.succeed("evaluate", "digits@1", "--data", Examples.test, "--json").json[
      "accuracy"]
    let percent = String(format: "%.2f %%", (measured.double ?? 0) * 100)
    for word in [percent, "--force", "--tolerance 0.005", "digits@1", "0.50 %"] {
      #expect(refused.errors.contains(word), "\(refused.errors)")
    }
    #expect(try await workspace.versions(of: "digits") == [1])
    let forced = try await workspace.start(arguments + ["--force", "--json"]).result()
    #expect(forced.status == 0, "\(forced.errors)")
    #expect((try forced.json["measured"]["accuracy"]["int8"].double ?? 1) < (measured.double ?? 0) - 0.005)
    let tolerated = try await workspace.start(arguments + ["--tolerance", "1", "--name", "other"]).result()
    #expect(tolerated.status == 0, "\(tolerated.errors)")
    #expect(try await workspace.versions(of: "digits") == [1, 2])
    #expect(try await workspace.versions(of: "other") == [1])
  }

  @Test("what cannot be quantized, or trained from, is refused with what to do")
  func refusals() async throws {
    try await trainHidden()
    #expect(try await quantize().status == 0)
    for (arguments, status, words) in [
      (["quantize", "digits@2", "--calibrate", Examples.training], 65, ["digits@2", "8 bits already"]),
      (["quantize", "digits@9", "--calibrate", Examples.training], 66, ["digits has no version 9"]),
      (["quantize", "digits@1", "--calibrate", "nowhere"], 66, ["nowhere"]),
      (["quantize", "digits@1"], 64, ["--calibrate"]),
      (["quantize", "digits@1", "--calibrate", Examples.training, "--tolerance", "-1"], 64, ["--tolerance is -1"]),
      (["quantize", "digits@1", "--calibrate", Examples.training, "--name", "a b"], 64, ["a b"]),
      (["train", "more", "--data", Examples.training, "--from", "digits@2"], 65, ["8 bits", "digits@1"]),
    ] as [([String], Int32, [String])] {
      let result = try await workspace.start(arguments).result()
      #expect(result.status == status, "\(arguments): \(result.errors)")
      for word in words { #expect(result.errors.contains(word), "\(arguments): \(result.errors)") }
    }
    try await workspace.succeed("export", "digits@2", "digits.safetensors")
    let start = try await workspace.run(
      "train", "more", "--data", Examples.training, "--init-from", "digits.safetensors")
    #expect(start.status == 65 && start.errors.contains("8 bits"), "\(start.errors)")
    #expect(try await workspace.versions(of: "digits") == [1, 2])
    #expect(try await workspace.versions(of: "more").isEmpty)
  }

  @Test("text fits a terminal and names both figures")
  func text() async throws {
    try await trainHidden()
    let result = try await workspace.succeed("quantize", "digits", "--calibrate", Examples.training)
    #expect(result.output.hasPrefix("digits@2  sha256:"))
    #expect(result.output.contains("accuracy") && result.output.contains("8 BITS"))
    let shown = try await workspace.succeed("show", "digits@2")
    #expect(shown.output.contains("int8") && shown.output.contains("calibrated on"))
    #expect(try await workspace.succeed("diff", "digits@1", "digits@2").output.contains("I8 24 × 64"))
  }
}
