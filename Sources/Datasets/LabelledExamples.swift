public import Images

/// The examples of a labelled set with their classes, a few at a time, each brought to one or several shapes.
///
/// What is at the path is understood as by ``LabelledSet/load(path:rule:kind:limits:availableMemory:progress:)``. Memory is needed for
/// one batch, and for the names of files or the labels of rows. For one thread at a time; pictures are decoded on all cores.
public final class LabelledExamples {
  /// Some examples that follow each other.
  public struct Batch: Sendable {
    /// The place of the first one in the set, from 0.
    public let first: Int
    /// The class of each, an index in ``LabelledExamples/classNames``.
    public let labels: [Int]
    /// Their pixels, for each rule [count, height × width × channels], row-major.
    public let rows: [[UInt8]]
  }

  /// The most bytes of pixels of a batch of pictures, unless one of them has more.
  private static let bytesPerBatch = 4 << 20

  /// The path of the set.
  public let path: String
  /// The classes by name; each once.
  public let classNames: [String]
  /// The number of examples.
  public let count: Int

  private let source: LabelledSource
  private let labels: [Int]
  private let rules: [ImageRule]
  private let limits: ImageLimits
  private var position = 0

  /// Opens a labelled set.
  ///
  /// - Parameters:
  ///   - path: A file or folder.
  ///   - rules: The shapes that examples are brought to, and how; equal ones are made once.
  ///   - limits: What a picture may cost.
  ///   - availableMemory: How many bytes the labels of a file may need; nil for what the machine has available now.
  /// - Throws: Any code of ``DatasetError`` but `unknownClass` and `invalidArgument`.
  public init(
    path: String, rules: [ImageRule], limits: ImageLimits = .standard, availableMemory: Int? = nil
  ) throws(DatasetError) {
    self.path = path
    self.rules = rules
    self.limits = limits
    source = try LabelledSource(path: path, kind: .classes)
    let targets: LabelledSet.Targets
    switch source {
    case .folder(let folder): (targets, classNames) = (folder.targets, folder.names)
    case .rows(let reader):
      (targets, classNames) = try reader.targets(
        kind: .classes, memory: MemoryBudget(bytes: availableMemory ?? MemoryBudget.available()))
    }
    if case .classes(let labels) = targets { self.labels = labels } else { labels = [] }
    count = labels.count
  }

  /// The next examples; nil at the end.
  ///
  /// - Throws: ``DatasetError``: a bad picture or a damaged file ends the reading.
  public func next() throws(DatasetError) -> Batch? {
    let first = position
    guard first < count else { return nil }
    var distinct: [ImageRule] = []
    for rule in rules where !distinct.contains(rule) { distinct.append(rule) }
    let made: [[UInt8]]
    switch source {
    case .folder(let folder):
      let bytes = distinct.reduce(1) { $0 + $1.height * $1.width * $1.channels }
      position = min(count, first + max(1, Self.bytesPerBatch / bytes))
      made = try folder.rows(first..<position, rules: distinct, limits: limits)
    case .rows(let reader):
      let chunk = try reader.next(upTo: reader.rowsPerChunk)
      position = reader.position
      made = distinct.map { rule in
        rule.shape == reader.shape ? chunk : reader.split(chunk).flatMap { rule.apply(to: $0) }
      }
    }
    return Batch(
      first: first, labels: Array(labels[first..<position]),
      rows: rules.compactMap { rule in distinct.firstIndex(of: rule).map { made[$0] } })
  }

  /// The file of an example; nil where it is a row of the file at ``path``.
  public func file(of index: Int) -> String? {
    guard case .folder(let folder) = source, folder.files.indices.contains(index) else { return nil }
    return folder.files[index]
  }
}

/// What there is at the path of a labelled set.
enum LabelledSource {
  case folder(LabelledPictures)
  case rows(RowReader)

  /// - Parameter kind: what the examples must be labelled with; nil for anything.
  init(path: String, kind: LabelledSet.Kind?) throws(DatasetError) {
    switch try Directory.kind(of: path) {
    case .folder:
      let manifest = path.hasSuffix("/") ? path + LabelManifest.fileName : path + "/" + LabelManifest.fileName
      if (try? Directory.kind(of: manifest)) == .file {
        self = .folder(try LabelledPictures(manifest: manifest, kind: kind))
      } else if let images = try IDXPair.images(inFolder: path) {
        self = .rows(try RowReader(path: images))
      } else if kind ?? .classes == .classes {
        self = .folder(try LabelledPictures(classFolders: path))
      } else {
        throw DatasetError(
          code: .layout,
          message:
            "\(path): has no \(LabelManifest.fileName), expected one with a line for each picture and a column for each of the "
            + "\(kind ?? .labels). Make one, or give the path of a CSV or HDF5 file.")
      }
    case .file where LabelManifest.hasEnding(path):
      self = .folder(try LabelledPictures(manifest: path, kind: kind))
    case .file: self = .rows(try RowReader(path: path))
    case .other:
      throw DatasetError(code: .unreadable, message: "\(path): is a pipe or device, expected a file or folder.")
    }
  }
}
