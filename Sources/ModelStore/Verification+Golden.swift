import Inference

extension Verification {
  /// Loads a version with every digest checked, scores its golden examples again, and compares bits.
  ///
  /// - Returns: false if it cannot be loaded: what is wrong with it is for the other checks to name.
  mutating func replay(_ version: StoredVersion) throws(StoreError) -> Bool {
    let model: Model
    do {
      let kept = kept
      model = try reading { try ModelStore.model(version, in: $0, keeping: kept) }
    } catch {
      guard error.code == .damaged else { throw error }
      return false
    }
    for tensor in zip(version.tensors, StoredVersion.tensorShapes(of: model.architecture)) {
      checks.insert(tensor.0.sha256, rawSize: 4 * tensor.1.shape.reduce(1, *))
    }
    if let golden = version.golden, let examples = model.golden {
      checks.insert(
        golden.inputs,
        rawSize: examples.inputs.elementCount * GoldenRows.elementSize(of: examples.inputs.elementType))
      checks.insert(golden.outputs, rawSize: 4 * examples.outputs.count)
    }
    do {
      report.goldenExamples += try model.replayGolden()
    } catch {
      guard error.code == .goldenMismatch else { throw StoreError(error, path: store.path) }
      report.add(version.reference, error.message, code: .goldenMismatch)
    }
    return true
  }

  /// Whether the bytes of the golden examples of a version that cannot be loaded are what was written.
  mutating func checkGolden(of version: StoredVersion, architecture: Architecture) throws(StoreError) {
    _ = try collecting("\(version.reference), golden examples") { database in
      try ModelStore.golden(
        of: version, architecture: architecture, inputFormat: version.decodedInputFormat(), in: database)
    }
  }
}
