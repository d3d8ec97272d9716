public import Inference

extension ModelStore {
  /// The digest that a version of these contents has in any store: `sha256:` and 64 hexadecimal digits over architecture, input
  /// format, labels and tensors.
  ///
  /// - Parameter model: the contents; what its identity says does not matter.
  public static func digest(of model: Model) -> String {
    Digest.withPrefix(StoredVersion(contentsOf: model).computedDigest)
  }
}
