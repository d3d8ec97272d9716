import Foundation
public import Inference

/// How a version came into its store.
public enum Provenance: Sendable, Equatable {
  /// It was trained for this store, or registered by a program that said nothing else.
  case trained
  /// It was made elsewhere: what was said of where, when it was registered.
  case imported(origin: String)
  /// It was copied from another store, or from another model of the same one: the version that it was there, and its parent there
  /// if that stayed behind.
  case copied(from: Model.Identity, parentLeftBehind: Model.Identity?)

  /// Reads what the `register` entry of a version says of its origin.
  init(origin: String?) {
    guard let origin, !origin.isEmpty else {
      self = .trained
      return
    }
    // What VersionTransfer writes: "cats@3 sha256:…", then "; parent cats@2 sha256:…" if that stayed behind.
    let parts = origin.components(separatedBy: "; ")
    guard let source = parts.first.flatMap({ Self.identity(of: $0) }) else {
      self = .imported(origin: origin)
      return
    }
    let parent = parts.count > 1 && parts[1].hasPrefix("parent ") ? Self.identity(of: parts[1].dropFirst(7)) : nil
    self = .copied(from: source, parentLeftBehind: parent)
  }

  /// Reads `cats@3 sha256:…`.
  private static func identity(of text: some StringProtocol) -> Model.Identity? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 2, words[1].hasPrefix("sha256:"), Digest.isDigest(Digest.withoutPrefix(String(words[1]))),
      let reference = try? Reference(String(words[0])), case .number(let number) = reference.selector
    else { return nil }
    return Model.Identity(name: reference.model, number: number, digest: String(words[1]))
  }
}
