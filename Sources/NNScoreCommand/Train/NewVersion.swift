import Foundation
import Inference
import ModelStore

/// What commands share that make a version.
enum NewVersion {
  /// Host, processor and instruction set: where a version was made.
  static func machine() throws -> String {
    try [ProcessInfo.processInfo.hostName, Machine.processor, "\(InstructionSet.selected().name)"]
      .compactMap { $0 }.joined(separator: ", ")
  }

  /// Refuses to promote what cannot be signed yet, before the long work and not after it.
  ///
  /// - Parameter verb: what the user does without --promote: `train`.
  static func requirePromotable(_ name: String, in store: ModelStore, verb: String) throws {
    guard try store.requiresSignature() else { return }
    throw StoreError(
      .notTrusted,
      "the store lets only signed versions into service (nnscore policy), and a new one is not signed yet; \(verb) without "
        + "--promote, then sign it (nnscore sign \(name)@N --key FILE) and promote it")
  }
}
