import Inference

/// Which rows a version keeps as golden examples, with what it answers to them.
enum GoldenRows {
  /// The most rows: they are tried at each promote.
  static let maximumCount = 4
  /// The most bytes of all rows together, unless a single one has more.
  static let maximumSize = 1 << 16

  /// How many rows of an input format are kept at most.
  static func capacity(of format: InputFormat) -> Int {
    min(maximumCount, max(1, maximumSize / (format.features * elementSize(of: format.elementType))))
  }

  /// Bytes an element.
  static func elementSize(of type: InputFormat.ElementType) -> Int {
    switch type {
    case .uint8: 1
    case .float32: 4
    }
  }

  /// The examples of a draft whose version has that digest: its own rows, the first of them that are kept, or else
  /// pseudo-random ones, with what its parameters answer.
  ///
  /// - Throws: ``StoreError/Code/invalidDraft`` for rows that are no rows of the model, or
  ///   ``StoreError/Code/unsupportedInstructionSet``.
  static func examples(for draft: VersionDraft, digest: String) throws(StoreError) -> GoldenExamples {
    do {
      let model = try Model(
        architecture: draft.architecture, parameters: draft.modelParameters, inputFormat: draft.inputFormat,
        labels: draft.labels, identity: Model.Identity(name: draft.model, number: 0, digest: ""))
      let rows = draft.golden.map(kept(draft.inputFormat)) ?? pseudorandom(digest: digest, draft.inputFormat)
      return try GoldenExamples(scoring: rows, with: PackedModel(model))
    } catch {
      if error.code == .unsupportedInstructionSet { throw StoreError(error, path: draft.model) }
      throw StoreError(.invalidDraft, "the version of \(draft.model) cannot be registered: \(error.message)")
    }
  }

  /// The first of some rows, as many as are kept; what is no whole number of rows stays as it is, to be refused.
  private static func kept(_ format: InputFormat) -> (GoldenExamples.Rows) -> GoldenExamples.Rows {
    let most = capacity(of: format) * format.features
    return { rows in
      guard rows.elementCount > most, rows.elementCount % format.features == 0 else { return rows }
      switch rows {
      case .uint8(let elements): return .uint8(Array(elements.prefix(most)))
      case .float32(let elements): return .float32(Array(elements.prefix(most)))
      }
    }
  }

  /// Rows by SplitMix64 from the first 64 bits of a version's digest: bytes that are evenly distributed, or floats that enter the
  /// first layer evenly distributed from -2 to 2.
  private static func pseudorandom(digest: String, _ format: InputFormat) -> GoldenExamples.Rows {
    var random = SplitMix64(state: UInt64(digest.prefix(16), radix: 16) ?? 0)
    let count = capacity(of: format) * format.features
    switch format.elementType {
    case .uint8: return .uint8((0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 56) })
    case .float32:
      return .float32(
        (0..<count).map { index in
          let channel = index % format.channels
          let x = Double(Int64(bitPattern: random.next())) / 0x1p62
          let value = Float((x * format.standardDeviation[channel] + format.mean[channel]) / format.scale)
          return value.isFinite ? value : 0
        })
    }
  }
}

/// The generator of Steele, Lea and Flood (2014), with the constants of its reference implementation.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
