import Foundation
import GRDB
import Inference
import ModelStore
import Testing

/// Versions that compute in 8 bits.
@Suite struct QuantizedVersionTests {
  let scratch: Scratch
  let store: ModelStore

  init() throws {
    scratch = try Scratch()
    store = try ModelStore(path: scratch.store, mode: .create)
  }

  static let types = ["I8", "F32", "F32", "F32", "U8"]
  static let names = ["weight", "weight_scale", "bias", "input_scale", "input_zero_point"]

  @Test("What is registered is what is loaded, with five tensors a layer of their own types")
  func roundTrip() throws {
    for (index, type) in InputFormat.ElementType.allCases.enumerated() {
      let draft = try makeQuantizedDraft(seed: UInt64(index), widths: [300, 40, 3], elementType: type)
      let record = try store.register(draft, promote: true)
      let model = try store.model(Reference("cats"))
      #expect(model.modelParameters == draft.modelParameters)
      #expect(model.inputFormat == draft.inputFormat)
      #expect(try model.replayGolden() == 4)
      #expect(record.summary.precision == .int8)
      #expect(record.tensors.map(\.dtype) == Self.types + Self.types)
      #expect(record.tensors.map(\.name) == [0, 1].flatMap { layer in Self.names.map { "layers.\(layer).\($0)" } })
      #expect(record.tensors.map(\.shape) == [[40, 300], [40], [40], [1], [1], [3, 40], [3], [3], [1], [1]])
      #expect(record.tensors.map(\.rawSize) == [12000, 160, 160, 4, 1, 120, 12, 12, 4, 1])
    }
    #expect(try store.verify().isSound)
    #expect(try store.versions(of: "cats").map(\.precision) == [.int8, .int8])
  }

  @Test("The digest changes with every number of the layers, and with nothing else")
  func digest() throws {
    let draft = try makeQuantizedDraft()
    let digest = try store.register(draft).digest
    #expect(try store.register(draft).digest == digest)
    let edits: [(inout QuantizedLayer) -> Void] = [
      { $0.weight[3] += $0.weight[3] > 0 ? -1 : 1 }, { $0.weightScale[0] = $0.weightScale[0].nextUp },
      { $0.bias[0] = $0.bias[0].nextUp }, { $0.inputScale = $0.inputScale.nextUp }, { $0.inputZeroPoint ^= 1 },
    ]
    var digests: Set = [digest]
    for edit in edits {
      guard case .int8(var parameters) = draft.modelParameters else { return }
      edit(&parameters.layers[1])
      var other = draft
      other.modelParameters = .int8(parameters)
      #expect(try digests.insert(store.register(other).digest).inserted)
    }
    // The same numbers as floats are another version.
    var floats = draft
    floats.parameters = draft.parameters
    #expect(try digests.insert(store.register(floats).digest).inserted)
    #expect(try store.versions(of: "cats", where: VersionFilter("precision = \"float32\"")).map(\.number) == [8])
    #expect(try store.versions(of: "cats", where: VersionFilter("precision != \"float32\"")).count == 7)
  }

  @Test("It leaves as a model file and comes back with the same digest; copies and merges keep it")
  func transfer() throws {
    let parent = try store.register(makeDraft(widths: [12, 5, 3]))
    var draft = try makeQuantizedDraft(seed: 4)
    draft.lineage.parent = parent.identity
    let record = try store.register(draft, promote: true)
    let key = try SigningKey()
    try store.sign(Reference("cats@2"), with: key)
    let file = scratch.folder + "/cats.safetensors"
    try store.export(Reference("cats"), to: file)
    let report = try ModelStore.verify(modelFile: file, trustedKeys: [key.publicKey])
    #expect(report.isSound && report.digest == record.digest && report.precision == .int8 && report.goldenExamples == 4)
    let imported = try ImportedFile(contentsOfFile: file)
    #expect(imported.types == ["I8", "F32", "U8"])
    let again = try store.register(imported.draft(model: "lions"))
    #expect(again.digest == record.digest && again.golden == record.golden)
    let model = try store.model(Reference("cats@2"))
    #expect(try Model(contentsOfFile: file, replayingGolden: true).modelParameters == model.modelParameters)

    let copy = try ModelStore(path: scratch.folder + "/copy.sqlite", mode: .create)
    try store.copy([Reference("cats@2")], to: copy)
    let merged = try ModelStore(path: scratch.folder + "/merged.sqlite", mode: .create)
    try merged.merge(from: store)
    try store.backup(to: scratch.folder + "/backup.sqlite")
    for other in [copy, merged, try ModelStore(path: scratch.folder + "/backup.sqlite")] {
      #expect(try other.verify().isSound)
      #expect(try other.model(Reference("cats@latest")).modelParameters == model.modelParameters)
      #expect(try other.version(Reference("cats@latest")).digest == record.digest)
    }
  }

  @Test("Going back from it and forward again, the ledger and the lineage work as for any version")
  func service() throws {
    let parent = try store.register(makeDraft(widths: [12, 5, 3]), promote: true)
    var draft = try makeQuantizedDraft(seed: 4)
    draft.lineage.parent = parent.identity
    try store.register(draft, promote: true)
    try store.rollback("cats")
    #expect(try store.model(Reference("cats")).precision == .float32)
    try store.promote(Reference("cats@2"))
    #expect(try store.model(Reference("cats")).precision == .int8)
    #expect(try store.version(Reference("cats@2")).lineage.parent == parent.identity)
    try store.delete(Reference("cats@1"))
    _ = try store.collectGarbage()
    #expect(try store.verify().isSound)
  }

