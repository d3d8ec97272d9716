import Foundation
public import Inference

extension ModelStore {
  /// Writes a version as a model file, which `Inference` and any reader of safetensors can open.
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
    let model = try model(reference)
    try DurableFile.write(ModelFile.encode(model).span, to: path, replacing: replacing)
    return model.identity
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
