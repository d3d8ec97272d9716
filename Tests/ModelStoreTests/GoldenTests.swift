import Foundation
import Inference
import Testing

@testable import ModelStore

/// A version keeps a few inputs with what it answers to them, and is tried with them before it serves.
@Suite struct GoldenTests {
  /// A draft of one layer whose rows have so many elements.
  private static func draft(_ width: Int, _ type: InputFormat.ElementType = .uint8) throws -> VersionDraft {
    var draft = try makeDraft(widths: [width, 2])
    draft.inputFormat = try InputFormat(
      elementType: type, height: 1, width: width, channels: 1, mean: [0.5], standardDeviation: [0.25])
    return draft
  }

  /// Changes one output in its last bit, as whoever can write the file and knows the program would: every digest fits.
  static func forgeGolden(_ path: String, id: Int) throws {
    let store = try ModelStore(path: path, mode: .readWrite)
    let (outputs, record) = try store.write { database in
      let golden = try #require(try ModelStore.model(id: id, in: database).golden)
      var outputs = golden.outputs
      outputs[4] = outputs[4].nextUp
      let bytes = LittleEndian.bytes(of: outputs)
      let sha256 = Digest.sha256(bytes.span)
      try BlobStorage.insert(BlobStorage.encode(BlobStorage.Source(.bytes(bytes), elementSize: 4)), in: database)
      var version = try #require(try StoredVersion(id: id, in: database))
      let stored = try #require(version.golden)
      version.golden = StoredVersion.Golden(count: stored.count, inputs: stored.inputs, outputs: sha256)
      return (sha256, version.computedRecord)
    }
    try tamper(
      path,
      """
      UPDATE goldens SET outputs = '\(outputs)' WHERE version = \(id);
      UPDATE versions SET record = '\(record)' WHERE id = \(id);
      """)
  }

