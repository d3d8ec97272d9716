import Images

/// Labelled pictures in an HDF5 file as the deep-learning course ships them.
struct HDF5Examples {
  let shape: ImageShape
  let count: Int
  private let file: HDF5File
  private let part: String
  private let pixels: HDF5Dataset

  /// Opens a file and checks its pixels' type and extents.
  init(path: String) throws(DatasetError) {
    let file = HDF5File(path: path)
    let parts = ["train", "test"]
    var found = [String]()
    for part in parts where try file.holds("\(part)_set_x") { found.append(part) }
    guard let part = found.first, found.count == 1 else {
      let what = found.isEmpty ? "has neither" : "has both"
      throw DatasetError(
        code: .layout,
        message:
          "\(path): \(what) train_set_x \(found.isEmpty ? "nor" : "and") test_set_x; it has \(quoted(try file.names())). "
          + "Expected one of them, as uint8 [examples×height×width×channels].")
    }
    let pixels = try file.dataset("\(part)_set_x")
    let expectation = "uint8 [examples×height×width×3] (or ×1, or without channels for grey)"
    let extents = pixels.extents
    guard pixels.element == .integer(bytes: 1, isSigned: false), extents.count == 3 || extents.count == 4 else {
      throw pixels.refuse(expected: expectation)
    }
    let shape = ImageShape(height: extents[1], width: extents[2], channels: extents.count == 4 ? extents[3] : 1)
    guard extents[0] > 0, let features = shape.valueCount, shape.channels == 1 || shape.channels == 3 else {
      throw pixels.refuse(expected: expectation)
    }
    let (bytes, overflow) = extents[0].multipliedReportingOverflow(by: features)
    guard !overflow, features <= RowReader.largestRow,
      max(shape.height, shape.width) <= ImageLimits.maximumSide
    else {
      throw pixels.refuse(
        expected: "rows of at most \(RowReader.largestRow) bytes, no side longer than \(ImageLimits.maximumSide)")
    }
    try pixels.checkStorage(valueBytes: bytes)
    self.file = file
    self.part = part
    self.pixels = pixels
    self.shape = shape
    count = extents[0]
  }

  /// The pixels of `count` examples from `first` on.
  func read(first: Int, count: Int) throws(DatasetError) -> [UInt8] {
    try pixels.bytes(first: first, count: count, bytesPerRow: shape.valueCount ?? 0)
  }

  /// What all examples are labelled with, and the names of the classes, labels or quantities.
  ///
  /// - Parameters:
  ///   - kind: what that must be; nil for what the type and extents say.
  ///   - memory: what they may take.
  func targets(kind: LabelledSet.Kind?, memory: MemoryBudget) throws(DatasetError) -> (
    LabelledSet.Targets, names: [String]
  ) {
    let stored = try file.dataset("\(part)_set_y")
    let extents = stored.extents
    let isFloat = if case .float = stored.element { true } else { false }
    // The course's own code turns [examples] into [1×examples]; both are found in files.
    let isColumn = extents.count <= 2 && extents.contains(count) && Self.product(extents) == count
    let isTable = extents.count == 2 && extents[0] == count && (1...Self.mostNames).contains(extents[1])
    // A column of floats beside the names of several classes is one of classes of the wrong type.
    var isQuantity = isColumn && isFloat
    if isQuantity, try file.holds("list_classes") { isQuantity = try file.dataset("list_classes").extents == [1] }
    let found: LabelledSet.Kind? =
      isTable && !isColumn ? (isFloat ? .quantities : .labels) : isQuantity ? .quantities : isColumn ? .classes : nil
    switch kind ?? found ?? .classes {
    case .classes:
      let names = try classNames()
      // 64 bits in the file's process, and again here.
      try memory.check(values: count, bytesPerValue: 16, path: file.path)
      return (.classes(try classes(stored, isColumn: isColumn, names)), names)
    case .labels:
      let values = try values(
        stored, isColumn || isTable, isFloat, memory, expected: "0 or 1 [\(count)×labels]")
      return (.labels(values), try columnNames(values.count / count))
    case .quantities:
      let values = try values(
        stored, isColumn || isTable, isFloat, memory, expected: "numbers [\(count)×quantities]")
      return (.quantities(values), try columnNames(values.count / count))
    }
  }

