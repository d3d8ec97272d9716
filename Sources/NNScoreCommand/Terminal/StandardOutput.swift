import Foundation

/// Standard output, buffered: a result that could not be written is an error, not silence.
final class StandardOutput {
  private var buffer = Data()
  private let capacity = 1 << 16

  /// Writes text.
  func write(_ text: String) throws(Failure) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= capacity { try flush() }
  }

  /// Hands everything that was written to the system.
  func flush() throws(Failure) {
    guard !buffer.isEmpty else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    do {
      try FileHandle.standardOutput.write(contentsOf: buffer)
    } catch {
      throw Failure(
        .inputOutput, code: "outputFailed",
        "standard output: cannot be written: \(Failure.systemReason(error)); the results are not complete")
    }
  }

  /// Prints one text at once.
  static func print(_ text: String) throws(Failure) {
    let output = StandardOutput()
    try output.write(text)
    try output.flush()
  }

  /// Prints sentences, a line each: on a terminal broken between words where it ends, elsewhere as they are.
  static func printSentences(_ text: String) throws(Failure) {
    try print(FieldList.sentences(text, width: Terminal.resultColumns))
  }
}
