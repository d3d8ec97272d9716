import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

@Suite struct RegisterTests {
  @Test("A registered version comes back in full")
  func roundTrip() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    let draft = try makeDraft(note: "first: \"quoted\", ünï")
    let record = try store.register(draft)

    #expect(record.number == 1)
    #expect(record.digest.hasPrefix("sha256:") && record.digest.utf8.count == 71)
    #expect(record.architecture == draft.architecture)
    #expect(record.inputFormat == draft.inputFormat)
    #expect(record.labels == draft.labels)
    #expect(record.lineage == draft.lineage)
    #expect(record.hyperparameters == #"{"iterations":2000,"learning_rate":0.005}"#)
    #expect(record.summary.metrics == draft.metrics)
    #expect(record.summary.note == draft.note)
    #expect(record.summary.finalCost == 0.25)
    #expect(record.summary.costCount == 3)
    #expect(!record.summary.isServing)
    #expect(record.summary.parameterCount == 13 * 5 + 6 * 3)
    #expect(record.tensors.map(\.name) == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"])
    #expect(record.tensors.map(\.shape) == [[5, 12], [5], [3, 5], [3]])
    #expect(record.tensors.map(\.rawSize) == [240, 20, 60, 12])
    #expect(try store.version(Reference("cats@1")) == record)

    let model = try ModelStore(path: scratch.store).model(Reference("cats@latest"))
    #expect(model.parameters == draft.parameters)
    #expect(model.identity == record.identity)
    #expect(try store.costs(of: Reference("cats@1")) == [0.7, 0.5, 0.25])
    #expect(try store.verify().findings == [])
  }

  @Test("Weights and costs keep every bit, NaN payloads and denormals included")
  func bits() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft(widths: [3, 2])
    let patterns: [UInt32] = [0x7fc0_0001, 0xffc1_2345, 0x7f80_0000, 0x8000_0000, 0x0000_0001, 0x7fa0_0000]
    draft.parameters.layers[0].weight = patterns.map { Float(bitPattern: $0) }
    draft.costs = [.nan, -.infinity, -0.0, Double(bitPattern: 0x7ff4_0000_0000_0001)]
    let record = try store.register(draft)
    let loaded = try store.model(Reference("cats@1"))
    #expect(loaded.parameters.layers[0].weight.map(\.bitPattern) == patterns)
    #expect(try store.costs(of: Reference("cats@1")).map(\.bitPattern) == draft.costs.map(\.bitPattern))
    #expect(record.summary.finalCost == nil)
    #expect(try store.verify().isSound)
  }

  @Test("Numbers count up for each model, and the lists show what is there")
  func listing() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    for seed in 1...3 { try store.register(makeDraft(seed: UInt64(seed), costs: [Double(seed)])) }
    try store.register(makeDraft(model: "Dogs", costs: []), promote: true, reason: "first")

    let models = try store.models()
    #expect(models.map(\.name) == ["Dogs", "cats"])
    #expect(models.map(\.versionCount) == [1, 3])
    #expect(models.map(\.latest) == [1, 3])
    #expect(models.map(\.serving) == [1, nil])
    let versions = try store.versions(of: "cats")
    #expect(versions.map(\.number) == [1, 2, 3])
    #expect(versions.map(\.finalCost) == [1, 2, 3])
    #expect(Set(versions.map(\.digest)).count == 3)
    #expect(try store.versions(of: "Dogs").map(\.isServing) == [true])
    #expect(try store.versions(of: "Dogs").map(\.finalCost) == [nil])
    #expect(try store.costs(of: Reference("Dogs")) == [])
  }

  @Test("What a version shares may be collected as garbage while it is registered: it brings all along then")
  func collectedMeanwhile() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft(seed: 3)
    try store.register(draft)
    try store.delete(Reference("cats@1"))
    draft.model = "dogs"
    var collected = 0
    let record = try store.register(draft, promote: true, reason: "", actor: "test") {
      collected = try ModelStore(path: scratch.store, mode: .readWrite).collectGarbage().versions.count
    }
    #expect(collected == 1)
    #expect(record.number == 1)
    #expect(try store.model(Reference("dogs")).parameters == draft.parameters)
    #expect(try store.verify().findings == [])
  }
}
