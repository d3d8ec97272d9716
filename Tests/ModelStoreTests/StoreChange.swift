import Foundation
import Inference
import ModelStore

/// Every kind of change of a store, for tests that let the disk fail under it.
struct StoreChange: Sendable {
  let name: String
  /// Whether it happens as a whole or not at all. A gc whose VACUUM failed has done its work.
  var isAtomic = true
  let run: @Sendable (_ store: ModelStore, _ place: Place) throws -> Void

  /// Where a change takes place.
  struct Place {
    /// The folder of the store, on the disk that fails.
    let folder: String
    /// A store with other contents, on a disk that does not fail; `imported` is a model of another program beside it.
    let other: String
    var imported: String { other + ".safetensors" }
  }

  /// Changes of a store that ``makeStore(_:)`` made.
  static let all: [StoreChange] = [
    StoreChange(name: "register") { store, _ in
      try store.register(makeDraft(seed: 40, widths: [300, 40, 3]), promote: true)
    },
    StoreChange(name: "import") { store, place in
      let file = try ImportedFile(contentsOfFile: place.imported)
      let network = ImportedFile.Network(
        activations: [.relu, .softmax], inputFormat: try InputFormat(height: 1, width: 90, channels: 1))
      try store.register(file.draft(model: "cats", network: network))
    },
    StoreChange(name: "promote") { store, _ in try store.promote(Reference("cats@1")) },
    StoreChange(name: "rollback") { store, _ in try store.rollback("cats") },
    StoreChange(name: "retire") { store, _ in try store.retire("cats") },
    StoreChange(name: "delete") { store, _ in try store.delete(Reference("cats@1")) },
    StoreChange(name: "undelete") { store, _ in try store.undelete("cats", number: 3) },
    StoreChange(name: "prune") { store, _ in _ = try store.prune("dogs", keeping: RetentionRule(last: 1)) },
    StoreChange(name: "gc", isAtomic: false) { store, _ in _ = try store.collectGarbage() },
    StoreChange(name: "alias") { store, _ in try store.setAlias("champion", to: Reference("cats@2")) },
    StoreChange(name: "tag") { store, _ in try store.setTag("team", to: "vision", of: Subject("cats@2")) },
    StoreChange(name: "note") { store, _ in try store.setNote("edited", of: Subject("cats@2")) },
    StoreChange(name: "sign") { store, _ in try store.sign(Reference("cats@2"), with: SigningKey()) },
    StoreChange(name: "trust") { store, _ in try store.trust(SigningKey().publicKey, label: "me") },
    StoreChange(name: "policy") { store, _ in try store.requireSignature(true) },
    StoreChange(name: "save") { store, _ in
      try store.save(
        Checkpoint(name: "cats", iteration: 7, iterations: 9, state: [UInt8](repeating: 7, count: 300_000)))
    },
    StoreChange(name: "register and remove a checkpoint") { store, _ in
      try store.register(makeDraft(seed: 41, widths: [90, 3]), removingCheckpoint: "cats")
    },
    StoreChange(name: "remove checkpoint") { store, _ in try store.removeCheckpoint(named: "cats") },
    StoreChange(name: "create sweep") { store, _ in
      let message = String(repeating: "x", count: 999)
      let trials = (1...40).map { Trial(number: $0, hyperparameters: "{}", message: message) }
      try store.createSweep(Sweep(name: "widths", model: "cats", description: "{}", trials: trials))
    },
    StoreChange(name: "record a trial") { store, _ in
      try store.record(Trial(number: 1, hyperparameters: "{}", status: .finished, score: 0.5), in: "rates")
    },
    StoreChange(name: "remove sweep") { store, _ in try store.removeSweep(named: "rates") },
    StoreChange(name: "copy") { store, place in
      try ModelStore(path: place.other).copy([Reference("cats@1"), Reference("lions@1")], to: store)
    },
    StoreChange(name: "merge") { store, place in try store.merge(from: ModelStore(path: place.other)) },
    StoreChange(name: "backup") { store, place in try store.backup(to: place.folder + "/backup.sqlite") },
    StoreChange(name: "restore") { _, place in
      try ModelStore.restore(from: place.other, to: place.folder + "/store.sqlite", replacing: true)
    },
    StoreChange(name: "restore where nothing was") { _, place in
      try ModelStore.restore(from: place.other, to: place.folder + "/restored.sqlite")
    },
  ]

  /// A store with cats 1 to 3 (1, then 2 in service; 3 deleted) and dogs 1 and 2, a checkpoint and a sweep.
  static func makeStore(_ path: String) throws {
    let store = try ModelStore(path: path, mode: .create)
    for seed in 1...3 { try store.register(makeDraft(seed: UInt64(seed), widths: [200, 20, 3])) }
    try store.promote(Reference("cats@1"))
    try store.promote(Reference("cats@2"))
    try store.delete(Reference("cats@3"))
    try store.save(
      Checkpoint(name: "cats", iteration: 3, iterations: 9, state: [UInt8](repeating: 3, count: 200_000)))
    try store.createSweep(
      Sweep(name: "rates", model: "cats", description: "{}", trials: [Trial(number: 1, hyperparameters: "{}")]))
    for seed in 4...5 { try store.register(makeDraft(model: "dogs", seed: UInt64(seed), widths: [20, 3])) }
  }

  /// What changes take from elsewhere: other cats with a child, a tag, an alias and a signature, and lions.
  static func makeOther(_ place: Place) throws {
    let store = try ModelStore(path: place.other, mode: .create)
    let draft = try makeDraft(seed: 11, widths: [150, 20, 3])
    let parent = try store.register(draft, promote: true)
    try store.register(draft.fineTuned(from: parent, seed: 12))
    try store.register(makeDraft(model: "lions", seed: 13, widths: [150, 20, 3]))
    try store.setTag("team", to: "other", of: Subject("cats@1"))
    try store.setAlias("night", to: Reference("cats@2"))
    try store.sign(Reference("cats@1"), with: SigningKey())
    try ForeignFile(widths: [90, 8, 3], names: ["0", "2"]).write(to: place.imported)
  }
}
