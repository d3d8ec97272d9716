import Foundation
import Testing

@Suite("Training again gives the same version")
struct ReproducibilityTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func digest(_ arguments: String...) async throws -> String? {
    let command = try workspace.start(
      ["train", "digits", "--data", Examples.training, "--hidden", "8", "--iterations", "15", "--json"] + arguments)
    let result = try await command.result()
    try #require(result.status == 0, "\(result.errors)")
    return try result.json["digest"].string
  }

  @Test("the same seed gives the same digest on any number of threads and any instruction set")
  func sameSeed() async throws {
    for precision in ["float32", "float64"] {
      let expected = try await digest("--seed", "7", "--threads", "1", "--precision", precision)
      for threads in ["2", "5"] {
        #expect(try await digest("--seed", "7", "--threads", threads, "--precision", precision) == expected)
      }
      let portable = try await workspace.succeed(
        "train", "digits", "--data", Examples.training, "--hidden", "8", "--iterations", "15", "--json", "--seed", "7",
        "--precision", precision, environment: ["NNSCORE_ISA": "portable"])
      #expect(try portable.json["digest"].string == expected, "\(precision)")
    }
  }

  @Test("different seeds give different digests")
  func differentSeeds() async throws {
    let digests = [try await digest("--seed", "7"), try await digest("--seed", "8"), try await digest("--seed", "0")]
    #expect(Set(digests).count == 3)
  }

  @Test("a run without --seed records one that gives the same digest again")
  func recordedSeed() async throws {
    let runs = [
      try await workspace.trainDigits("--hidden", "5"),
      try await workspace.succeed(
        "train", "digits", "--data", Examples.training, "--hidden", "5", "--iterations", "5", "--json"),
    ]
    let json = try runs[1].json
    let seed = try #require(json["seed"].digits)
    let shown = try await workspace.succeed("show", "digits@2", "--json").json
    #expect(shown["lineage"]["seed"].digits == seed)
    let again = try await workspace.succeed(
      "train", "digits", "--data", Examples.training, "--hidden", "5", "--iterations", "5", "--seed", seed, "--json"
    ).json
    #expect(again["digest"] == json["digest"])
    #expect(again["seed"].digits == seed)
  }

  @Test("the largest seed is taken and recorded to its last digit")
  func largestSeed() async throws {
    let result = try await workspace.trainTiny("--seed", "18446744073709551615", "--hidden", "2")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("\"seed\" : 18446744073709551615"))
    #expect(try await workspace.succeed("show", "tiny@1").output.contains("18446744073709551615"))
    #expect(try await workspace.succeed("show", "tiny@1", "--json").output.contains("18446744073709551615"))
  }

  @Test("--from goes on where a version ended: two halves give the parameters of the whole")
  func fromAVersion() async throws {
    let start = ["train", "digits", "--data", Examples.training, "--json"]
    func train(_ arguments: String...) async throws -> JSON {
      let result = try await workspace.start(start + arguments).result()
      try #require(result.status == 0, "\(result.errors)")
      return try result.json
    }
    let whole = try await train("--hidden", "6", "--seed", "3", "--iterations", "20")
    let half = try await train("--hidden", "6", "--seed", "3", "--iterations", "10")
    let rest = try await train("--from", "digits@2", "--iterations", "10")
    #expect(rest["digest"] == whole["digest"])
    #expect((rest["cost"]["first"].double ?? 9) < (half["cost"]["final"].double ?? 0))
    let lineage = try await workspace.succeed("show", "digits@3", "--json").json["lineage"]
    #expect(lineage["parent"]["model"].string == "digits")
    #expect(lineage["parent"]["version"].integer == 2)
    #expect(lineage["parent"]["digest"] == half["digest"])
    #expect(try await workspace.succeed("show", "digits@3").output.contains("digits@2"))
  }

  @Test("options that contradict each other are refused")
  func contradictions() async throws {
    try await workspace.trainTiny()
    let set = workspace.path("set")
    let file = try Self.tensors(count: 1, type: "F32", inputs: 64, in: workspace)
    for arguments in [
      ["--from", "tiny@1", "--hidden", "3"], ["--from", "tiny@1", "--activation", "tanh"],
      ["--from", "tiny@1", "--size", "8"], ["--from", "tiny@1", "--init", "he"],
      ["--from", "tiny@1", "--init-from", file], ["--init", "he", "--init-from", file],
      ["--init-from", file, "--hidden", "3"], ["--init-from", "tiny@1", "--hidden", "3"], ["--grey"],
      ["--fit", "crop"],
    ] {
      let result = try await workspace.start(["train", "tiny", "--data", set, "--iterations", "1"] + arguments).result()
      #expect(result.status == 64, "\(arguments): \(result.errors)")
      #expect(result.output == "")
    }
    #expect(try await workspace.versions(of: "tiny") == [1])
    let both = try await workspace.run("train", "tiny", "--data", set, "--iterations", "1", "--epochs", "1")
    #expect(both.status == 64)
    #expect(
      both.errors.hasPrefix("Error: --iterations and --epochs exclude each other; leave out one of them\n"),
      "\(both.errors)")
  }

  /// Writes a safetensors file of zeros by hand: the length of the header in 8 bytes, the header, the data. One layer, or two
  /// with three hidden units.
  static func tensors(count: Int, type: String, inputs: Int, in workspace: Workspace) throws -> String {
    let size = type == "F64" ? 8 : 4
    var header: [String] = []
    var offset = 0
    let shapes = count == 1 ? [(1, inputs)] : [(3, inputs), (1, 3)]
    for (index, shape) in shapes.enumerated() {
      for (name, dimensions) in [("weight", [shape.0, shape.1]), ("bias", [shape.0])] {
        let end = offset + dimensions.reduce(size, *)
        header.append(
          "\"layers.\(index).\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(dimensions),\"data_offsets\":[\(offset),\(end)]}"
        )
        offset = end
      }
    }
    let text = Data("{\(header.joined(separator: ","))}".replacing(" ", with: "").utf8)
    let length = (0..<8).map { UInt8(text.count >> (8 * $0) & 255) }
    return try workspace.file("start-\(count)-\(type).safetensors", length + text + Data(count: offset))
  }

  @Test("--init-from begins from the F32 or F64 tensors of a file", arguments: ["F32", "F64"])
  func initFromFile(type: String) async throws {
    let set = try workspace.classFolders()
    let file = try Self.tensors(count: 1, type: type, inputs: 64, in: workspace)
    let fromFile = try await workspace.succeed(
      "train", "tiny", "--data", set, "--iterations", "5", "--init-from", file, "--json"
    ).json
    let fromZeros = try await workspace.succeed(
      "train", "tiny", "--data", set, "--iterations", "5", "--init", "zeros", "--json"
    ).json
    #expect(fromFile["digest"] == fromZeros["digest"])
    #expect(fromFile["cost"] == fromZeros["cost"])

    // The depth of the network follows from the file.
    let deep = try Self.tensors(count: 2, type: type, inputs: 64, in: workspace)
    try await workspace.succeed("train", "tiny", "--data", set, "--iterations", "1", "--init-from", deep)
    let layers = try await workspace.succeed("show", "tiny@3", "--json").json["architecture"]["layers"].array
    #expect(layers.map { $0["outputs"].integer } == [3, 1])
  }

  @Test("a file whose tensors do not fit the pictures is refused with both shapes")
  func initFromWrongFile() async throws {
    let set = try workspace.classFolders()
    let file = try Self.tensors(count: 1, type: "F32", inputs: 63, in: workspace)
    let result = try await workspace.run("train", "tiny", "--data", set, "--init-from", file)
    #expect([64, 65].contains(result.status))
    #expect(result.errors.contains("63") && result.errors.contains("64"), "\(result.errors)")
    let garbage = try workspace.file("garbage.safetensors", text: "no tensors in here")
    let refused = try await workspace.run("train", "tiny", "--data", set, "--init-from", garbage)
    #expect(refused.status == 65)
    #expect(refused.errors.contains(garbage), "\(refused.errors)")
    let missing = try await workspace.run("train", "tiny", "--data", set, "--init-from", "nowhere.safetensors")
    #expect(missing.status == 66)
    #expect(missing.errors.contains("nowhere.safetensors"), "\(missing.errors)")
    #expect(try await workspace.versions(of: "tiny") == [])
  }
}
