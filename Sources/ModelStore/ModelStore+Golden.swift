import GRDB
import Inference

extension ModelStore {
  /// Reads and checks the golden examples of a version; nil for a version that was registered without.
  ///
  /// - Throws: ``StoreError/Code/damaged`` if their bytes are not what was written, or if they are missing: that a version has none
  ///   must fit its record, so that nobody gets past the replay by removing them.
  static func golden(
    of version: StoredVersion, architecture: Architecture, inputFormat: InputFormat, in database: Database
  ) throws -> GoldenExamples? {
    func damaged(_ problem: String) -> StoreError {
      StoreError(.damaged, "\(version.reference), golden examples: \(problem); restore a backup")
    }
    guard let golden = version.golden else {
      guard version.computedRecord == version.record else {
        throw damaged("there are none, and the version's record is not that of one without")
      }
      return nil
    }
    guard (1...GoldenExamples.maximumCount).contains(golden.count) else {
      throw damaged("expected 1 to \(GoldenExamples.maximumCount), the store says \(golden.count)")
    }
    func bytes(_ sha256: String, rowSize: Int) throws -> [UInt8] {
      do {
        return try BlobStorage.load(sha256, rawSize: golden.count * rowSize, in: database)
      } catch let error as StoreError where error.code == .damaged {
        throw damaged(error.message)
      }
    }
    let inputs = try bytes(
      golden.inputs, rowSize: architecture.inputs * GoldenRows.elementSize(of: inputFormat.elementType))
    let outputs = try bytes(golden.outputs, rowSize: 4 * architecture.outputs)
    return GoldenExamples(
      count: golden.count,
      inputs: inputFormat.elementType == .uint8 ? .uint8(inputs) : .float32(LittleEndian.floats(inputs.span)),
      outputs: LittleEndian.floats(outputs.span))
  }
}
