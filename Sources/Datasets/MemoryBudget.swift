import Images

/// How much memory a dataset may take, checked before it is allocated.
struct MemoryBudget {
  let bytes: Int

  /// Refuses a set that would not fit.
  ///
  /// - Parameter values: the labels or quantities of an example; 0 for a class.
  func check(examples: Int, shape: ImageShape, values: Int = 0, path: String) throws(DatasetError) {
    guard let features = shape.valueCount else {
      throw DatasetError(code: .corrupt, message: "\(path): examples of \(shape) have no values.")
    }
    // A class takes 8 bytes beside its pixels, a label or quantity 4.
    let (needed, overflow) = examples.multipliedReportingOverflow(by: features + max(8, 4 * values))
    if overflow || needed > bytes {
      let amount = overflow ? "more than \(Self.text(Int.max))" : Self.text(needed)
      throw DatasetError(
        code: .tooLarge,
        message: "\(path): \(examples) examples of \(shape) need \(amount) of memory, but \(Self.text(bytes)) "
          + "are available. Use a smaller size or fewer examples.")
    }
  }

  /// Refuses labels or quantities that would not fit, before those of a file are read.
  ///
  /// - Parameter bytesPerValue: what each takes while it is read.
  func check(values: Int, bytesPerValue: Int, path: String) throws(DatasetError) {
    let (needed, overflow) = values.multipliedReportingOverflow(by: bytesPerValue)
    if overflow || needed > bytes {
      throw DatasetError(
        code: .tooLarge,
        message: "\(path): the labels of its examples, \(values) numbers, need "
          + "\(Self.text(overflow ? Int.max : needed)) of memory, but \(Self.text(max(bytes, 0))) are available. "
          + "Use fewer examples.")
    }
  }

  /// What the machine, and the control group that the process is in, have available now, in bytes.
  static func available() -> Int {
    var smallest = Int.max
    if let total = number(after: "MemAvailable:", in: "/proc/meminfo") {
      smallest = total.multipliedReportingOverflow(by: 1024).partialValue
    }
    let group = "/sys/fs/cgroup/"
    if let limit = text(group + "memory.max").flatMap({ Int($0.prefix { $0.isNumber }) }) {
      let used = number(after: "anon", in: group + "memory.stat") ?? 0
      smallest = min(smallest, max(0, limit - used))
    }
    return smallest
  }

  private static func text(_ path: String) -> String? {
    (try? FileBytes.readUnsized(path: path, maximum: 64 << 10)).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func number(after key: String, in path: String) -> Int? {
    guard let line = text(path)?.split(separator: "\n").first(where: { $0.hasPrefix(key + " ") }) else { return nil }
    return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  }

  /// A number of bytes in MiB, or GiB from 10 on, rounded up.
  static func text(_ bytes: Int) -> String {
    bytes >= 10 << 30 ? "\(bytes >> 30) GiB" : "\((bytes >> 20) + 1) MiB"
  }
}
