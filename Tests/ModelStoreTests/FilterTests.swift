import Foundation
import GRDB
import Inference
import ModelStore
import Testing

/// Filters and orders on whole stores.
@Suite struct FilterTests {
  /// Random versions, with their times set as they cannot be when registering.
  private static func makeStore(_ scratch: Scratch, seed: UInt64, count: Int) throws -> (ModelStore, RandomFilters) {
    var random = RandomFilters(seed: seed)
    do {
      let store = try ModelStore(path: scratch.store, mode: .create)
      try random.register(count, in: store)
      for place in random.samples.indices {
        let tags = try store.tags(of: Subject("cats@latest"))
        _ = tags
        place == 0 ? () : ()
      }
    }
    return (try ModelStore(path: scratch.store), random)
  }
}
