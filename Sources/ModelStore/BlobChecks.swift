import Synchronization

/// What one run of a verification knows about blobs, for all its threads: many versions share one.
final class BlobChecks: Sendable {
  private struct State {
    /// The raw bytes of each.
    var sound: [String: Int] = [:]
    var damaged: Set<String> = []
    var bytes = 0
  }

  private let state = Mutex(State())
  /// What was reported last. Its own lock: whoever is told may take as long as it likes, and the others go on knowing what is known.
  private let reported = Mutex(0)
  private let progress: (@Sendable (_ bytes: Int) -> Void)?

  /// - Parameter progress: called with the raw bytes checked so far, by one thread at a time and
  ///   always with more than before.
  init(progress: (@Sendable (_ bytes: Int) -> Void)? = nil) { self.progress = progress }

  /// How many raw bytes a blob has that was found sound, or nil.
  func rawSize(of sha256: String) -> Int? { state.withLock { $0.sound[sha256] } }

  /// Whether a blob was checked, with whatever result.
  func isKnown(_ sha256: String) -> Bool {
    state.withLock { $0.sound[sha256] != nil || $0.damaged.contains(sha256) }
  }

  /// Notes that a blob is sound.
  func insert(_ sha256: String, rawSize: Int) {
    let bytes = state.withLock { state -> Int? in
      guard state.sound.updateValue(rawSize, forKey: sha256) == nil else { return nil }
      state.bytes += rawSize
      return state.bytes
    }
    guard let bytes, let progress else { return }
    reported.withLock { reported in
      guard bytes > reported else { return }
      reported = bytes
      progress(bytes)
    }
  }

  /// Notes that a blob is damaged, or is not what refers to it says.
  func insert(damaged sha256: String) { state.withLock { _ = $0.damaged.insert(sha256) } }

  /// How many blobs were checked, and how many raw bytes the sound ones have.
  var totals: (blobs: Int, bytes: Int) {
    state.withLock { state in
      (state.sound.count + state.damaged.count(where: { state.sound[$0] == nil }), state.bytes)
    }
  }
}
