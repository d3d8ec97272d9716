import Foundation
import Inference
import ModelStore
import Training

/// What a version recorded of its training, for one that can be trained again from that.
struct RecordedTraining {
  /// What a run began from.
  enum Start: Equatable {
    /// Parameters drawn from the seed.
    case drawn
    /// Those of a version.
    case version(Model.Identity)
  }

  let record: VersionRecord
  /// The set that it was trained on.
  let training: Lineage.Dataset
  /// The hyperparameters by the names under which they are stored.
  let values: [String: JSONValue]
  let hyperparameters: Hyperparameters
  let start: Start

  /// `cats@3`.
  var name: String { "\(record.model)@\(record.number)" }

  /// - Throws: ``Failure`` for a version that cannot be trained again from what is recorded.
  init(_ record: VersionRecord) throws {
    func refuse(_ reason: String) -> Failure {
      Failure(.badData, code: "notRepeatable", "\(record.model)@\(record.number) \(reason)")
    }
    guard record.summary.precision == .float32 else {
      throw refuse("was quantized, not trained; its parent may have been (nnscore lineage)")
    }
    let json = Data(record.hyperparameters.utf8)
    guard let training = record.lineage.training,
      case .object(let values)? = try? JSONDecoder().decode(JSONValue.self, from: json), values["learning_rate"] != nil
    else { throw refuse("was not trained by nnscore: neither data nor hyperparameters are recorded") }
    if let unknown = values.keys.filter({ !Hyperparameters.keys.contains($0) }).min() {
      throw refuse("has a hyperparameter that this nnscore does not know: \(unknown)")
    }
    do {
      hyperparameters = try JSONDecoder().decode(Hyperparameters.self, from: json)
    } catch {
      throw refuse("has hyperparameters that this nnscore cannot read: \(error)")
    }
    if let parent = record.lineage.parent {
      start = .version(parent)
    } else if values["initialization"] == .null {
      throw refuse(
        "began from parameters that are not recorded: a file's that was no version of this store (--init-from; nnscore import makes "
          + "one of a file), or those of a version that stayed in another store")
    } else {
      start = .drawn
    }
    self.record = record
    self.training = training
    self.values = values
  }

  /// The version whose parameters it began from; nil for drawn ones.
  ///
  /// - Throws: ``Failure`` where the store does not have it as it was.
  func parent(in store: ModelStore) throws -> VersionRecord? {
    guard case .version(let parent) = start else { return nil }
    let found: VersionRecord
    do {
      found = try store.version(Reference(model: parent.name, .number(parent.number)))
    } catch {
      throw Failure(error).adding("; \(name) went on from it")
    }
    guard found.digest == parent.digest else {
      throw Failure(
        .badData, code: "otherParent",
        "\(name) went on from \(parent.name)@\(parent.number) with the digest \(parent.digest), which has \(found.digest) here"
      )
    }
    return found
  }
}
