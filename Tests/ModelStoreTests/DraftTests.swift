import Inference
import ModelStore
import Testing

/// What `register` refuses, before anything is written.
@Suite struct DraftTests {
  private func refusal(_ change: (inout VersionDraft) throws -> Void) throws -> StoreError? {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft()
    try change(&draft)
    let error = storeError { try store.register(draft) }
    #expect(try store.models().isEmpty)
    return error
  }

  @Test("Parts that do not fit together")
  func parts() throws {
    #expect(try refusal { $0.model = "a@b" }?.code == .invalidName)
    #expect(try refusal { $0.labels.removeLast() }?.code == .invalidDraft)
    #expect(try refusal { $0.parameters.layers[1].bias.append(0) }?.message.contains("layers.1.bias") == true)
    #expect(try refusal { $0.parameters.layers.removeLast() }?.code == .invalidDraft)
    let format = try InputFormat(height: 2, width: 2, channels: 1)
    #expect(try refusal { $0.inputFormat = format }?.code == .invalidDraft)
  }

  @Test("Metrics that cannot be compared, or named")
  func metrics() throws {
    #expect(try refusal { $0.metrics["f1"] = .nan }?.message.contains("f1 is nan") == true)
    #expect(try refusal { $0.metrics["f1"] = -.infinity }?.code == .invalidDraft)
    #expect(try refusal { $0.metrics["f 1"] = 1 }?.message.contains("\"f 1\"") == true)
    #expect(try refusal { $0.metrics[""] = 1 }?.code == .invalidDraft)
  }

  @Test("Hyperparameters that are no JSON object, or hold what JSON cannot")
  func hyperparameters() throws {
    #expect(try refusal { $0.hyperparameters = [1, 2, 3] }?.message.contains("[1,2,3]") == true)
    #expect(try refusal { $0.hyperparameters = ["rate": Double.nan] }?.code == .invalidDraft)
  }

  @Test("Text that SQLite would cut short, and counts that cannot be")
  func texts() throws {
    #expect(try refusal { $0.note = "a\0b" }?.message.contains("the note contains a NUL") == true)
    #expect(try refusal { $0.lineage.machine = "\0" }?.code == .invalidDraft)
    #expect(try refusal { $0.lineage.training?.path = "\0" }?.code == .invalidDraft)
    #expect(try refusal { $0.lineage.training?.count = -1 }?.code == .invalidDraft)
  }

  @Test("A parent that the store does not have, or has with another digest")
  func parents() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    let parent = try store.register(makeDraft(seed: 1)).identity
    var child = try makeDraft(seed: 2)
    child.lineage.parent = Model.Identity(name: "cats", number: 7, digest: parent.digest)
    #expect(storeError { try store.register(child) }?.message.contains("cats@7 is not in this store") == true)
    child.lineage.parent = Model.Identity(name: "cats", number: 1, digest: "sha256:00")
    #expect(storeError { try store.register(child) }?.message.contains("has the digest") == true)
    child.lineage.parent = parent
    #expect(try store.register(child).lineage.parent == parent)
  }

  @Test("Nothing but the model is needed, and dictionaries do as hyperparameters")
  func least() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft()
    draft = VersionDraft(
      model: "m", architecture: draft.architecture, parameters: draft.parameters, inputFormat: draft.inputFormat,
      labels: draft.labels)
    let record = try store.register(draft)
    #expect(record.hyperparameters == "{}" && record.lineage == Lineage() && record.summary.metrics.isEmpty)
    draft.hyperparameters = ["b": "x/y", "a": "ü"]
    #expect(try store.register(draft).hyperparameters == #"{"a":"ü","b":"x/y"}"#)
    #expect(try store.verify().isSound)
  }

  @Test("Equal contents have equal digests, whatever else is said; other contents have others")
  func digests() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    let first = try store.register(makeDraft())
    var other = try makeDraft(model: "dogs", costs: [], note: "another")
    other.metrics = [:]
    #expect(try store.register(other).digest == first.digest)
    var changed = try makeDraft()
    changed.parameters.layers[0].weight[0] = -changed.parameters.layers[0].weight[0]
    #expect(try store.register(changed).digest != first.digest)
    changed = try makeDraft()
    changed.labels[0] = "other"
    #expect(try store.register(changed).digest != first.digest)
    changed = try makeDraft()
    changed.inputFormat = try InputFormat(height: 1, width: 12, channels: 1, filter: .box)
    #expect(try store.register(changed).digest != first.digest)
  }
}
