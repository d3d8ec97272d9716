import Foundation
import GRDB
import Inference
import ModelStore
import Testing

/// A small store and a model file of which each byte in turn is another.
///
/// With all other tests some hundred bytes of the store are, spread over all its pages. Where NNSCORE_TORTURE=1 is set, as
/// `Scripts/torture` does, every one is, on all cores.
@Suite struct ByteFlipTests {
  /// What can be loaded, each kind of reference once.
  static let references = ["cats", "cats@1", "cats@2", "cats@3", "cats@latest", "cats@champion", "dogs@1", "dogs@2"]

  @Test(
    "A flipped byte of a store ends nothing, a load gives the very same model or an error, and verify names what failed",
    .timeLimit(.minutes(120)), arguments: [512, 16384])
  func store(pageSize: Int) async throws {
    let scratch = try Scratch(inMemory: true)
    try SmallStore.make(scratch.store, pageSize: pageSize)
    let original = try Data(contentsOf: URL(fileURLWithPath: scratch.store))
    var expected: [String: [UInt8]] = [:]
    for reference in Self.references {
      expected[reference] = ModelFile.encode(try ModelStore(path: scratch.store).model(Reference(reference)))
    }
    let positions = Self.positions(in: original, pageSize: pageSize)
    let workers = Torture.isLong ? ProcessInfo.processInfo.activeProcessorCount : 2
    let folder = scratch.folder
    let problems = try await withThrowingTaskGroup { group in
      for worker in 0..<workers {
        group.addTask { [expected] in
          let file = try FlippedFile(folder + "/worker-\(worker).sqlite", original, seed: UInt64(worker + 1))
          var problems: [String] = []
          for position in stride(from: worker, to: positions.count, by: workers).map({ positions[$0] }) {
            let value = try file.flip(position)
            problems += Self.problems(file.path, expected).map { "byte \(position) = \(value): \($0)" }
            try file.restore()
          }
          return problems
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(
      problems.isEmpty, "\(problems.count) of \(positions.count):\n\(problems.prefix(20).joined(separator: "\n"))")
    Torture.report("\(positions.count) bytes flipped of a store of \(original.count) in pages of \(pageSize)")
  }

  /// Every byte of a store of small pages; of large ones, which are mostly empty, each that is not zero; or a few of each page.
  private static func positions(in file: Data, pageSize: Int) -> [Int] {
    var generator = SeededGenerator(UInt64(pageSize))
    if Torture.isLong {
      let all = pageSize == 512 ? Array(file.indices) : file.indices.filter { file[$0] != 0 }
      return stride(from: 0, to: all.count, by: Torture.step).map { all[$0] }
    }
    // The file's header; of small pages a byte each, of large ones two and one of the page's header.
    var positions = Array(stride(from: Int.random(in: 0..<6, using: &generator), to: 100, by: 6))
    for page in stride(from: 0, to: file.count, by: pageSize) {
      let used = (page..<page + pageSize).filter { file[$0] != 0 }
      positions += (0..<(pageSize == 512 ? 1 : 2)).compactMap { _ in used.randomElement(using: &generator) }
      if pageSize > 512 { positions.append(page + Int.random(in: 0..<8, using: &generator)) }
    }
    return positions
  }

  /// What is wrong with how a store with a flipped byte behaves.
  private static func problems(_ path: String, _ expected: [String: [UInt8]]) -> [String] {
    let store: ModelStore
    do {
      store = try ModelStore(path: path, timeout: .milliseconds(10))
    } catch {
      return error.code == .internalError ? ["open: \(error)"] : []
    }
    var problems: [String] = []
    func attempt(_ question: String, _ body: () throws -> Void) -> StoreError? {
      do {
        try body()
        return nil
      } catch let error as StoreError {
        if error.code == .internalError { problems.append("\(question): \(error)") }
        return error
      } catch {
        problems.append("\(question): \(error)")
        return nil
      }
    }
    _ = attempt("models") { _ = try store.models() }
    _ = attempt("ledger") { _ = try store.ledger(of: nil) }
    for model in ["cats", "dogs"] { _ = attempt("versions") { _ = try store.versions(of: model) } }
    var failures: [(reference: String, error: StoreError)] = []
    for reference in references {
      _ = attempt("show") { _ = try store.version(Reference(reference)) }
      let error = attempt(reference) {
        let file = ModelFile.encode(try store.model(Reference(reference)))
        if file != expected[reference] { problems.append("\(reference): another model, and nobody said so") }
      }
      if let error { failures.append((reference, error)) }
    }
    var findings: [VerificationReport.Finding]?
    // A store that cannot be verified at all says why.
    _ = attempt("verify") { findings = try store.verify().findings }
    guard let findings else { return problems }
    for (reference, error) in failures {
      let number = ["cats": "cats@2", "cats@latest": "cats@3", "cats@champion": "cats@1"][reference] ?? reference
      let isNamed = findings.contains {
        $0.subject == number || $0.subject.hasPrefix(number + ",") || $0.subject.hasPrefix("version with the row id")
          || $0.subject.hasPrefix("ledger") || ["database", "schema", "versions"].contains($0.subject)
      }
      if !isNamed { problems.append("\(reference) fails (\(error)), and verify finds \(findings)") }
    }
    return problems
  }

  @Test(
    "A flipped byte of a model file is always refused", .timeLimit(.minutes(120)),
    arguments: [ModelParameters.Precision.float32, .int8])
  func modelFile(precision: ModelParameters.Precision) throws {
    let scratch = try Scratch(inMemory: true)
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(precision == .int8 ? makeQuantizedDraft(seed: 1) : makeDraft(seed: 1))
    let stored = try store.model(Reference("cats@1"))
    var generator = SeededGenerator(3)
    let rows = (0..<2 * 12).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let model = try Model(
      architecture: stored.architecture, parameters: stored.modelParameters, inputFormat: stored.inputFormat,
      labels: stored.labels, identity: stored.identity,
      golden: GoldenExamples(scoring: .uint8(rows), with: PackedModel(stored)),
      signatures: [
        Model.Signature(publicKey: String(repeating: "a", count: 64), signature: String(repeating: "5", count: 128))
      ])
    let original = Data(ModelFile.encode(model))
    let file = try FlippedFile(scratch.path("model.safetensors"), original, seed: 4)
    #expect(try Model(contentsOfFile: file.path, replayingGolden: true) == model)
    var accepted: [String] = []
    var rounds = 0
    // Of some hundred bytes another value, or of every byte all of them.
    for position in stride(from: 0, to: original.count, by: Torture.rounds(5, long: Torture.step)) {
      for difference in Torture.isLong ? 1...255 : 0...0 {
        let value = try file.flip(position, by: UInt8(difference))
        rounds += 1
        do {
          _ = try Model(contentsOfFile: file.path)
          accepted.append("byte \(position) = \(value)")
        } catch {
          #expect(!error.message.isEmpty)
        }
        try file.restore()
      }
    }
    #expect(accepted == [])
    Torture.report("\(rounds) flips of a model file of \(original.count) bytes")
  }
}

/// A file of which one byte at a time is changed in place.
private final class FlippedFile {
  let path: String
  private let original: Data
  private let handle: FileHandle
  private var generator: SeededGenerator
  private var changed: Int?

  init(_ path: String, _ original: Data, seed: UInt64) throws {
    self.path = path
    self.original = original
    generator = SeededGenerator(seed)
    let url = URL(fileURLWithPath: path)
    try original.write(to: url)
    // Open until the end: closing it would drop the locks that connections of this process hold on it.
    handle = try FileHandle(forUpdating: url)
  }

  deinit { try? handle.close() }

  /// Changes a byte by some bits, or for 0 by random ones, and returns what it is then.
  func flip(_ position: Int, by difference: UInt8 = 0) throws -> UInt8 {
    let value = original[position] ^ (difference == 0 ? UInt8.random(in: 1...255, using: &generator) : difference)
    try write([value], at: position)
    changed = position
    return value
  }

  /// Makes the file what it was, also where opening it as a database changed more.
  func restore() throws {
    guard let position = changed else { return }
    try write([original[position]], at: position)
    changed = nil
    guard path.hasSuffix(".sqlite") else { return }
    for companion in ["-journal", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + companion) }
    try handle.seek(toOffset: 0)
    guard try handle.readToEnd() != original else { return }
    try handle.truncate(atOffset: 0)
    try write(Array(original), at: 0)
  }

  private func write(_ bytes: [UInt8], at position: Int) throws {
    try handle.seek(toOffset: UInt64(position))
    try handle.write(contentsOf: bytes)
  }
}
