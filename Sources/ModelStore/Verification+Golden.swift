import Inference

extension Verification {
  /// Loads a version with every digest checked, scores its golden examples again, and compares bits.
  ///
  /// - Returns: why it cannot be loaded, which is for the other checks to name more closely where they can; nil if it can.
  mutating func replay(_ version: StoredVersion) throws(StoreError) -> StoreError? {
    let model: Model
    do {
      let kept = kept
      model = try reading { try ModelStore.model(version, in: $0, keeping: kept) }
    } catch {
      guard error.code == .damaged else { throw error }
      return error
    }
    for (tensor, type) in zip(version.tensors, version.layerTensors(of: model.architecture)) {
      checks.insert(tensor.sha256, rawSize: type.byteCount)
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
    return nil
  }

  /// Whether the bytes of the golden examples of a version that cannot be loaded are what was written.
  mutating func checkGolden(of version: StoredVersion, architecture: Architecture) throws(StoreError) {
    _ = try collecting("\(version.reference), golden examples") { database in
      try ModelStore.golden(
        of: version, architecture: architecture, inputFormat: version.decodedInputFormat(), in: database)
    }
  }
}
