public import Images

/// The examples of an IDX file (gzip or not) or an HDF5 file, a few rows at a time, without their labels.
///
/// For one thread at a time. Memory is needed for the rows that are asked for, however many the file has.
public final class RowReader {
  private enum Source {
    case idx(IDXFile)
    case hdf5(HDF5Examples)
  }

  /// The largest example that is read, in bytes.
  static let largestRow = 1 << 28

  /// The file's path.
  public let path: String
  /// The shape of every example.
  public let shape: ImageShape
  /// The number of examples.
  public let count: Int
  /// How many examples have been read, which is the index of the next.
  public private(set) var position = 0
  private let source: Source
  private let bytesPerRow: Int

  /// Opens a file and checks its header; what kind it is follows from its first bytes.
  ///
  /// - Throws: Any code of ``DatasetError`` but `badImages`, `sizeMismatch`, `unknownClass` and `invalidArgument`.
  public init(path: String) throws(DatasetError) {
    let kind: FileKind
    do {
      kind = FileKind.recognise(try FileBytes.prefix(path: path, count: FileKind.prefixLength))
    } catch {
      throw DatasetError(error, path: path)
    }
    self.path = path
    switch kind {
    case .hdf5:
      let examples = try HDF5Examples(path: path)
      shape = examples.shape
      count = examples.count
      source = .hdf5(examples)
    case .idx, .gzip:
      let file = try IDXFile(path: path)
      shape = try Self.shape(of: file)
      count = file.count
      source = .idx(file)
    default:
      let remedy = kind.isPicture ? " Give the folder that holds its class folder." : kind.remedy.map { " \($0)" } ?? ""
      throw DatasetError(
        code: kind == .empty ? .empty : .unsupportedFormat,
        message: "\(path): is \(kind), expected a folder with one sub-folder of pictures per class, "
          + "a CSV file, an IDX file or an HDF5 file.\(remedy)")
    }
    bytesPerRow = shape.valueCount ?? 0
  }

  private static func shape(of file: IDXFile) throws(DatasetError) -> ImageShape {
    let extents = file.extents
    let shape =
      switch extents.count {
      case 3: ImageShape(height: extents[1], width: extents[2], channels: 1)
      case 4: ImageShape(height: extents[1], width: extents[2], channels: extents[3])
      default: ImageShape(height: 0, width: 0, channels: 0)
      }
    guard let bytes = shape.valueCount, bytes <= largestRow, shape.channels == 1 || shape.channels == 3,
      max(shape.height, shape.width) <= ImageLimits.maximumSide
    else {
      throw DatasetError(
        code: .layout,
        message: "\(file.path): its dimensions are \(IDXFile.text(extents)), expected examples×height×width, "
          + "or examples×height×width×channels with 1 or 3 channels, of at most \(largestRow) bytes each, "
          + "no side longer than \(ImageLimits.maximumSide).")
    }
    return shape
  }

  /// The next examples.
  ///
  /// - Parameter rows: How many at most.
  /// - Returns: Their values, row-major, `rows × height × width × channels`; fewer at the end of the file, none behind it.
  public func next(upTo rows: Int) throws(DatasetError) -> [UInt8] {
    let wanted = min(rows, count - position)
    if wanted <= 0 { return [] }
    let bytes =
      switch source {
      case .idx(let file): try file.read(rows: wanted, bytesPerRow: bytesPerRow, position: position)
      case .hdf5(let examples): try examples.read(first: position, count: wanted)
      }
    position += wanted
    return bytes
  }

  /// What all examples are labelled with, and the names of the classes, labels or quantities.
  ///
  /// - Parameters:
  ///   - kind: what that must be; nil for anything.
  ///   - memory: what they may take.
  func targets(
    kind: LabelledSet.Kind?, memory: MemoryBudget
  ) throws(DatasetError) -> (LabelledSet.Targets, names: [String]) {
    switch source {
    case .hdf5(let examples):
      return try examples.targets(kind: kind, memory: memory)
    case .idx:
      if let kind, kind != .classes {
        throw DatasetError(
          code: .layout,
          message: "\(path): an IDX file of images has a class for each, expected \(kind). Give a CSV or HDF5 file.")
      }
      let file = try IDXFile(path: try IDXPair.labels(forImages: path))
      guard file.extents.count == 1, file.count == count else {
        throw DatasetError(
          code: .layout,
          message: "\(file.path): its dimensions are \(IDXFile.text(file.extents)), "
            + "expected \(count), one label for each example of \(path).")
      }
      // A byte each, and a number.
      try memory.check(values: count, bytesPerValue: 9, path: file.path)
      let labels = try file.read(rows: count, bytesPerRow: 1, position: 0).map { Int($0) }
      return (.classes(labels), (0...(labels.max() ?? 0)).map(String.init))
    }
  }

  /// About a megabyte of rows; of HDF5, where each reading is a process of its own, sixteen.
  var rowsPerChunk: Int {
    let bytes = if case .hdf5 = source { 16 << 20 } else { 1 << 20 }
    return max(1, bytes / bytesPerRow)
  }

  /// The rows of a chunk as pictures.
  func split(_ chunk: [UInt8]) -> [DecodedImage] {
    stride(from: 0, to: chunk.count, by: bytesPerRow).compactMap { start in
      try? DecodedImage(
        height: shape.height, width: shape.width, channels: shape.channels,
        pixels: Array(chunk[start..<(start + bytesPerRow)]))
    }
  }
}
