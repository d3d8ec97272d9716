import Foundation
import ModelStore
import Training

/// What fixes the results of a sweep, as the store keeps it.
struct SweepDescription: Codable, Equatable {
  /// A labelled set: the same one if its contents are, wherever it lies.
  struct Dataset: Codable, Equatable {
    let path: String
    let fingerprint: String

    static func == (first: Dataset, second: Dataset) -> Bool { first.fingerprint == second.fingerprint }
  }

  let data: Dataset
  let validation: Dataset
  /// What is the same in all trials.
  let fixed: [String: JSONValue]
  let search: Search

  init(_ configuration: SweepConfiguration, _ sets: LabelledSets) {
    func dataset(_ set: Lineage.Dataset) -> Dataset { Dataset(path: set.path, fingerprint: set.fingerprint) }
    data = dataset(sets.lineage.training)
    validation = dataset(sets.lineage.validation ?? sets.lineage.training)
    (fixed, search) = (configuration.fixed, configuration.search)
  }

  /// Reads what a sweep of the store says.
  ///
  /// - Throws: ``Failure`` where another program wrote something else.
  init(_ sweep: Sweep) throws(Failure) {
    let read = try? JSONDecoder().decode(SweepDescription.self, from: Data(sweep.description.utf8))
    guard let read, read.search.isSound else {
      throw Failure(
        .badData, code: "damaged",
        "the sweep \(sweep.name): its description is not one that this program writes; nnscore sweep delete \(sweep.name) removes it"
      )
    }
    self = read
  }

  /// The form in which the store keeps it.
  var text: String { get throws { try JSONOutput.line(self) } }

  /// The part that another description has differently, or nil.
  func difference(from other: SweepDescription) -> String? {
    if data != other.data { return "data" }
    if validation != other.validation { return "validation" }
    for key in Set(fixed.keys).union(other.fixed.keys).sorted() where fixed[key] != other.fixed[key] { return key }
    return search == other.search ? nil : "search"
  }
}
