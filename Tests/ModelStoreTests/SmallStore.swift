import ModelStore

/// A small store with something of everything: differences, shared tensors, aliases, tags, notes, a deleted version, a signature, a version
/// in 8 bits, numbers by epoch, a checkpoint, a sweep.
enum SmallStore {
  static func make(_ path: String, pageSize: Int = 16384) throws {
    do {
      let store = try ModelStore(path: path, mode: .create)
      let draft = try makeDraft(seed: 1, widths: [64, 5, 3])
      let parent = try store.register(draft, promote: true)
      // Its first weights are kept as a difference.
      var child = draft.fineTuned(from: parent, seed: 2)
      child.epochMetrics = EpochMetrics(
        epochs: [1, 5], names: ["cost.validation", "f1.validation.dög"], values: [0.7, .nan, 0.5, 0.25])
      child.lineage.sweep = Lineage.Sweep(name: "rates", trial: 2)
      try store.register(child, promote: true, reason: "better")
      // The weights of the first, under other names.
      var third = draft
      third.labels = ["cat", "dög", "\u{fffd}"]
      try store.register(third)
      try store.register(makeDraft(seed: 4, widths: [64, 2]))
      try store.register(makeDraft(model: "dogs", seed: 5, widths: [64, 2], costs: []))
      try store.delete(Reference("cats@4"))
      try store.setAlias("champion", to: Reference("cats@1"), protected: true)
      try store.setTag("team", to: "vision", of: Subject("cats@2"))
      try store.setNote("edited", of: Subject("cats@2"))
      let key = try SigningKey()
      try store.trust(key.publicKey, label: "me")
      try store.sign(Reference("cats@2"), with: key)
      try store.save(
        Checkpoint(name: "cats", iteration: 3, iterations: 9, description: "{\"a\":1}", state: Array(0..<200)))
      try store.createSweep(
        Sweep(
          name: "rates", model: "cats", description: "{\"b\":2}",
          trials: [
            Trial(number: 1, hyperparameters: "{\"learning_rate\":0.5}"),
            Trial(number: 2, hyperparameters: "{}", status: .finished, score: 0.5, version: 2, message: "dög"),
          ]))
      try store.register(makeQuantizedDraft(model: "dogs", seed: 6, widths: [64, 3, 2]))
    }
    // VACUUM also leaves no unused pages and little unused space in the others.
    try execute("PRAGMA page_size = \(pageSize); VACUUM", on: path)
  }
}
