import Datasets
import Images
import Inference
import ModelStore

/// The set that a version is trained on, and the one that it is measured on.
struct LabelledSets {
  let training: LabelledSet
  let validation: LabelledSet?
  let lineage: (training: Lineage.Dataset, validation: Lineage.Dataset?)

  /// Reads the sets, with progress, and checks that they go together.
  ///
  /// - Parameters:
  ///   - path: that of the training set.
  ///   - validationPath: that of the validation set, if there is one.
  ///   - rule: what makes rows of pictures; nil for pictures as they are.
  ///   - kind: what examples are labelled with; nil for what the set says.
  ///   - parent: the model that is trained on, whose rows and labels these are then.
  /// - Throws: ``Failure`` or `DatasetError` with the path.
  init(
    training path: String, validation validationPath: String?, rule: ImageRule?, kind: LabelledSet.Kind?,
    parent: Model? = nil
  ) throws {
    let progress = ProgressBar("reading", unit: "images")
    defer { progress.finish() }
    func load(_ path: String, _ rule: ImageRule?, _ kind: LabelledSet.Kind?) throws -> LabelledSet {
      if let parent { return try LabelledSet.load(path: path, for: parent, progress: progress) }
      return try LabelledSet.load(path: path, rule: rule, kind: kind) { progress.update($0, of: $1) }
    }
    let training = try load(path, rule, kind)
    try Self.requireVariety(training, path: path)
    validation = try validationPath.map { path in
      let set = try load(path, rule ?? (try? training.naturalRule), training.targets.kind)
      guard set.shape == training.shape else {
        throw Failure(
          .badData, code: "sizeMismatch", "\(path): examples of \(set.shape); the training set has \(training.shape)")
      }
      return try parent == nil ? set.relabelled(to: training.classNames, path: path) : set
    }
    self.training = training
    lineage = (
      Lineage.Dataset(training, path: path), zip(validation, validationPath).map { Lineage.Dataset($0, path: $1) }
    )
  }

  private static func requireVariety(_ set: LabelledSet, path: String) throws {
    let problem: String
    switch set.targets {
    case .classes(let labels):
      guard let first = labels.first, labels.allSatisfy({ $0 == first }) else { return }
      problem =
        "are of one class, \"\(set.classNames[first])\"; expected examples of two classes or more, as there is nothing to tell apart"
    case .labels(let values), .quantities(let values):
      let width = set.classNames.count
      guard values.indices.allSatisfy({ values[$0] == values[$0 % width] }) else { return }
      problem = "have the same \(set.targets.kind); expected some with others, as there is nothing to tell apart"
    }
    throw Failure(.badData, code: "oneClassOnly", "\(path): all examples (\(Format.count(set.count))) \(problem)")
  }
}

/// Both values, or nil if either is not there.
func zip<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
  guard let a, let b else { return nil }
  return (a, b)
}
