import CKernels

/// The threads of one scorer, asleep while it does not score.
@safe
final class Team: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Starts `threads` − 1 threads beside the caller's.
  ///
  /// - Throws: ``InferenceError/Code/threadsUnavailable``.
  init(threads: Int, workspaceBytes: Int) throws(InferenceError) {
    guard (1...Self.most).contains(threads) else {
      throw InferenceError(
        .threadsUnavailable, "a scorer of \(threads) threads cannot be; expected 1 to \(Self.most)")
    }
    var made: OpaquePointer?
    let error = unsafe nnk_team_make(threads, workspaceBytes, &made)
    guard let made = unsafe made else {
      throw InferenceError(
        .threadsUnavailable,
        "\(threads) threads could not be started: \(Kernels.errorText(error)); score with fewer")
    }
    unsafe pointer = made
  }

  deinit { unsafe nnk_team_end(pointer) }

  private static let most = 1024
}
