import Foundation
public import Inference

extension ModelStore {
  /// Writes a version as a model file, which `Inference` and any reader of safetensors can open, with its golden examples and its
  /// valid signatures.
  ///
  /// The file appears whole and synced, or not at all.
  ///
  /// - Parameters:
  ///   - reference: the version.
  ///   - path: the file to write.
  ///   - replacing: whether it may exist already.
  /// - Returns: what was written: name, number and digest of the version.
  /// - Throws: ``StoreError``: the reference names nothing or something damaged, the file exists, or the system refuses.
  @discardableResult
  public func export(
    _ reference: Reference, to path: String, replacing: Bool = false
  ) throws(StoreError) -> Model.Identity {
    try refuseOwnFiles(path)
    let model = try read { database in
      let model = try Self.model(id: Self.resolve(reference, in: database), in: database)
      let signatures = try VersionSignature.fetch(digest: model.identity.digest, in: database).filter(\.isValid)
      // Those that the store trusts go first where there are more than a file may have.
      let ordered = signatures.filter(\.isTrusted) + signatures.filter { !$0.isTrusted }
      return try Model(
        architecture: model.architecture, parameters: model.modelParameters, inputFormat: model.inputFormat,
        labels: model.labels, identity: model.identity, golden: model.golden,
        signatures: ordered.prefix(Model.maximumSignatures).map {
          Model.Signature(publicKey: $0.publicKey, signature: $0.signature)
        })
    }
    try Self.writeModelFile(model, to: path, replacing: replacing)
    return model.identity
  }

  /// Writes a model, be it in a store or not, as a model file, which appears whole and synced, or not at all.
  package static func writeModelFile(
    _ model: Model, to path: String, replacing: Bool = false
  ) throws(StoreError) {
    try DurableFile.write(ModelFile.encode(model).span, to: path, replacing: replacing)
  }

  /// Refuses to write over the store, or what SQLite would take for its journals.
  func refuseOwnFiles(_ path: String) throws(StoreError) {
    func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    let own = resolved(self.path)
    guard !([""] + StoreFile.companions).contains(where: { resolved(path) == own + $0 }),
      !DurableFile.areSame(path, self.path)
    else {
      throw StoreError(.refused, "\(path) is the store itself or belongs to it; choose another name")
    }
  }
}
