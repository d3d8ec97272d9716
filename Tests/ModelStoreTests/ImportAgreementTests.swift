import Foundation
import Inference
import ModelStore
import Testing

/// Networks that PyTorch saved answer as it says (Fixtures/imports/make_imports.py, which also says how the bounds come about).
@Suite struct ImportAgreementTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let file: String
    let layers: [String]
    let activations: [String]
    let type: String
    let picture: [Int]?
    let scale: Double
    let mean: [Double]
    let deviation: [Double]
    let rows: [[Double]]
    let scores: [[Double]]
    let bounds: [[Double]]

    var testDescription: String { file }

    var path: String { ImportAgreementTests.folder.appendingPathComponent(file).path }

    func network() throws -> ImportedFile.Network {
      let format =
        try picture.map {
          try InputFormat(
            height: $0[0], width: $0[1], channels: $0[2], scale: scale, mean: mean, standardDeviation: deviation)
        } ?? InputFormat(elementType: .float32, height: 1, width: 1, channels: rows[0].count, scale: 1)
      return ImportedFile.Network(
        activations: activations.compactMap { Activation(name: $0) }, inputFormat: format,
        inputOrder: picture == nil ? .hwc : .chw)
    }
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures/imports")

  /// Empty where the file cannot be read, which a test of its own says.
  static let cases: [Case] = {
    struct Document: Decodable { let cases: [Case] }
    let data = try? Data(contentsOf: folder.appendingPathComponent("expected.json"))
    return data.flatMap { try? JSONDecoder().decode(Document.self, from: $0).cases } ?? []
  }()

  @Test("All networks are there")
  func complete() {
    #expect(Self.cases.count == 9)
    #expect(Set(Self.cases.map(\.type)) == ["float32", "float64", "float16", "bfloat16"])
  }

  @Test(
    "What is imported, registered and loaded scores as NumPy and PyTorch do in float64, within the bound for float32",
    arguments: cases)
  func scores(example: Case) throws {
    let scratch = try Scratch()
    let order = example.file.contains("untold") ? example.layers : nil
    let file = try ImportedFile(contentsOfFile: example.path, layers: order)
    guard case .layers(let layers) = file.contents else {
      Issue.record("taken for a model file")
      return
    }
    #expect(layers.map(\.name) == example.layers)
    let type = ["float32": "F32", "float64": "F64", "float16": "F16", "bfloat16": "BF16"][example.type]
    #expect(file.types == [type])
    let store = try ModelStore(path: scratch.store, mode: .create)
    let record = try store.register(file.draft(model: "net", network: example.network()), promote: true)
    let model = try store.model(Reference("net"))
    var scorer = try Scorer(model)
    let rows = example.rows.joined()
    let found =
      try model.inputFormat.elementType == .uint8
      ? scorer.scores(of: rows.map { UInt8($0) }) : scorer.scores(of: rows.map { Float($0) })
    #expect(found.count == example.scores.count * record.architecture.outputs)
    for (score, (expected, bound)) in zip(found, zip(example.scores.joined(), example.bounds.joined())) {
      #expect(abs(Double(score) - expected) <= bound, "\(score), expected \(expected) ± \(bound)")
      // A bound that says nothing would hold for anything.
      #expect(bound < 1e-4)
    }
    #expect(try store.verify().isSound)
  }

  @Test("What was done to the values is said", arguments: cases)
  func notes(example: Case) throws {
    let order = example.file.contains("untold") ? example.layers : nil
    let notes = try ImportedFile(contentsOfFile: example.path, layers: order).notes
    switch example.type {
    case "float16": #expect(notes == ["F16 widened to F32, each value exactly as it was"])
    case "bfloat16": #expect(notes == ["BF16 widened to F32, each value exactly as it was"])
    // 20 · 12 + 12 + 12 · 7 + 7 + 7 · 5 + 5 values of 53 bits, of which hardly one has but 24.
    case "float64": #expect(notes == ["F64 rounded to F32: 383 of 383 values are not what they were to the last bit"])
    default: #expect(notes.count == (example.file.contains("nobias") ? 1 : 0))
    }
  }

  @Test("A wrong input order or activation does not pass unnoticed")
  func wrongNetworks() throws {
    for name in ["picture-chw", "sequential-float32"] {
      let example = try #require(Self.cases.first { $0.file == "\(name).safetensors" })
      let file = try ImportedFile(contentsOfFile: example.path)
      var network = try example.network()
      if network.inputOrder == .chw { network.inputOrder = .hwc } else { network.activations[0] = .tanh }
      let scratch = try Scratch()
      let store = try ModelStore(path: scratch.store, mode: .create)
      try store.register(file.draft(model: "net", network: network), promote: true)
      let model = try store.model(Reference("net"))
      var scorer = try Scorer(model)
      let rows = example.rows.joined()
      let found =
        try model.inputFormat.elementType == .uint8
        ? scorer.scores(of: rows.map { UInt8($0) }) : scorer.scores(of: rows.map { Float($0) })
      let expected = zip(example.scores.joined(), example.bounds.joined())
      #expect(zip(found, expected).contains { abs(Double($0) - $1.0) > $1.1 })
    }
  }
}
