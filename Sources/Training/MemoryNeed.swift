internal import Inference

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The memory that a run will allocate, counted before it does.
package struct MemoryNeed: Sendable {
  /// Bytes; `Int.max` if more than that.
  package private(set) var bytes = 0
  private var remedy = ""

  /// What a run allocates beside the data, which is there already.
  package init(_ plan: TrainingPlan, hasValidation: Bool, isInMemory: Bool, threads: Int) {
    let architecture = plan.architecture
    let hyperparameters = plan.hyperparameters
    let size = hyperparameters.precision.byteCount
    let batch = plan.order.batchSize
    // Lanes behind the last example; the same for rows of δ.
    let chunk = Network<Float>.chunk(batch: batch) + 31
    let moments = hyperparameters.optimizer.moments
    let copies =
      2 + (moments.first ? 1 : 0) + (moments.second ? 1 : 0) + (hyperparameters.earlyStopping != nil ? 1 : 0)
    let hasDropout = !hyperparameters.dropoutByLayer.isEmpty
    var shapes: [(inputs: Int, outputs: Int)] = []
    for (index, layer) in architecture.layers.enumerated() {
      let inputs = architecture.inputs(ofLayer: index)
      let outputs = layer.outputs
      shapes.append((inputs, outputs))
      // Parameters, gradients and moments; then the parameters of the result, packed and folded to be evaluated.
      add(inputs + 1, outputs, copies * size)
      add(inputs + 1, outputs, 3 * 4 + (hyperparameters.precision == .float64 ? 8 : 0))
      if index == 0 { add(inputs + 1, outputs, size) }
      // Activations, and their gradients twice.
      add(chunk, outputs, (hasDropout ? 4 : 3) * size)
    }
    add(threads, trainingScratchCount, size)
    if NetworkPhase.plan(shapes, chunk: Network<Float>.chunk(batch: batch)).contains(.inputs) {
      add(chunk, architecture.inputs, size)
      // The columns that a batch uses.
      add(chunk, architecture.inputs, 1)
      add(1, UsedColumns.memory(columns: architecture.inputs), 4)
      add(threads, architecture.inputs + UsedColumns.slack, size)
    }
    add(batch, architecture.outputs, size)
    add(chunk, architecture.outputs, 2 * size)
    // Factors, losses, predictions, scores.
    add(batch, 1, size + 16)
    if !plan.order.isWhole || !isInMemory || hyperparameters.augmentation != .none {
      add(batch, architecture.inputs, hyperparameters.augmentation != .none ? 2 : 1)
    }
    // The order, and what came out of the epoch's examples.
    add(plan.order.count, 1, 16)
    if plan.task != .classification { add(plan.order.count + batch, architecture.outputs, 4) }
    let network = bytes
    add(plan.iterations, 1, 8)
    // What measurements say of each class, and the confusion matrix that they are taken from.
    let perSet = MemoryLayout<Evaluation>.stride + 48 * (architecture.outputs + 1)
    add((plan.epochs - 1) / plan.measureEvery + 1, hasValidation ? 2 : 1, perSet)
    if plan.task == .classification { add(architecture.outputs, architecture.outputs, 8) }
    remedy =
      network < bytes / 2
      ? "Use fewer iterations"
      : "Use fewer or smaller hidden layers, or a smaller batch"
        + (hyperparameters.precision == .float64 ? ", or the precision float32" : "")
  }

  private mutating func add(_ a: Int, _ b: Int, _ c: Int) {
    let product = a.multipliedReportingOverflow(by: b)
    let block = product.partialValue.multipliedReportingOverflow(by: c)
    let total = bytes.addingReportingOverflow(block.partialValue)
    bytes = product.overflow || block.overflow || total.overflow ? Int.max : total.partialValue
  }

  /// Checks that there is so much.
  ///
  /// - Parameter available: bytes that can be had, or nil if that is not known.
  /// - Throws: ``TrainingError/Code/notEnoughMemory``.
  package func require(available: Int?) throws(TrainingError) {
    guard bytes == Int.max || bytes > available ?? Int.max else { return }
    let needed = bytes == Int.max ? "more than \(Self.text(bytes))" : Self.text(bytes)
    throw TrainingError(
      .notEnoughMemory,
      "this training needs \(needed) of memory beside the data; "
        + (available.map { "\(Self.text($0)) are available" } ?? "no machine has that")
        + ". \(remedy)")
  }

  /// The bytes that the system can give without swapping: `MemAvailable` of Linux, or what the control group leaves if that
  /// is less; nil where neither can be read.
  package static func available() -> Int? {
    var least: Int?
    if let text = read("/proc/meminfo"),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    {
      let bytes = kibibytes.multipliedReportingOverflow(by: 1024)
      least = bytes.overflow ? nil : bytes.partialValue
    }
    // Version 2 of control groups, then version 1, each as a container sees its own. "max" is no number, hence no limit. What
    // counts as used is what cannot be given back: the page cache of files can.
    for (folder, limit, used) in [
      ("/sys/fs/cgroup/", "memory.max", "anon "), ("/sys/fs/cgroup/memory/", "memory.limit_in_bytes", "total_rss "),
    ] {
      guard let limit = read(folder + limit).flatMap({ Int($0.prefix { $0 != "\n" }) }), limit >= 0 else { continue }
      let line = read(folder + "memory.stat")?.split(separator: "\n").first { $0.hasPrefix(used) }
      let usage = line.flatMap { Int($0.dropFirst(used.count)) } ?? 0
      least = min(least ?? Int.max, max(0, limit - min(max(usage, 0), limit)))
    }
    return least
  }

  /// The text of one of the system's files.
  static func read(_ path: String) -> String? {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
    return String(decoding: data, as: UTF8.self)
  }

  private static func text(_ bytes: Int) -> String {
    var value = Double(bytes)
    var unit = 0
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0 ? "\(bytes) bytes" : "\((value * 10).rounded() / 10) \(units[unit])"
  }
}
