import GRDB
import Inference

extension ModelStore {
  /// Compares two versions, of one model or of two: architecture, input format, hyperparameters, metrics, costs, lineage and weights.
  ///
  /// What is compared is checked against its digests first. No more than one tensor of each version is in memory at a time.
  ///
  /// - Throws: ``StoreError``: a reference names nothing, or something damaged.
  public func compare(_ first: Reference, _ second: Reference) throws(StoreError) -> VersionComparison {
    try read { database in
      let ids = (try Self.resolve(first, in: database), try Self.resolve(second, in: database))
      guard let a = try StoredVersion(id: ids.0, in: database) else { throw Self.vanished(ids.0) }
      guard let b = try StoredVersion(id: ids.1, in: database) else { throw Self.vanished(ids.1) }
      return VersionComparison(
        first: try VersionRecord(id: ids.0, in: database), second: try VersionRecord(id: ids.1, in: database),
        firstCosts: try Self.costs(of: a, in: database), secondCosts: try Self.costs(of: b, in: database),
        tensors: try Self.compareTensors(a, b, in: database))
    }
  }

  private static func compareTensors(
    _ first: StoredVersion, _ second: StoredVersion, in database: Database
  ) throws -> [VersionComparison.Tensor] {
    let (_, ours) = try checkedTensors(of: first)
    let (_, theirs) = try checkedTensors(of: second)
    let counterparts = Dictionary(theirs.map { ($0.type.name, $0) }, uniquingKeysWith: { first, _ in first })
    let names = Set(ours.map(\.type.name))
    return try ours.map { try compare($0, counterparts[$0.type.name], first, second, in: database) }
      + theirs.filter { !names.contains($0.type.name) }.map { try compare(nil, $0, first, second, in: database) }
  }

  private static func compare(
    _ ours: CheckedTensor?, _ theirs: CheckedTensor?, _ first: StoredVersion, _ second: StoredVersion,
    in database: Database
  ) throws -> VersionComparison.Tensor {
    let (a, b) = (ours?.type, theirs?.type)
    let isAlike = a?.shape == b?.shape && a?.dtypeText == b?.dtypeText
    let isEqual = isAlike && ours?.sha256 == theirs?.sha256
    var change: TensorChange?
    if let ours, let theirs, isAlike, !isEqual {
      // As bytes and as floats.
      try PhysicalMemory.require(
        2 * (4 * ours.type.count + ours.type.byteCount), for: "\(ours.type.name) of both versions")
      change = TensorChange(
        from: try floats(of: ours, first, in: database), to: try floats(of: theirs, second, in: database),
        shape: ours.type.shape)
    }
    return VersionComparison.Tensor(
      name: a?.name ?? b?.name ?? "", firstShape: a?.shape, secondShape: b?.shape, firstType: a?.dtypeText,
      secondType: b?.dtypeText, isEqual: isEqual, change: change)
  }

  /// The numbers of a tensor of any type; floats have room for all of them.
  private static func floats(
    of tensor: CheckedTensor, _ version: StoredVersion, in database: Database
  ) throws -> [Float] {
    switch tensor.type.dtypeText {
    case Int8.dtype: try numbers(Int8.self, of: [tensor], version, in: database)[0].map { Float($0) }
    case UInt8.dtype: try numbers(UInt8.self, of: [tensor], version, in: database)[0].map { Float($0) }
    default: try numbers(Float.self, of: [tensor], version, in: database)[0]
    }
  }
}
