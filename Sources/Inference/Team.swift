import CKernels

/// The threads of one scorer, asleep while it does not score.
@safe
final class Team: @unchecked Sendable {
  let pointer: OpaquePointer

  private init(_ pointer: OpaquePointer) {
    unsafe self.pointer = pointer
  }

  /// Starts `threads` − 1 threads beside the caller's.
  ///
  /// (No initializer: Embedded Swift would leak the object where one throws.)
  ///
  /// - Throws: ``InferenceError/Code/threadsUnavailable`` or ``InferenceError/Code/outOfMemory``.
  static func make(threads: Int, workspaceBytes: Int) throws(InferenceError) -> Team {
    guard (1...Self.most).contains(threads) else {
      throw InferenceError(
        .threadsUnavailable, "a scorer of \(threads) threads cannot be; expected 1 to \(Self.most)")
    }
    var made: OpaquePointer?
    let error = unsafe nnk_team_make(threads, workspaceBytes, &made)
    guard let made = unsafe made else {
      throw InferenceError(
        error == NNK_OUT_OF_MEMORY ? .outOfMemory : .threadsUnavailable,
        "\(threads) threads could not be started: \(Kernels.errorText(error)); score with fewer")
    }
    return unsafe Team(made)
  }

  deinit { unsafe nnk_team_end(pointer) }

  private static let most = 1024
}
