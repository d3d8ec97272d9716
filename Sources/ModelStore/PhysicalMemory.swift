import Glibc

/// The memory of the machine: the bound on what a store can make a process allocate.
///
/// Zeros shrink a thousand times, and many layers can refer to the same tensor, so a small file can hold a model that is larger than
/// any memory and still in order. Asking for it would end the process.
enum PhysicalMemory {
  /// How many bytes the machine has; `Int.max` where the system does not say.
  static let bytes: Int = {
    let (pages, size) = (sysconf(CInt(_SC_PHYS_PAGES)), sysconf(CInt(_SC_PAGESIZE)))
    guard pages > 0, size > 0 else { return Int.max }
    let (bytes, overflow) = pages.multipliedReportingOverflow(by: size)
    return overflow ? Int.max : bytes
  }()

  /// Refuses what the machine cannot hold.
  static func require(_ needed: Int, for subject: String) throws(StoreError) {
    guard needed > bytes else { return }
    throw StoreError(
      .notEnoughMemory,
      "\(subject) takes \(needed) bytes of memory, this machine has \(bytes); use one with more, if you trust the store"
    )
  }
}
