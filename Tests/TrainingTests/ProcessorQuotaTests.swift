import Foundation
import Testing

@testable import Training

@Suite("Processors that control groups leave a process")
struct ProcessorQuotaTests {
  private func processors(_ files: [String: String]) -> Int? { ProcessorQuota.processors { files[$0] } }

  @Test("version 2: the least of the group's and its parents', rounded up")
  func second() {
    let group = ["/proc/self/cgroup": "0::/system.slice/scores.service\n"]
    #expect(processors(group) == nil)
    func with(_ own: String, parent: String = "max 100000\n", root: String? = nil) -> Int? {
      var files = group
      files["/sys/fs/cgroup/system.slice/scores.service/cpu.max"] = own
      files["/sys/fs/cgroup/system.slice/cpu.max"] = parent
      files["/sys/fs/cgroup/cpu.max"] = root
      return processors(files)
    }
    #expect(with("max 100000\n") == nil)
    #expect(with("100000 100000\n") == 1 && with("100001 100000\n") == 2 && with("1000 100000\n") == 1)
    #expect(with("400000 100000\n", parent: "150000 50000\n") == 3)
    #expect(with("max 100000\n", root: "250000 100000\n") == 3)
    // As a container has it, which is its own root.
    #expect(processors(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "200000 100000\n"]) == 2)
  }

  @Test("version 1, mounted by itself or with the accounting, from a host's path or a container's root")
  func first() {
    let group = ["/proc/self/cgroup": "5:memory:/docker/7f\n4:cpu,cpuacct:/docker/7f\n0::/\n"]
    func with(_ folder: String, quota: String) -> Int? {
      processors(
        group.merging(["\(folder)/cpu.cfs_quota_us": quota, "\(folder)/cpu.cfs_period_us": "100000\n"]) { $1 })
    }
    #expect(with("/sys/fs/cgroup/cpu/docker/7f", quota: "150000\n") == 2)
    #expect(with("/sys/fs/cgroup/cpu", quota: "300000\n") == 3)
    #expect(with("/sys/fs/cgroup/cpu", quota: "-1\n") == nil)
    #expect(with("/sys/fs/cgroup/memory/docker/7f", quota: "100000\n") == nil)
  }

  @Test("what is not as it should be is no limit")
  func hostile() {
    for text in ["", "max", "0 100000", "100000 0", "-5 100000", "1 2 3", "many 100000", "99999999999999999999 1"] {
      #expect(processors(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": text]) == nil, "\(text)")
    }
    for text in ["", ":", "0:", "::::", "nonsense\n\n0::"] {
      #expect(processors(["/proc/self/cgroup": text]) == nil, "\(text)")
    }
    #expect(processors([:]) == nil)
  }

  @Test("this process has at least one processor by default, and no more than it may run on")
  func here() {
    #expect((1...ProcessInfo.processInfo.activeProcessorCount).contains(Trainer.defaultThreads))
  }
}
