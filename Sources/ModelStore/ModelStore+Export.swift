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
    func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    let own = resolved(self.path)
    // SQLite would take the files beside the store for its journals.
    guard !["", "-journal", "-wal", "-shm"].contains(where: { resolved(path) == own + $0 }) else {
      throw StoreError(.fileExists, "\(path) is the store itself or belongs to it; choose another name")
    }
    let model = try model(reference)
    try DurableFile.write(ModelFile.encode(model).span, to: path, replacing: replacing)
    return model.identity
  }
}
