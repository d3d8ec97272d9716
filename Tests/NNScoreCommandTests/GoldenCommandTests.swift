import Datasets
import Foundation
import Inference
import Testing

/// Golden examples on the built command.
@Suite("Golden examples")
struct GoldenCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// The first row of a set of each of four classes spread over all ten.
  private static func expectedRows(_ path: String) throws -> GoldenExamples.Rows {
    let set = try LabelledSet.load(path: path)
    let features = set.pixels.count / set.count
    return .uint8(
      try [0, 2, 5, 7].flatMap { label in
        let row = try #require(set.labels.firstIndex(of: label))
        return set.pixels[row * features..<(row + 1) * features]
      })
  }

  /// Exports a version and changes one output of its second example in the last bit.
  private func forgedFile() async throws -> String {
    try await workspace.succeed("export", "digits@1", "digits.safetensors")
    let model = try Model(contentsOfFile: workspace.path("digits.safetensors"), replayingGolden: true)
    let golden = try #require(model.golden)
    var outputs = golden.outputs
    outputs[12] = outputs[12].nextUp
    return try workspace.file(
      "forged.safetensors",
      ModelFile.encode(
        Model(
          architecture: model.architecture, parameters: model.modelParameters, inputFormat: model.inputFormat,
          labels: model.labels, identity: model.identity,
          golden: GoldenExamples(count: golden.count, inputs: golden.inputs, outputs: outputs))))
  }

  @Test(
    "train keeps examples of different classes, from the validation set if there is one, and show and verify tell of them"
  )
  func train() async throws {
    try await workspace.trainDigits()
    try await workspace.succeed("train", "digits", "--data", Examples.training, "--iterations", "2")
    try await workspace.trainTiny()
    for (reference, set) in [("digits@1", Examples.test), ("digits@2", Examples.training)] {
      try await workspace.succeed("export", reference, "\(reference).safetensors")
      let model = try Model(contentsOfFile: workspace.path("\(reference).safetensors"), replayingGolden: true)
      #expect(try model.golden?.inputs == Self.expectedRows(set))
    }
    #expect(try await workspace.succeed("show", "digits").output.contains("\ngolden               4 examples\n"))
    let golden = try await workspace.succeed("show", "tiny@1", "--json").json["golden"]
    #expect(golden["count"].integer == 2 && golden["inputs_sha256"].string?.count == 64)

    #expect(try await workspace.succeed("verify").output.hasPrefix("3 versions, 10 golden examples, "))
    #expect(try await workspace.succeed("verify", "tiny@1").output.hasPrefix("1 version, 2 golden examples, "))
    let report = try await workspace.succeed("verify", "digits@1", "--json").json
    #expect(report["golden_examples"].integer == 4 && report["findings"].array.isEmpty)
  }

  @Test("score and evaluate refuse a model file whose golden examples have another answer")
  func files() async throws {
    try await workspace.trainDigits()
    let forged = try await forgedFile()
    for command in [
      ["score", "--model", forged, Examples.sample], ["evaluate", "--model", forged, "--data", Examples.test],
      ["score", "--model", forged, Examples.sample, "--json"],
    ] {
      let result = try await workspace.start(command).result()
      #expect(result.status == 65 && result.output == "", "\(command)")
      let place = "\(forged): golden example 2 of 4, output 3 of 10: expected 0x"
      #expect(result.errors.contains(place), "\(result.errors)")
    }
    let good = workspace.path("digits.safetensors")
    let fromFile = try await workspace.succeed("score", "--model", good, Examples.sample, "--json").json
    #expect(try await workspace.succeed("score", "digits", Examples.sample, "--json").json == fromFile)
    try await workspace.succeed("evaluate", "--model", good, "--data", Examples.test)
    // Training may go on from either: it takes the parameters alone.
    try await workspace.succeed(
      "train", "more", "--data", Examples.training, "--init-from", good, "--iterations", "2", "--learning-rate", "0.1")
  }

  @Test("an unknown NNSCORE_ISA is wrong usage where golden examples are replayed too")
  func instructionSet() async throws {
    try await workspace.trainTiny()
    for command in [["promote", "tiny@1"], ["verify"], ["verify", "tiny@1"]] {
      let result = try await workspace.start(command, environment: ["NNSCORE_ISA": "mmx"]).result()
      #expect(result.status == 64 && result.errors.contains("NNSCORE_ISA is \"mmx\""), "\(command): \(result.errors)")
    }
    for isa in ["portable", ""] {
      try await workspace.succeed("promote", "tiny@1", environment: ["NNSCORE_ISA": isa])
      try await workspace.succeed("verify", environment: ["NNSCORE_ISA": isa])
    }
  }
}
