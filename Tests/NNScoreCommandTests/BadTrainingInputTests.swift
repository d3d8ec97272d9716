import Foundation
import Testing

@Suite("What train refuses")
struct BadTrainingInputTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Expects that training ends with a code, nothing on standard output, nothing registered, and a message with these words.
  private func refuse(
    _ status: Int32, _ words: [String], _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let result = try await workspace.start(["train", "tiny"] + arguments).result()
    #expect(result.status == status && !result.wasKilled, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output == "", sourceLocation: sourceLocation)
    for word in words {
      #expect(result.errors.contains(word), "\(word) is missing in: \(result.errors)", sourceLocation: sourceLocation)
    }
    #expect(try await workspace.versions(of: "tiny") == [], sourceLocation: sourceLocation)
  }

  @Test("a path that is not there")
  func missingPath() async throws {
    try await refuse(66, ["nnscore: ", "nowhere/at-all", "no such file"], ["--data", "nowhere/at-all"])
    let set = try workspace.classFolders()
    try await refuse(66, ["nnscore: ", "nowhere", "no such file"], ["--data", set, "--validation", "nowhere"])
  }

  @Test("an empty folder")
  func emptyFolder() async throws {
    let folder = try workspace.makeFolder("empty")
    try await refuse(65, [folder, "empty", "sub-folder", "per class"], ["--data", folder])
    try workspace.makeFolder("classes/a")
    try workspace.makeFolder("classes/b")
    try await refuse(65, [workspace.path("classes/a"), "no .png"], ["--data", workspace.path("classes")])
  }

  @Test("pictures that are not in folders of classes")
  func looseFolder() async throws {
    try await refuse(65, [Examples.samples, "folder named after its class"], ["--data", Examples.samples])
  }

  @Test("one class only")
  func oneClass() async throws {
    let set = try workspace.classFolders(classes: ["cat"])
    try await refuse(65, [set, "\"cat\"", "two classes"], ["--data", set])
  }

  @Test("a picture that was cut short")
  func truncatedPicture() async throws {
    let set = try workspace.classFolders()
    let bad = try workspace.truncatedPNG("set/b/bad.png")
    try await refuse(65, [set, "1 of 7", bad, "cut short", "Repair or remove"], ["--data", set])
  }

  @Test("an HDF5 file where libhdf5 is not to be found")
  func noLibrary() async throws {
    let folder = try workspace.makeFolder("libraries")
    for name in ["libhdf5", "libhdf5_serial"] {
      for version in [103, 200, 310] {
        try Data("no library".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).so.\(version)"))
      }
    }
    let file = Examples.root.appendingPathComponent("Tests/DatasetsTests/Fixtures/course.h5").path
    let result = try await workspace.start(
      ["train", "tiny", "--data", file], environment: ["LD_LIBRARY_PATH": folder]
    ).result()
    #expect(result.status == 66 && !result.wasKilled, "\(result.errors)")
    for word in [file, "libhdf5 1.10, 1.12 or 1.14", "apt-get install libhdf5-dev"] {
      #expect(result.errors.contains(word), "\(word) is missing in: \(result.errors)")
    }
  }

  @Test("a Git LFS pointer in place of an HDF5 file")
  func lfsPointer() async throws {
    let file = try workspace.lfsPointer("train.h5")
    try await refuse(65, [file, "Git LFS pointer", "git lfs pull", "HDF5"], ["--data", file])
  }

  @Test("IDX images without their labels, and ones that were cut short")
  func damagedIDX() async throws {
    let images = try workspace.idx("lonely-images-idx3-ubyte", count: 20, side: 8)
    try await refuse(66, ["lonely-labels-idx1-ubyte"], ["--data", images])
    let short = try workspace.file(
      "short-images-idx3-ubyte", try Data(contentsOf: URL(fileURLWithPath: images)).dropLast(9))
    try workspace.file("short-labels-idx1-ubyte", Data([0, 0, 8, 1, 0, 0, 0, 20] + [UInt8](repeating: 1, count: 20)))
    try await refuse(65, [short], ["--data", short])
  }

  @Test("a validation set with other classes")
  func otherValidation() async throws {
    let set = try workspace.classFolders()
    let other = try workspace.classFolders("other", classes: ["a", "x"])
    try await refuse(65, [other, "\"x\""], ["--data", set, "--validation", other])
  }

  @Test(
    "a learning rate that is no positive number", arguments: ["0", "-0.1", "nan", "inf", "-inf", "1e999", "fast", ""])
  func learningRate(rate: String) async throws {
    let set = try workspace.classFolders()
    try await refuse(64, ["learning"], ["--data", set, "--learning-rate", rate])
  }

  @Test("a learning rate so high that the cost is no number any more", arguments: ["float32", "float64"])
  func divergence(precision: String) async throws {
    let set = try workspace.classFolders()
    try await refuse(
      65, ["iteration 1", "try a learning rate below", "nothing was registered"],
      [
        "--data", set, "--learning-rate", precision == "float32" ? "1e38" : "1e300", "--hidden", "3", "--init",
        "normal:10", "--iterations", "50", "--precision", precision, "--seed", "1",
      ])
  }

  @Test("a cost that becomes infinite by the last update is a divergence, and nothing is kept")
  func lastUpdate() async throws {
    let set = try workspace.classFolders()
    try await refuse(
      65, ["at iteration 0 the update took the cost to", "try a learning rate below 1e+30", "nothing was registered"],
      [
        "--data", set, "--hidden", "4", "--activation", "linear", "--learning-rate", "1e30", "--iterations", "1",
        "--seed", "1",
      ])
    let files = try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)
    #expect(files.filter { $0.contains("unregistered") } == [])
  }

  @Test("a validation cost that is not finite is left out, with a word, and the version registered")
  func infiniteValidation() async throws {
    // Two pixels that are always 0 in training, with weights whose sum leaves 32 bits where both are 255.
    let start = try workspace.tensors("start.safetensors", weight: [3e38, 3e38, 0], bias: [0])
    let training = try workspace.idx("train-images-idx3-ubyte", rows: [[0, 0, 10], [0, 0, 200]])
    try workspace.labels("train-labels-idx1-ubyte", [0, 1])
    let validation = try workspace.idx("other-images-idx3-ubyte", rows: [[255, 255, 10], [0, 0, 200]])
    try workspace.labels("other-labels-idx1-ubyte", [0, 1])
    let result = try await workspace.succeed(
      "train", "tiny", "--data", training, "--validation", validation, "--init-from", start, "--iterations", "2",
      "--json")
    #expect(result.errors == "nnscore: the cost on the validation set is inf, which is left out of the metrics\n")
    let metrics = try await workspace.succeed("show", "tiny@1", "--json").json["metrics"]
    #expect(metrics.keys == ["accuracy.training", "accuracy.validation", "cost.training"])
  }

  @Test("a file to begin from with a number that is none, by its name")
  func damagedStart() async throws {
    let training = try workspace.idx("train-images-idx3-ubyte", rows: [[0, 0, 10], [0, 0, 200]])
    try workspace.labels("train-labels-idx1-ubyte", [0, 1])
    for (name, weight, word) in [("nan", Float.nan, "nan"), ("inf", -.infinity, "-inf")] {
      let start = try workspace.tensors("\(name).safetensors", weight: [0, weight, 0], bias: [0])
      try await refuse(
        65, ["nnscore: \(start): layers.0.weight", "is \(word) at element 1"],
        ["--data", training, "--init-from", start])
    }
    let start = try workspace.tensors("short.safetensors", weight: [0, 0], bias: [0])
    try await refuse(65, [start], ["--data", training, "--init-from", start])
  }

  @Test(
    "numbers out of range",
    arguments: [
      ["--iterations", "0"], ["--iterations", "-5"], ["--iterations", "many"],
      ["--iterations", "99999999999999999999"],
      ["--threads", "0"], ["--threads", "-1"], ["--seed", "-1"], ["--seed", "18446744073709551616"],
      ["--precision", "float16"], ["--activation", "softmax"], ["--activation", "gelu"], ["--init", "luck"],
      ["--init", "normal"], ["--init", "normal:x"], ["--init", "normal:-1"], ["--init", "normal:nan"],
      ["--size", "0"], ["--size", "axb"], ["--size", "8x8x8"], ["--size", "99999999999"],
      ["--size", "8", "--background", "red"],
    ])
  func numbers(arguments: [String]) async throws {
    let set = try workspace.classFolders()
    try await refuse(64, [String(arguments[arguments.count - 2].dropFirst(2).prefix(4))], ["--data", set] + arguments)
  }

  @Test(
    "units that are no numbers", arguments: ["", "0", "20,,5", "20,x", "-3", "3.5", "20,7,", "99999999999999999999"])
  func hiddenNonsense(units: String) async throws {
    let set = try workspace.classFolders()
    try await refuse(64, ["--hidden", "\"\(units)\""], ["--data", set, "--hidden", units])
  }

  @Test("networks beyond all memory, said before any of it is allocated")
  func absurdSizes() async throws {
    let set = try workspace.classFolders()
    try await refuse(64, ["2000000000", "16777216"], ["--data", set, "--hidden", "2000000000"])
    try await refuse(75, ["needs", "PiB", "available"], ["--data", set, "--hidden", "16777216,16777216"])
    try await refuse(64, ["--iterations", "4294967295"], ["--data", set, "--iterations", "99999999999999"])
  }

  @Test("zeros for hidden layers, with the reason")
  func zerosWithHidden() async throws {
    let set = try workspace.classFolders()
    try await refuse(
      64, ["zeros", "hidden", "same", "he, scaled, xavier"], ["--data", set, "--hidden", "3", "--init", "zeros"])
  }

  @Test(
    "names that no model can have",
    arguments: ["", "a b", "../x", "-x", "a@1", "ä", String(repeating: "x", count: 200)])
  func names(name: String) async throws {
    let set = try workspace.classFolders()
    let result = try await workspace.run("train", "--data", set, "--iterations", "1", "--", name)
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.output == "")
    #expect(!FileManager.default.fileExists(atPath: workspace.store))
  }

  @Test("--from a version that is not there, or of other classes")
  func badParents() async throws {
    let set = try workspace.classFolders()
    try await refuse(66, ["there is no store at"], ["--data", set, "--from", "nope@1"])
    try await workspace.trainDigits()
    try await refuse(65, [set, "\"a\", \"b\""], ["--data", set, "--from", "digits"])
    try await refuse(66, ["version 9", "version 1"], ["--data", set, "--from", "digits@9"])
  }

  @Test("an instruction set that is none, before any work")
  func instructionSet() async throws {
    let set = try workspace.classFolders()
    let result = try await workspace.run("train", "tiny", "--data", set, environment: ["NNSCORE_ISA": "mmx"])
    #expect(result.status == 64)
    #expect(result.errors.contains("NNSCORE_ISA is \"mmx\"; expected portable, avx2, avx512"), "\(result.errors)")
    #expect(result.output == "")
  }
}
