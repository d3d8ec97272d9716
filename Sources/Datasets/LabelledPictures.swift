import Dispatch
import Images
import Synchronization

/// Picture files with their classes, labels or quantities.
struct LabelledPictures {
  /// The folder of the pictures, or the manifest.
  let path: String
  /// The names of the classes, labels or quantities.
  let names: [String]
  let files: [String]
  let targets: LabelledSet.Targets

  /// Decodes all pictures, on all cores.
  func load(
    rule: ImageRule?, limits: ImageLimits, memory: MemoryBudget, progress: (@Sendable (Int, Int) -> Void)?
  ) throws(DatasetError) -> LabelledSet {
    let decoder = ImageDecoder(limits: limits)
    let rule = if let rule { rule } else { try commonRule(decoder) }
    try memory.check(examples: files.count, shape: rule.shape, values: targets.columns(names.count), path: path)
    let features = rule.height * rule.width * rule.channels
    let total = files.count
    let pixels = Mutex([UInt8](repeating: 0, count: total * features))
    let done = Mutex(0)
    let failures = Self.concurrently(total) { (index) throws(ImageError) in
      let row = try decoder.pixels(ofFile: files[index], rule: rule)
      pixels.withLock { $0.replaceSubrange(index * features..<(index + 1) * features, with: row) }
      done.withLock {
        $0 += 1
        progress?($0, total)
      }
    }
    try refuse(failures)
    return try LabelledSet(
      shape: rule.shape, pixels: pixels.withLock { $0 }, targets: targets, classNames: names, names: files)
  }

  /// Decodes some of the pictures, on all cores: for each rule their pixels, `count × height × width × channels`.
  func rows(
    _ range: Range<Int>, rules: [ImageRule], limits: ImageLimits
  ) throws(DatasetError) -> [[UInt8]] {
    let decoder = ImageDecoder(limits: limits)
    let rows = Mutex([[[UInt8]]](repeating: [], count: range.count))
    let failures = Self.concurrently(range.count) { (index) throws(ImageError) in
      let made = try decoder.pixels(ofFile: files[range.lowerBound + index], rules: rules)
      rows.withLock { $0[index] = made }
    }
    try refuse(failures)
    return rows.withLock { rows in rules.indices.map { rule in rows.flatMap { $0[rule] } } }
  }

  /// The rule that leaves all pictures at the size that they share.
  private func commonRule(_ decoder: ImageDecoder) throws(DatasetError) -> ImageRule {
    let shapes = Mutex([ImageShape?](repeating: nil, count: files.count))
    let failures = Self.concurrently(files.count) { (index) throws(ImageError) in
      let shape = try decoder.shape(ofFile: files[index])
      shapes.withLock { $0[index] = shape }
    }
    try refuse(failures)
    let found = shapes.withLock { $0.compactMap(\.self) }
    guard let first = found.first else {
      throw DatasetError(code: .empty, message: "\(path): no pictures in it.")
    }
    if let other = found.firstIndex(where: { $0.height != first.height || $0.width != first.width }) {
      throw DatasetError(
        code: .sizeMismatch,
        message: "\(path): pictures of different sizes (width×height): \(files[0]) is \(first.width)×\(first.height), "
          + "\(files[other]) is \(found[other].width)×\(found[other].height). Give a size to bring all of them to (nnscore: --size)."
      )
    }
    do {
      return try ImageRule(
        height: first.height, width: first.width, channels: found.allSatisfy { $0.channels <= 2 } ? 1 : 3)
    } catch {
      throw DatasetError(
        code: .sizeMismatch,
        message: "\(path): pictures of \(first.width)×\(first.height) are too large to be examples as they are. "
          + "Give a size to bring all of them to (nnscore: --size).")
    }
  }

  /// One error for all bad pictures.
  private func refuse(_ failures: [Int: ImageError]) throws(DatasetError) {
    if failures.isEmpty { return }
    let sorted = failures.sorted { $0.key < $1.key }
    let list = sorted.prefix(10).map { "\n  \($0.value.message)" }.joined()
    let rest = sorted.count > 10 ? "\n  and \(sorted.count - 10) more" : ""
    throw DatasetError(
      code: .badImages,
      message:
        "\(path): \(sorted.count) of \(files.count) pictures cannot be read. Repair or remove them:\(list)\(rest)")
  }

  /// Runs `body` for every index below `count` on all cores, and returns what it threw.
  private static func concurrently(
    _ count: Int, _ body: @Sendable (Int) throws(ImageError) -> Void
  ) -> [Int: ImageError] {
    let failures = Mutex([Int: ImageError]())
    DispatchQueue.concurrentPerform(iterations: count) { index in
      do throws(ImageError) {
        try body(index)
      } catch {
        failures.withLock { $0[index] = error }
      }
    }
    return failures.withLock { $0 }
  }
}
