import Foundation

/// How long tests of endurance run: briefly with all others, and in full where `Scripts/torture` sets NNSCORE_TORTURE=1.
enum Torture {
  static let isLong = ProcessInfo.processInfo.environment["NNSCORE_TORTURE"] == "1"

  /// The long form tries every byte, operation and value, or for NNSCORE_TORTURE_STEP=N every Nth of them.
  static let step = max(Int(ProcessInfo.processInfo.environment["NNSCORE_TORTURE_STEP"] ?? "") ?? 1, 1)

  /// A count for this run.
  static func rounds(_ short: Int, long: Int) -> Int { isLong ? long : short }

  /// Prints what the long form did, a line that begins with `torture: `, for the summary of `Scripts/torture`.
  static func report(_ figures: String) {
    if isLong { print("torture: \(figures)") }
  }
}
