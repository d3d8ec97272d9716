import Foundation

/// How long tests of endurance run: briefly with all others, and in full where `Scripts/torture` sets NNSCORE_TORTURE=1.
enum Torture {
  static let isLong = ProcessInfo.processInfo.environment["NNSCORE_TORTURE"] == "1"

  /// A count for this run.
  static func rounds(_ short: Int, long: Int) -> Int { isLong ? long : short }
}
