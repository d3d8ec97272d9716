import Foundation
import Training

/// What the program runs on.
enum Machine {
  /// The name of the processor, where the system tells it.
  static var processor: String? {
    (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
      .split(separator: "\n").first { $0.hasPrefix("model name") }?
      .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// The cores that this process may use, by the quota of its control group too.
  static var cores: Int { Trainer.defaultThreads }
}
