import Foundation
import GRDB
import Inference
import ModelStore
import Testing

/// `Schemas/store.md` is what others read; what it says must work.
@Suite struct DocumentTests {
  static let document: String = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return (try? String(contentsOf: folder.appendingPathComponent("Schemas/store.md"), encoding: .utf8)) ?? ""
  }()

  /// The code blocks of a language.
  static func blocks(_ language: String) -> [String] {
    document.components(separatedBy: "\n```").enumerated().compactMap { index, part in
      // Within the text and code by turns, the odd parts are code.
      index % 2 == 1 && part.hasPrefix(language + "\n") ? String(part.dropFirst(language.count + 1)) : nil
    }
  }

  static var python: URL? {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["NNSCORE_PYTHON"], !named.isEmpty { return URL(fileURLWithPath: named) }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { URL(fileURLWithPath: String($0)).appendingPathComponent("python3") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  static func run(_ program: URL, _ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let problems = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self), String(decoding: problems, as: UTF8.self))
  }

  static func makeStore(_ path: String) throws -> ModelStore {
    let store = try ModelStore(path: path, mode: .create)
    let first = try store.register(makeDraft(seed: 1, note: "ünï, 12:cats,"), promote: true, reason: "first: \"one\"")
    var child = try makeDraft(seed: 2, widths: [400, 30, 3])
    child.lineage.parent = first.identity
    child.lineage.validation = Lineage.Dataset(fingerprint: "sha256:11", count: 50, path: "/ü", kind: "folder")
    let second = try store.register(child, promote: true, reason: "second")
    try store.register(makeDraft(model: "dogs", seed: 3, costs: []), promote: true, actor: "ü@host")
    try store.rollback("cats", reason: "worse")
    try store.setAlias("champion", to: Reference("cats@1"), protected: true, reason: "ünï")
    try store.setTag("team", to: "vision", of: Subject("cats@2"))
    try store.setTag("owner", to: "ann", of: Subject("cats"))
    try store.setNote("a better one", of: Subject("cats@1"))
    let third = try store.register(child.fineTuned(from: second, seed: 1))
    var fourth = child.fineTuned(from: third, seed: 2)
    fourth.epochMetrics = EpochMetrics(
      epochs: [1, 10], names: ["accuracy.validation", "f1.validation.ü"], values: [0.5, .nan, 0.75, 0.125])
    fourth.lineage.sweep = Lineage.Sweep(name: "rates", trial: 2)
    try store.register(fourth)
    let key = try SigningKey()
    try store.trust(key.publicKey, label: "ünï")
    try store.sign(Reference("cats@1"), with: key)
    try store.sign(Reference("dogs@1"), with: key)
    try store.requireSignature(true)
    try store.save(Checkpoint(name: "cats", iteration: 1, iterations: 2, state: [1, 2, 3]))
    try store.createSweep(
      Sweep(
        name: "rates", model: "cats", description: "{}",
        trials: [
          Trial(
            number: 1, hyperparameters: "{\"learning_rate\":0.5}", status: .finished, score: 0.75, version: 4),
          Trial(number: 2, hyperparameters: "{\"learning_rate\":0.25}"),
        ]))
    return store
  }

  @Test("Every query of store.md runs and finds something")
  func queries() throws {
    let scratch = try Scratch()
    _ = try Self.makeStore(scratch.store)
    let queries = Self.blocks("sql")
    #expect(queries.count >= 10)
    try DatabaseQueue(path: scratch.store).read { database in
      for query in queries {
        let rows = try Row.fetchAll(database, sql: query)
        // The one about a moment asks for a date before this store was made.
        if query.contains("at <=") { continue }
        #expect(!rows.isEmpty, "\(query)")
        // A key that is spelled otherwise than what is written would be NULL everywhere.
        for column in rows.first.map({ Array($0.columnNames) }) ?? [] where query.contains("json_extract") {
          #expect(rows.contains { !($0[column] as DatabaseValue).isNull }, "\(column) is NULL in every row of \(query)")
        }
      }
    }
  }

  @Test("Every table of the schema has its section in store.md")
  func tables() throws {
    let scratch = try Scratch()
    _ = try Self.makeStore(scratch.store)
    let tables = try DatabaseQueue(path: scratch.store).read { database in
      try String.fetchAll(database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
    }
    #expect(tables.count == 15)
    for table in tables { #expect(Self.document.contains("\n### \(table)\n"), "\(table)") }
  }

  @Test(
    "The Python of store.md reads the store, and finds every digest and the ledger's chain right",
    .enabled(if: DocumentTests.python != nil, "python3 is not installed"))
  func pythonReader() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch.store)
    let script = try #require(Self.blocks("python").last)
    try script.write(toFile: scratch.path("read.py"), atomically: true, encoding: .utf8)
    let python = try #require(Self.python)

    let result = try Self.run(python, [scratch.path("read.py"), scratch.store])
    #expect(result.status == 0, "\(result.errors)")
    for number in 2...4 {
      let model = try store.model(Reference("cats@\(number)"))
      let first = Double(model.parameters.layers[0].weight[0])
      #expect(result.output.contains("cats@\(number) layers.0.weight [30,400] first \(first)\n"))
    }
    let depth = try DatabaseQueue(path: scratch.store).read {
      try Int.fetchOne($0, sql: "SELECT max(depth) FROM blobs")
    }
    #expect(depth == 2, "the reader must have met a difference from a difference")
    #expect(result.output.contains("cats@1 costs 0.7 … 0.25\n"))
    #expect(result.output.contains("cats@4 after epoch 10 f1.validation.ü 0.125\n"))
    let score = Double(try #require(store.model(Reference("cats@2")).golden).outputs[0])
    #expect(result.output.contains("cats@2 golden 4 examples, first score \(score)\n"))
    #expect(result.output.contains("ledger \(try #require(store.ledger(of: nil).last).hash)\n"))
  }

  @Test(
    "The Python of store.md finds every signature right, and a wrong one wrong",
    .enabled(if: DocumentTests.hasCryptography, "no Python with the package cryptography; set NNSCORE_PYTHON to one"))
  func pythonSignatures() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch.store)
    let script = try #require(Self.blocks("python").first)
    try script.write(toFile: scratch.path("check.py"), atomically: true, encoding: .utf8)
    let python = try #require(Self.python)
    let result = try Self.run(python, [scratch.path("check.py"), scratch.store])
    #expect(result.status == 0, "\(result.errors)")
    for name in ["cats@1", "dogs@1"] {
      let signature = try #require(store.signatures(of: Reference(name)).first)
      let digest = try store.version(Reference(name)).digest.dropFirst("sha256:".count)
      #expect(result.output.contains("\(digest) is signed by \(signature.publicKey)\n"))
    }
    try Self.changeSignatures(scratch.store)
    #expect(try Self.run(python, [scratch.path("check.py"), scratch.store]).status != 0)
  }

  @Test(
    "The OpenSSL of store.md finds a signature right, and a wrong one wrong",
    .enabled(if: OpenSSL.path != nil, "openssl 3.0 or later is not installed"))
  func openSSLSignatures() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch.store)
    try #require(store.trustedKeys().first).publicKey.pem
      .write(toFile: scratch.path("release.key.pub"), atomically: true, encoding: .utf8)
    let script = try #require(Self.blocks("sh").first)
    // The sqlite3 shell may not be there; what its query finds is put in its place.
    func check() throws -> (status: Int32, output: String, errors: String) {
      let query = try #require(script.split(separator: "\"").dropFirst().first)
      let row = try DatabaseQueue(path: scratch.store).read { try String.fetchOne($0, sql: String(query)) }
      let lines = script.split(separator: "\n").dropFirst().joined(separator: "\n")
      return try Self.run(
        URL(fileURLWithPath: "/bin/sh"), ["-c", "cd '\(scratch.folder)'\nrow='\(row ?? "")'\n" + lines])
    }
    let result = try check()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("Success"))
    try Self.changeSignatures(scratch.store)
    #expect(try check().status != 0)
  }

  /// Whether the Python has the package that checks signatures.
  static let hasCryptography = (try? python.map { try run($0, ["-c", "import cryptography"]).status == 0 }) ?? false

  /// Changes every signature.
  private static func changeSignatures(_ path: String) throws {
    try tamper(path, "UPDATE ledger SET value = substr(value, 3) || substr(value, 1, 2) WHERE kind = 'sign'")
  }
}
