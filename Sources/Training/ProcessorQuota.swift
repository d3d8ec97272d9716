/// How many processors' time the control groups of a process leave it, as containers and services are limited: threads beyond that take
/// turns, and those that wait awake for each other use up what others should have.
enum ProcessorQuota {
  /// How many threads are of use where so many processors are there: a part of one more is worth a thread.
  static func usefulThreads(processors: Int, quota: Double?) -> Int {
    max(1, min(processors, quota.map { Int(min($0, Double(Int32.max)).rounded(.up)) } ?? processors))
  }

  /// Whether so many threads may run all the time.
  static func allows(threads: Int) -> Bool { Double(threads) <= processors() ?? .infinity }

  /// The quota in processors; nil if there is none.
  ///
  /// (Linux, "Control Group v2", section on the CPU controller, and "CFS Bandwidth Control" for version 1.)
  ///
  /// - Parameter read: the text of a file, or nil if it cannot be read.
  static func processors(_ read: (String) -> String? = MemoryNeed.read) -> Double? {
    var least: Double?
    func limit(_ quota: Int?, _ period: Int?) {
      guard let quota, let period, quota > 0, period > 0 else { return }
      least = min(least ?? .infinity, Double(quota) / Double(period))
    }
    for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
      // Number, controllers, and the path of the group, whose parents have limits too. A container sees its own group as the root.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3 else { continue }
      let isVersion1 = parts[1].split(separator: ",").contains("cpu")
      guard isVersion1 || parts[1].isEmpty else { continue }
      var group = parts[2].split(separator: "/")
      while true {
        let path = group.map { "/" + $0 }.joined()
        if isVersion1 {
          let folder = "/sys/fs/cgroup/cpu\(path)/"
          limit(number(read(folder + "cpu.cfs_quota_us")), number(read(folder + "cpu.cfs_period_us")))
        } else {
          // "max" is no number, hence no limit.
          let fields = (read("/sys/fs/cgroup\(path)/cpu.max") ?? "").split { $0 == " " || $0 == "\n" }
          if fields.count == 2 { limit(Int(fields[0]), Int(fields[1])) }
        }
        if group.isEmpty { break }
        group.removeLast()
      }
    }
    return least
  }

  private static func number(_ text: String?) -> Int? { text.flatMap { Int($0.prefix { $0 != "\n" }) } }
}
