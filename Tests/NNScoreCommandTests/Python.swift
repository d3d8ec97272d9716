import Foundation
import Testing

/// The Python beside which documents are checked.
enum Python {
  /// What `NNSCORE_PYTHON` names, or the first `python3` on the path; nil where there is none.
  static let path: String? = {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["NNSCORE_PYTHON"], !path.isEmpty { return path }
    return (environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/python3" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Whether it is there.
  static let isThere = runs("import sqlite3, pty, resource")

  /// Whether it has the package that checks JSON documents against schemas.
  static let hasJSONSchema = runs("import jsonschema")

  /// Whether it reads the files that we export.
  static let hasSafetensors = runs("import safetensors.numpy")

  private static func runs(_ script: String) -> Bool {
    guard let path else { return false }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-c", script]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

/// Documents, each with the name of the schema in `Schemas/json` that describes it.
struct SchemaCheck {
  private var documents: [[String]] = []

  mutating func add(_ schema: String, _ document: String) { documents.append([schema, document]) }

  /// Checks all of them in one Python, which takes longer to start than to check.
  func run(in workspace: Workspace) async throws {
    let script = """
      import json, pathlib, sys
      import jsonschema
      for schema, document in json.load(sys.stdin):
          description = json.loads(pathlib.Path(sys.argv[1], schema + ".json").read_text())
          jsonschema.Draft202012Validator.check_schema(description)
          for error in jsonschema.Draft202012Validator(description).iter_errors(json.loads(document)):
              print(f"{schema}: {error.json_path}: {error.message}")
      """
    let input = String(decoding: try JSONEncoder().encode(documents), as: UTF8.self)
    let schemas = Examples.root.appendingPathComponent("Schemas/json").path
    let result = try await workspace.python(script, schemas, input: input)
    #expect(result.output == "" && result.status == 0, "\(result.errors)")
  }
}