  @Test("The first rows of a draft are kept with their scores: four at most, within 64 KiB, one at least")
  func given() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    for (width, type, rows, kept) in [
      (12, InputFormat.ElementType.uint8, 3, 3), (12, .uint8, 9, 4), (12, .float32, 4, 4), (16_384, .uint8, 5, 4),
      (16_385, .uint8, 5, 3), (16_384, .float32, 5, 1), (70_000, .uint8, 2, 1), (40_000, .float32, 1, 1),
    ] {
      var draft = try Self.draft(width, type)
      let bytes = (0..<rows * width).map { UInt8(truncatingIfNeeded: $0 * 31) }
      draft.golden = type == .uint8 ? .uint8(bytes) : .float32(bytes.map { Float($0) / 3 })
      let record = try store.register(draft)
      let golden = try #require(try store.model(Reference("cats@latest")).golden)
      let expected = Array(bytes.prefix(kept * width))
      #expect(golden.count == kept && record.golden?.count == kept)
      #expect(golden.inputs == (type == .uint8 ? .uint8(expected) : .float32(expected.map { Float($0) / 3 })))
      var scorer = try Scorer(store.model(Reference("cats@latest")))
      let scores =
        type == .uint8 ? try scorer.scores(of: expected) : try scorer.scores(of: expected.map { Float($0) / 3 })
      #expect(golden.outputs == scores)
    }
    #expect(try store.verify().isSound)
  }

  @Test("Without rows, pseudo-random ones are kept that follow from the contents alone")
  func pseudorandom() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    let records = try [1, 2, 1].map { try store.register(makeDraft(seed: $0, note: "\($0)")) }
    #expect(records[0].golden == records[2].golden)
    #expect(records[0].golden?.inputs != records[1].golden?.inputs)
    guard case .uint8(let bytes) = try #require(store.model(Reference("cats@1")).golden).inputs else { return }
    #expect(bytes.count == 48 && Set(bytes).count > 24)
    // SplitMix64 from the first 64 bits of the digest.
    var generator = SeededGenerator(
      try #require(UInt64(records[0].digest.dropFirst("sha256:".count).prefix(16), radix: 16)))
    #expect(bytes == (0..<48).map { _ in UInt8(generator.next() >> 56) })

    try store.register(Self.draft(1000, .float32))
    guard case .float32(let rows) = try #require(store.model(Reference("cats@4")).golden).inputs else { return }
    // As (v · scale − mean) / deviation they lie between -2 and 2.
    let entering = rows.map { (Double($0) / 255 - 0.5) / 0.25 }
    #expect(entering.count == 4000 && entering.allSatisfy { abs($0) <= 2.0001 })
    #expect(entering.contains { $0 < -1.9 } && entering.contains { $0 > 1.9 })
    #expect(try store.verify().goldenExamples == 16)
  }

  @Test(
    "Rows that are none of the model are refused, and nothing is registered",
    arguments: [
      (GoldenExamples.Rows.uint8([]), "0 golden examples"), (.uint8([1, 2, 3]), "0 golden examples"),
      (.uint8(Array(repeating: 0, count: 61)), "61 elements"),
      (.float32(Array(repeating: 0, count: 12)), "are float32"),
    ])
  func unfit(rows: GoldenExamples.Rows, message: String) throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft()
    draft.golden = rows
    let error = storeError { try store.register(draft) }
    #expect(error?.code == .invalidDraft)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(try store.models().isEmpty)
  }

  @Test(
    "A wrong answer with digests that fit is refused by promote and rollback, and named by verify; loading does not replay"
  )
  func forged() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft(seed: 1), promote: true)
    try store.register(makeDraft(seed: 2), promote: true)
    try Self.forgeGolden(scratch.store, id: 1)

    let place = "cats@1: golden example 2 of 4, output 2 of 3: expected "
    for change in [
      { _ = try store.promote(Reference("cats@1")) }, { _ = try store.rollback("cats") },
      { _ = try store.rollback("cats", to: 1) },
    ] {
      let error = storeError(change)
      #expect(error?.code == .goldenMismatch)
      #expect(error?.message.hasPrefix(place) == true, "\(error?.message ?? "")")
    }
    #expect(try store.serving("cats")?.version == 2)
    for reference in [nil, "cats@1"] {
      let report = try store.verify(reference.map { try Reference($0) })
      #expect(report.findings.map(\.subject) == ["cats@1"])
      #expect(report.findings.map(\.code) == [.goldenMismatch])
      #expect(report.findings.first?.problem.hasPrefix(place) == true, "\(report.findings)")
      #expect(report.goldenExamples == (reference == nil ? 4 : 0))
    }
    #expect(try store.verify(Reference("cats@2")).isSound)

    let other = try ModelStore(path: scratch.path("other.sqlite"), mode: .create)
    #expect(storeError { try store.copy([Reference("cats@1")], to: other) }?.code == .goldenMismatch)
    #expect(try other.models().isEmpty)

    let model = try store.model(Reference("cats@1"))
    #expect(throws: InferenceError.self) { try model.replayGolden() }
    try store.export(Reference("cats@1"), to: scratch.path("forged.safetensors"))
    #expect(throws: InferenceError.self) {
      try Model(contentsOfFile: scratch.path("forged.safetensors"), replayingGolden: true)
    }
  }

  @Test("A wrong answer of what is in service is refused by promoting it again")
  func forgedServing() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft(), promote: true)
    try Self.forgeGolden(scratch.store, id: 1)
    #expect(storeError { try store.promote(Reference("cats@1")) }?.code == .goldenMismatch)
    #expect(try store.model(Reference("cats")).identity.number == 1)
  }

  @Test("Golden examples go with a version into another store and into a file, with its signatures")
  func transfer() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft()
    draft.golden = .uint8((0..<24).map { UInt8($0) })
    try store.register(draft)
    let key = try SigningKey()
    let signature = try #require(try store.sign(Reference("cats@1"), with: key).entry.value)
    let model = try store.model(Reference("cats@1"))
    #expect(model.golden?.count == 2 && model.signatures.isEmpty)

    let other = try ModelStore(path: scratch.path("other.sqlite"), mode: .create)
    try store.copy([Reference("cats@1")], to: other)
    #expect(try other.model(Reference("cats@1")).golden == model.golden)
    #expect(try other.promote(Reference("cats@1")).changed)

    try store.export(Reference("cats@1"), to: scratch.path("cats.safetensors"))
    let file = try Model(contentsOfFile: scratch.path("cats.safetensors"), replayingGolden: true)
    #expect(file.golden == model.golden)
    #expect(
      file.signatures == [Model.Signature(publicKey: key.publicKey.description, signature: signature)])
  }

  @Test("Rows whose bytes are also those of a bias, or of costs, are no damage")
  func sharedBytes() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft(widths: [16, 4])
    draft.golden = .uint8([UInt8](repeating: 0, count: 16))
    try store.register(draft)
    draft.parameters.layers[0].bias = [0, 0, 0, 0]
    draft.costs = [0, 0]
    try store.register(draft, promote: true)
    // And in the other order.
    var other = try makeDraft(model: "dogs", widths: [8, 2])
    other.parameters.layers[0].bias = [0, 0]
    try store.register(other)
    other.golden = .uint8([UInt8](repeating: 0, count: 8))
    try store.register(other, promote: true)
    #expect(try store.verify().findings == [])
    #expect(try store.costs(of: Reference("cats@2")) == [0, 0])
  }
}
