import GRDB
import Inference

/// What a tag or a note is on: a model, or one of its versions.
public enum Subject: Sendable, Hashable, CustomStringConvertible {
  /// The model of that name.
  case model(String)
  /// A version.
  case version(Reference)

  /// Reads `cats` as the model, and `cats@3`, `cats@latest`, `cats@champion` or `cats@sha256:1f0c…` as a version.
  ///
  /// - Throws: ``StoreError/Code/invalidReference`` or ``StoreError/Code/invalidName``.
  public init(_ text: String) throws(StoreError) {
    let reference = try Reference(text)
    self = reference.selector == .serving ? .model(reference.model) : .version(reference)
  }

  /// The text that reads as this subject.
  public var description: String {
    switch self {
    case .model(let name): name
    case .version(let reference): reference.description
    }
  }

  /// The model's name, and the version's identity if it is on one.
  func resolve(in database: Database) throws -> (model: String, version: Model.Identity?) {
    switch self {
    case .model(let name):
      _ = try ModelStore.modelID(named: name, in: database)
      return (name, nil)
    case .version(let reference):
      let identity = try ModelStore.identity(of: ModelStore.resolve(reference, in: database), in: database)
      return (identity.name, identity)
    }
  }
}
