import Foundation
import Inference
import Testing
import Training

/// bench on the built command. What it measures is the machine's affair; that it adds up is tested.
@Suite struct BenchCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// A model file for rows of 64 elements that no store holds.
  private func modelFile(
    _ name: String, _ parameters: ModelParameters, inputFormat: InputFormat
  ) throws -> String {
    let model = try Model(
      architecture: Architecture(inputs: inputFormat.features, layers: [.init(outputs: 10, activation: .softmax)]),
      parameters: parameters, inputFormat: inputFormat, labels: (0..<10).map { "\($0)" },
      identity: Model.Identity(name: name, number: 0, digest: ""))
    return try workspace.file("\(name).safetensors", ModelFile.encode(model))
  }

  private func floats() throws -> String {
    let layer = DenseParameters(
      weight: (0..<640).map { Float($0 % 7) - 3 }, bias: [Float](repeating: 0, count: 10))
    return try modelFile(
      "floats", .float32(Parameters(layers: [layer])),
      inputFormat: InputFormat(elementType: .float32, height: 8, width: 8, channels: 1, scale: 1))
  }

  private func bytes() throws -> String {
    let layer = QuantizedLayer(
      weight: (0..<640).map { Int8($0 % 7) - 3 }, weightScale: [Float](repeating: 0.01, count: 10),
      bias: [Float](repeating: 0, count: 10), inputScale: 1, inputZeroPoint: 0)
    return try modelFile(
      "bytes", .int8(QuantizedParameters(layers: [layer])),
      inputFormat: InputFormat(height: 8, width: 8, channels: 1, scale: 1))
  }

  @Test("a line for each number of threads and each batch, below what was measured of the machine, within 80 columns")
  func text() async throws {
    try await workspace.trainDigits("--hidden", "20")
    let output = try await workspace.succeed(
      "bench", "digits@1", "--seconds", "0.01", "--threads", "1,2", "--batch", "1", "--batch", "3,16"
    ).output
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines.first == "model    digits@1, 1,480 weights in float32", "\(output)")
    #expect(lines.contains { $0.hasPrefix("machine  ") && $0.contains(" core") }, "\(output)")
    #expect(lines.contains { $0.hasPrefix("peak     ") && $0.contains(" GFLOP/s of one core by ") }, "\(output)")
    let title = try #require(lines.firstIndex { $0.hasPrefix("BATCH  THREADS  ") })
    #expect(lines[title - 1] == "")
    for word in ["IMAGES/S", "MEDIAN", "P99", "CALLS", "GFLOP/s", "OF PEAK"] { #expect(lines[title].contains(word)) }
    let rows = lines[(title + 1)...].filter { !$0.isEmpty }
      .map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
    #expect(rows == ["1 1", "3 1", "16 1", "1 2", "3 2", "16 2"])
    for line in lines { #expect(line.count <= 80, "\(line)") }
  }

  @Test("without options there are four batches on one thread")
  func defaults() async throws {
    try await workspace.trainTiny("--promote")
    let results = try await workspace.succeed("bench", "tiny", "--seconds", "0.01", "--json").json["results"].array
    #expect(results.map { $0["batch"].integer } == [1, 16, 256, 1024])
    #expect(results.map { $0["threads"].integer } == [1, 1, 1, 1])
  }

  @Test("operations are two for each weight and image, and the peak is that of as many cores as there are threads")
  func sums() async throws {
    try await workspace.trainDigits("--hidden", "20")
    let cores = Trainer.defaultThreads
    let document = try await workspace.succeed(
      "bench", "digits", "--seconds", "0.01", "--batch", "1,7", "--threads", "1,2,64", "--json"
    ).json
    #expect(document["model"].string == "digits" && document["version"].integer == 1)
    #expect(document["digest"] == (try await workspace.succeed("show", "digits", "--json").json["digest"]))
    #expect(document["machine"]["cores"].integer == cores)
    #expect(document["precision"].string == "float32")
    #expect(document["weights"]["count"].integer == 64 * 20 + 20 * 10)
    #expect(document["weights"]["bytes"].integer == 4 * 1480)
    let peak = try #require(document["peak_operations_per_second"].double)
    #expect(peak > 0)
    #expect(document["results"].array.count == 6)
    for result in document["results"].array {
      let operations = try #require(result["operations_per_second"].double)
      let rate = try #require(result["images_per_second"].double)
      #expect(abs(operations / (2 * 1480 * rate) - 1) < 1e-9)
      let used = Double(min(cores, try #require(result["threads"].integer)))
      #expect(abs((result["peak_share"].double ?? 0) / (operations / (peak * used)) - 1) < 1e-9)
      let latency = result["latency_seconds"]
      #expect((latency["median"].double ?? 0) > 0 && (latency["median"].double ?? 0) <= (latency["p99"].double ?? 0))
      #expect((result["calls"].integer ?? 0) >= 10)
    }
  }

  @Test("of a first layer in whole numbers a weight is the three or four bytes that are read")
  func exactBytes() async throws {
    try await workspace.trainTiny("--promote", "--size", "16", "--hidden", "5")
    let arguments = ["bench", "tiny", "--seconds", "0.01", "--batch", "1", "--json"]
    let (first, last) = (16 * 16 * 3 * 5, 5)
    let portable = try await workspace.start(arguments, environment: ["NNSCORE_ISA": "portable"]).result().json
    #expect(portable["weights"]["bytes"].integer == 4 * (first + last))
    let best = try await workspace.start(arguments).result().json
    #expect([3 * first + 4 * last, 4 * (first + last)].contains(best["weights"]["bytes"].integer))
    #expect((best["peak_byte_operations_per_second"].double ?? 0) > 0)
  }

  @Test("the instruction set is the one that the environment names")
  func instructionSet() async throws {
    try await workspace.trainTiny("--promote")
    let arguments = ["bench", "tiny", "--seconds", "0.01", "--batch", "1", "--json"]
    let portable = try await workspace.start(arguments, environment: ["NNSCORE_ISA": "portable"]).result().json
    #expect(portable["instruction_set"].string == "portable")
    #expect((portable["peak_operations_per_second"].double ?? 0) > 0)
    let unknown = try await workspace.start(arguments, environment: ["NNSCORE_ISA": "sse"]).result()
    #expect(unknown.status == 64 && unknown.output == "" && unknown.errors.contains("NNSCORE_ISA"))
  }

  @Test(
    "the JSON documents are what their schema says, for versions and for files, of floats and of bytes",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schema() async throws {
    try await workspace.trainTiny("--promote")
    var check = SchemaCheck()
    let options = ["--seconds", "0.01", "--batch", "1,2", "--json"]
    let files = [try floats(), try bytes()]
    for source in [["tiny"]] + files.map({ ["--model", $0] }) {
      for isa in ["", "portable"] {
        let result = try await workspace.start(["bench"] + source + options, environment: ["NNSCORE_ISA": isa]).result()
        #expect(result.status == 0 && result.errors == "", "\(source): \(result.errors)")
        check.add("bench", result.output)
      }
    }
    try await check.run(in: workspace)
  }

  @Test("a network in 8 bits is measured against products of bytes")
  func int8() async throws {
    let file = try bytes()
    let arguments = ["bench", "--model", file, "--seconds", "0.01", "--batch", "2"]
    let document = try await workspace.start(arguments + ["--json"]).result().json
    #expect(document["precision"].string == "int8")
    #expect(document["weights"]["bytes"] == document["weights"]["count"])
    #expect((document["peak_operations_per_second"].double ?? 0) > 0)
    let text = try await workspace.start(arguments).result().output
    #expect(text.contains("640 weights in int8") && text.contains(" GOP/s of one core"), "\(text)")
  }

  @Test("what cannot be measured is refused before anything is read, with the usage")
  func usage() async throws {
    for (arguments, words) in [
      ([], "expected either a version"), (["tiny", "--model", "m.safetensors"], "expected either a version"),
      (["tiny", "--batch", "0"], "--batch is \"0\"; expected whole numbers from 1 to 65536"),
      (["tiny", "--batch", "-1"], "--batch is \"-1\""), (["tiny", "--batch", "1,,2"], "--batch is \"1,,2\""),
      (["tiny", "--batch", "8", "--batch", "65537"], "--batch is \"65537\""),
      (["tiny", "--batch", ""], "--batch is \"\""),
      (["tiny", "--threads", "1025"], "--threads is \"1025\"; expected whole numbers from 1 to 1024"),
      (["tiny", "--threads", "two"], "--threads is \"two\""), (["tiny", "--seconds", "0"], "--seconds is 0.0"),
      (["tiny", "--seconds", "-1"], "--seconds is -1.0"), (["tiny", "--seconds", "nan"], "--seconds is nan"),
      (["tiny", "--seconds", "1e9"], "expected more than 0, up to 3600"),
    ] as [([String], String)] {
      let result = try await workspace.start(["bench"] + arguments).result()
      #expect(result.status == 64 && result.output == "", "\(arguments)")
      #expect(result.errors.contains(words) && result.errors.contains("nnscore bench REF"), "\(result.errors)")
    }
  }

  @Test("a batch that no memory holds is refused, with what helps")
  func memory() async throws {
    // 65,536 of these rows are a tebibyte.
    let format = try InputFormat(elementType: .float32, height: 2048, width: 2048, channels: 1, scale: 1)
    let layer = DenseParameters(weight: [Float](repeating: 0, count: format.features), bias: [0])
    let model = try Model(
      architecture: Architecture(inputs: format.features, layers: [.init(outputs: 1, activation: .sigmoid)]),
      parameters: Parameters(layers: [layer]), inputFormat: format, labels: ["no", "yes"],
      identity: Model.Identity(name: "wide", number: 0, digest: ""))
    let file = try workspace.file("wide.safetensors", ModelFile.encode(model))
    let result = try await workspace.run("bench", "--model", file, "--batch", "1,65536")
    #expect(result.status == 75 && result.output == "", "\(result.status)")
    #expect(result.errors.contains("a batch of 65,536 images needs 1.0 TiB of memory"), "\(result.errors)")
    #expect(result.errors.contains("Use a smaller --batch"))
  }

  @Test("Ctrl-C ends it with a whole document of what was measured, one line and exit code 130")
  func interruption() async throws {
    try await workspace.trainTiny("--promote")
    let batches = [String](repeating: "1", count: 500).joined(separator: ",")
    let command = try workspace.start(["bench", "tiny", "--json", "--seconds", "1", "--batch", batches])
    try await command.interrupt()
    let result = try await command.result()
    #expect(result.status == 130 && !result.wasKilled, "\(result.status) \(result.errors)")
    #expect(try result.json["results"].array.count < 500)
    #expect(
      result.errors == "nnscore: interrupted: what comes after these results was not measured\n", "\(result.errors)")
  }
}
