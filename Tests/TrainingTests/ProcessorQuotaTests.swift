import Foundation
import Testing

@testable import Training

@Suite("Processors that control groups leave a process")
struct ProcessorQuotaTests {
  private func processors(_ files: [String: String]) -> Double? { ProcessorQuota.processors { files[$0] } }

  @Test("version 2: the least of the group's and its parents'")
  func second() {
    let group = ["/proc/self/cgroup": "0::/system.slice/scores.service\n"]
    #expect(processors(group) == nil)
    func with(_ own: String, parent: String = "max 100000\n", root: String? = nil) -> Double? {
      var files = group
      files["/sys/fs/cgroup/system.slice/scores.service/cpu.max"] = own
      files["/sys/fs/cgroup/system.slice/cpu.max"] = parent
      files["/sys/fs/cgroup/cpu.max"] = root
      return processors(files)
    }
    #expect(with("max 100000\n") == nil)
    #expect(with("100000 100000\n") == 1 && with("150000 100000\n") == 1.5 && with("1000 100000\n") == 0.01)
    #expect(with("400000 100000\n", parent: "150000 50000\n") == 3)
    #expect(with("max 100000\n", root: "250000 100000\n") == 2.5)
    // As a container has it, which is its own root.
    #expect(processors(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "200000 100000\n"]) == 2)
  }

  @Test("version 1, mounted by itself or with the accounting, from a host's path or a container's root")
  func first() {
    let group = ["/proc/self/cgroup": "5:memory:/docker/7f\n4:cpu,cpuacct:/docker/7f\n0::/\n"]
    func with(_ folder: String, quota: String) -> Double? {
      processors(
        group.merging(["\(folder)/cpu.cfs_quota_us": quota, "\(folder)/cpu.cfs_period_us": "100000\n"]) { $1 })
    }
    #expect(with("/sys/fs/cgroup/cpu/docker/7f", quota: "150000\n") == 1.5)
    #expect(with("/sys/fs/cgroup/cpu", quota: "300000\n") == 3)
    #expect(with("/sys/fs/cgroup/cpu", quota: "-1\n") == nil)
    #expect(with("/sys/fs/cgroup/memory/docker/7f", quota: "100000\n") == nil)
    let limit = [
      "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "100000\n", "/sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "50000\n",
    ]
    for (line, expected) in [("4:cpu:/a", 2.0), ("4:cpuacct,cpu:/a", 2), ("4:cpuset:/a", nil), ("4:cpuacct:/a", nil)] {
      #expect(processors(limit.merging(["/proc/self/cgroup": "\(line)\n"]) { $1 }) == expected, "\(line)")
    }
  }

  @Test("what is not as it should be is no limit")
  func hostile() {
    for text in ["", "max", "0 100000", "100000 0", "-5 100000", "1 2 3", "many 100000", "99999999999999999999 1"] {
      #expect(processors(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": text]) == nil, "\(text)")
    }
    let limits = [
      "/sys/fs/cgroup/cpu.max": "100000 100000\n", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ]
    for text in ["", ":", "0:", "nonsense", "a:b:c", "1:name=systemd:/"] {
      #expect(processors(limits.merging(["/proc/self/cgroup": text]) { $1 }) == nil, "\(text)")
    }
    for text in ["nonsense\n\n0::", "::::", "0::/..", "7:cpu:"] {
      #expect(processors(limits.merging(["/proc/self/cgroup": text]) { $1 }) == 1, "\(text)")
    }
    #expect(processors([:]) == nil)
  }

  @Test("a part of a processor is worth a thread, and no more threads are of use than there are processors")
  func usefulThreads() {
    for (quota, expected) in [(nil, 8), (0.01, 1), (1, 1), (1.5, 2), (7.999, 8), (8, 8), (1e300, 8)] as [(Double?, Int)]
    {
      #expect(ProcessorQuota.usefulThreads(processors: 8, quota: quota) == expected, "\(quota ?? .nan)")
    }
    #expect(ProcessorQuota.usefulThreads(processors: 0, quota: nil) == 1)
  }

  @Test("this process has at least one processor by default, and no more than it may run on")
  func here() {
    #expect((1...ProcessInfo.processInfo.activeProcessorCount).contains(Trainer.defaultThreads))
  }
}
