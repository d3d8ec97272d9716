import Foundation

@testable import Inference

/// Files of this test target and of the repository.
enum Fixture {
  private static let target = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  /// The path of a file in Fixtures/.
  static func path(_ name: String) -> String { target.appendingPathComponent("Fixtures/\(name)").path }

  /// The lines of a text in Fixtures/.
  static func lines(_ name: String) throws -> [Substring] {
    try String(contentsOfFile: path(name), encoding: .utf8).split(separator: "\n")
  }

  /// A text of the repository.
  static func repositoryText(_ path: String) throws -> String {
    let root = target.deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }
}

/// A folder that is removed when `with` returns.
struct TemporaryFolder {
  private let url: URL

  static func with<Result>(_ body: (TemporaryFolder) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("nnscore-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(TemporaryFolder(url: url))
  }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a file and returns its path.
  func write(_ bytes: [UInt8], as name: String = "model.safetensors") throws -> String {
    try Data(bytes).write(to: url.appendingPathComponent(name))
    return path(name)
  }
}

/// Python, for checks by other readers: `NNSCORE_PYTHON`, or python3.
enum Python {
  static let interpreter = ProcessInfo.processInfo.environment["NNSCORE_PYTHON"] ?? "python3"

  /// Runs a script with arguments that need no quoting; returns its standard output and whether it ended with 0.
  ///
  /// By `popen`, as Foundation's `Process` can wait for ever when tests that run in parallel start several.
  static func run(_ script: String, _ arguments: [String] = []) throws -> (output: String, succeeded: Bool) {
    try TemporaryFolder.with { folder in
      let path = try folder.write(Array(script.utf8), as: "script.py")
      let command = ([interpreter, path] + arguments).joined(separator: " ") + " 2>/dev/null </dev/null"
      guard let stream = unsafe popen(command, "r") else { throw POSIXError(.ENOEXEC) }
      var output: [UInt8] = []
      while case let byte = unsafe fgetc(stream), byte != EOF { output.append(UInt8(truncatingIfNeeded: byte)) }
      let status = unsafe pclose(stream)
      return (String(decoding: output, as: UTF8.self), status == 0)
    }
  }

  /// Whether the interpreter is there.
  static let isAvailable = (try? run("import json, struct"))?.succeeded ?? false
  /// Whether the reference implementation of safetensors and NumPy are installed for it.
  static let hasSafetensors = (try? run("import safetensors.numpy"))?.succeeded ?? false
}

/// Models for tests.
enum Example {
  /// A model of random parameters.
  static func model(
    inputs: Int = 4, layers: [(Int, Activation)] = [(3, .relu), (2, .softmax)], labels: [String]? = nil,
    inputFormat: InputFormat? = nil, name: String = "cats", number: Int = 7, seed: UInt64 = 1
  ) throws -> Model {
    var random = RandomNumbers(seed: seed)
    let architecture = try Architecture(
      inputs: inputs, layers: layers.map { Architecture.Layer(outputs: $0.0, activation: $0.1) })
    let parameters = Parameters(
      layers: architecture.layers.indices.map { index in
        let outputs = architecture.layers[index].outputs
        return DenseParameters(
          weight: random.values(outputs * architecture.inputs(ofLayer: index)), bias: random.values(outputs))
      })
    let single = architecture.outputs == 1 && layers.last?.1 == .sigmoid
    return try Model(
      architecture: architecture, parameters: parameters,
      inputFormat: inputFormat ?? InputFormat(height: 1, width: inputs, channels: 1),
      labels: labels ?? (single ? ["non-cat", "cat"] : (0..<architecture.outputs).map { "class \($0)" }),
      identity: Model.Identity(
        name: name, number: number, digest: "sha256:" + String(repeating: "0123456789abcdef", count: 4)))
  }

  /// The same model with golden examples of random rows, and signatures.
  static func extended(
    _ model: Model, examples: Int = 2, seed: UInt64 = 1, signatures: [Model.Signature] = []
  ) throws -> Model {
    var random = RandomNumbers(seed: seed)
    let elements = examples * model.architecture.inputs
    let rows: GoldenExamples.Rows =
      model.inputFormat.elementType == .uint8 ? .uint8(random.bytes(elements)) : .float32(random.values(elements))
    return try Example.replacing(
      model, golden: GoldenExamples(scoring: rows, with: PackedModel(model)), signatures: signatures)
  }

  /// The same model with other golden examples and signatures.
  static func replacing(
    _ model: Model, golden: GoldenExamples?, signatures: [Model.Signature] = []
  ) throws(InferenceError) -> Model {
    try Model(
      architecture: model.architecture, parameters: model.modelParameters, inputFormat: model.inputFormat,
      labels: model.labels, identity: model.identity, golden: golden, signatures: signatures)
  }

  /// A signature of the right form: its key is all one hexadecimal digit, and so is the signature.
  static func signature(_ key: Character, _ signature: Character = "5") -> Model.Signature {
    Model.Signature(
      publicKey: String(repeating: key, count: 64), signature: String(repeating: signature, count: 128))
  }

  /// Reads bytes as a model file.
  static func read(_ bytes: [UInt8], name: String = "test") throws(InferenceError) -> Model {
    try Model(bytes: bytes.span, name: name)
  }
}
