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
    let file = try HDF5File(path: path)
    let parts = ["train", "test"]
    var found = [String]()
    for part in parts where try file.holds("\(part)_set_x") { found.append(part) }
    guard let part = found.first, found.count == 1 else {
      let what = found.isEmpty ? "has neither" : "has both"
      throw DatasetError(
        code: .layout,
        message:
          "\(path): \(what) train_set_x \(found.isEmpty ? "nor" : "and") test_set_x; it has \(quoted(file.names)). "
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
    guard !overflow, features <= RowReader.largestRow else {
      throw pixels.refuse(expected: "rows of at most \(RowReader.largestRow) bytes")
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

  /// The labels of all examples and the names of the classes.
  func labels() throws(DatasetError) -> (labels: [Int], classNames: [String]) {
    let classes = try file.dataset("list_classes")
    guard classes.extents.count == 1, case .string(let bytes) = classes.element,
      (1...65_536).contains(classes.extents[0]),
      bytes <= 4096
    else { throw classes.refuse(expected: "1 to 65536 strings [classes]") }
    let classNames = try classes.strings(count: classes.extents[0])
    guard Set(classNames).count == classNames.count else {
      throw DatasetError(code: .layout, message: "\(file.path): list_classes has a name twice: \(quoted(classNames)).")
    }

    let stored = try file.dataset("\(part)_set_y")
    // The course's own code turns [examples] into [1×examples]; both are found in files.
    guard case .integer = stored.element, stored.extents.count <= 2, stored.extents.contains(count),
      stored.extents.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) == count
    else { throw stored.refuse(expected: "integers [\(count)], one for each row of \(part)_set_x") }
    let labels = try stored.integers(count: count)
    if let row = labels.firstIndex(where: { !classNames.indices.contains($0) }) {
      throw DatasetError(
        code: .layout,
        message:
          "\(file.path): \(part)_set_y has label \(labels[row]) in row \(row), expected 0 to \(classNames.count - 1), "
          + "as list_classes has \(classNames.count) names.")
    }
    return (labels, classNames)
  }
}