  @Test("Weights that changed little are kept as differences from those of a parent in 8 bits")
  func differences() throws {
    let draft = try makeQuantizedDraft(widths: [400, 50, 3])
    let parent = try store.register(draft)
    guard case .int8(var parameters) = draft.modelParameters else { return }
    for place in stride(from: 0, to: 20_000, by: 50) { parameters.layers[0].weight[place] = 0 }
    var child = draft
    child.modelParameters = .int8(parameters)
    child.lineage.parent = parent.identity
    let record = try store.register(child)
    #expect(record.tensors[0].storedSize * 4 < parent.tensors[0].storedSize)
    #expect(try store.model(Reference("cats@2")).modelParameters == child.modelParameters)
    #expect(try store.verify().isSound)
    // Those of a parent in floats are other bytes altogether.
    let floats = try store.register(makeDraft(seed: 2, widths: [400, 50, 3]))
    child.lineage.parent = floats.identity
    guard case .int8(var others) = try makeQuantizedDraft(seed: 9, widths: [400, 50, 3]).modelParameters else { return }
    others.layers[1] = parameters.layers[1]
    child.modelParameters = .int8(others)
    try store.register(child)
    #expect(try store.verify().isSound)
  }

  @Test("Two versions are compared number by number where the types are the same, and named where they are not")
  func comparison() throws {
    let draft = try makeQuantizedDraft(seed: 1)
    try store.register(draft)
    guard case .int8(var parameters) = draft.modelParameters else { return }
    let before = parameters.layers[0].weight[7]
    parameters.layers[0].weight[7] = before > 0 ? before - 2 : before + 2
    parameters.layers[1].inputZeroPoint = 9
    var other = draft
    other.modelParameters = .int8(parameters)
    try store.register(other)
    var floats = draft
    floats.parameters = draft.parameters
    try store.register(floats)
    let tensors = try store.compare(Reference("cats@1"), Reference("cats@2")).tensors
    #expect(tensors.filter { !$0.isEqual }.map(\.name) == ["layers.0.weight", "layers.1.input_zero_point"])
    #expect(tensors[0].change?.changedCount == 1)
    #expect(abs(tensors[0].change?.largest?.difference ?? 0) == 2)
    #expect(tensors[9].change?.largest?.second == 9)
    let mixed = try store.compare(Reference("cats@3"), Reference("cats@1")).tensors
    let shared = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    #expect(mixed.map(\.name).prefix(4) == shared[...])
    #expect(mixed.map(\.isEqual) == [false, true, false, true] + Array(repeating: false, count: 6))
    #expect(mixed.allSatisfy { $0.change == nil })
    #expect(mixed[0].firstType == "F32" && mixed[0].secondType == "I8")
    #expect(mixed[4].firstType == nil && mixed[4].secondShape == [5])
  }

  @Test(
    "A version whose tensors are of both kinds, or that no layer can have, is damaged wherever it is met",
    arguments: [
      "UPDATE tensors SET dtype = 'F32' WHERE name = 'layers.0.weight'",
      "UPDATE tensors SET dtype = 'F32' WHERE name = 'layers.1.weight'",
      "UPDATE tensors SET dtype = 'I8' WHERE name = 'layers.0.input_zero_point'",
      "UPDATE tensors SET name = 'layers.0.scale' WHERE name = 'layers.0.weight_scale'",
      "UPDATE tensors SET shape = '[5,1]' WHERE name = 'layers.0.weight_scale'",
      "DELETE FROM tensors WHERE name = 'layers.1.input_zero_point'",
      // All types and sizes are right, but a scale is negative.
      """
      UPDATE tensors SET sha256 = (SELECT sha256 FROM tensors WHERE name = 'layers.0.bias') WHERE name = 'layers.0.weight_scale'
      """,
    ])
  func mixture(change: String) throws {
    try store.register(makeQuantizedDraft(), promote: true)
    // With a digest and a record that fit it, as somebody could write them.
    try Forgery.change(store.path, change)
    #expect(storeError { _ = try store.model(Reference("cats@1")) }?.code == .damaged)
    #expect(storeError { try store.promote(Reference("cats@1")) }?.code == .damaged)
    let findings = try store.verify().findings
    #expect(findings.contains { $0.subject.hasPrefix("cats@1") }, "\(findings)")
  }

  @Test("Numbers that no layer can have are refused at registration")
  func refusals() throws {
    let edits: [(inout QuantizedLayer) -> Void] = [
      { $0.weightScale[0] = 0 }, { $0.inputScale = .nan }, { $0.bias.removeLast() }, { $0.bias[0] = .infinity },
      { $0.weight.append(0) },
      {
        $0.weight[0] = 127
        $0.weight[1] = 127
      },
    ]
    for edit in edits {
      var draft = try makeQuantizedDraft()
      guard case .int8(var parameters) = draft.modelParameters else { return }
      edit(&parameters.layers[1])
      draft.modelParameters = .int8(parameters)
      #expect(storeError { try store.register(draft) }?.code == .invalidDraft)
    }
    var scaled = try makeQuantizedDraft()
    scaled.inputFormat = try InputFormat(height: 1, width: 12, channels: 1)
    #expect(storeError { try store.register(scaled) }?.code == .invalidDraft)
    #expect(try store.models().isEmpty)
  }
}