  private static let mostNames = 4096

  private static func product(_ extents: [Int]) -> Int {
    extents.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
  }

  private func classNames() throws(DatasetError) -> [String] {
    let classes = try file.dataset("list_classes")
    guard classes.extents.count == 1, case .string(let bytes) = classes.element,
      (1...Self.mostNames).contains(classes.extents[0]),
      bytes <= HDF5Dataset.longestString
    else { throw classes.refuse(expected: "1 to 4096 strings [classes] of at most \(HDF5Dataset.longestString) bytes") }
    try classes.checkStorage(valueBytes: classes.extents[0] * bytes)
    let classNames = try classes.strings(count: classes.extents[0])
    guard Set(classNames).count == classNames.count else {
      throw DatasetError(code: .layout, message: "\(file.path): list_classes has a name twice: \(quoted(classNames)).")
    }
    return classNames
  }

  private func classes(
    _ stored: HDF5Dataset, isColumn: Bool, _ classNames: [String]
  ) throws(DatasetError) -> [Int] {
    guard case .integer = stored.element, isColumn else {
      throw stored.refuse(expected: "integers [\(count)], one for each row of \(part)_set_x")
    }
    try stored.checkStorage(valueBytes: count.multipliedReportingOverflow(by: stored.bytesPerValue).partialValue)
    let labels = try stored.integers(count: count)
    if let row = labels.firstIndex(where: { !classNames.indices.contains($0) }) {
      throw DatasetError(
        code: .layout,
        message:
          "\(file.path): \(part)_set_y has label \(labels[row]) in row \(row), expected 0 to \(classNames.count - 1), "
          + "as list_classes has \(classNames.count) names.")
    }
    return labels
  }

  /// Labels or quantities, [count, columns].
  private func values(
    _ stored: HDF5Dataset, _ hasShape: Bool, _ isFloat: Bool, _ memory: MemoryBudget, expected: String
  ) throws(DatasetError) -> [Float] {
    let isInteger = if case .integer = stored.element { true } else { false }
    guard hasShape, isFloat || isInteger else { throw stored.refuse(expected: expected) }
    let total = Self.product(stored.extents)
    try stored.checkStorage(valueBytes: total.multipliedReportingOverflow(by: stored.bytesPerValue).partialValue)
    // 64 bits as it is read, once more as it is converted, and 32 bits.
    try memory.check(values: total, bytesPerValue: 20, path: file.path)
    let numbers = isFloat ? try stored.doubles(count: total) : try stored.integers(count: total).map { Double($0) }
    let isLabels = expected.hasPrefix("0 or 1")
    let columns = total / count
    if let index = numbers.firstIndex(where: { isLabels ? $0 != 0 && $0 != 1 : !Float($0).isFinite }) {
      throw DatasetError(
        code: .layout,
        message: "\(file.path): \(part)_set_y has \(Self.text(numbers[index], isFloat: isFloat)) in row "
          + "\(index / columns), column \(index % columns), expected \(isLabels ? "0 or 1" : "a finite number of 32 bits"). "
          + "Correct it, or make the file anew.")
    }
    return numbers.map { Float($0) }
  }

  /// A number as it stands in the file; whole ones above 2⁵³ are near it.
  private static func text(_ number: Double, isFloat: Bool) -> String {
    (isFloat ? nil : Int(exactly: number)).map(String.init) ?? "\(number)"
  }

  /// The names of labels or quantities: those of list_classes, or their numbers.
  private func columnNames(_ columns: Int) throws(DatasetError) -> [String] {
    guard try file.holds("list_classes") else { return (0..<columns).map(String.init) }
    let names = try classNames()
    guard names.count == columns else {
      throw DatasetError(
        code: .layout,
        message:
          "\(file.path): list_classes has \(names.count) names, expected \(columns), one for each column of \(part)_set_y."
      )
    }
    return names
  }
}
