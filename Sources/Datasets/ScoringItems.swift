public import Images

/// One thing to score, or why it cannot be.
public enum ScoringItem: Sendable, Equatable {
  /// A file to be decoded by `Images.ImageDecoder`, which says so if it is no picture.
  case image(path: String)
  /// One example of an IDX or HDF5 file: its index there and its values, row-major, `shape.valueCount` of them.
  case row(path: String, index: Int, pixels: [UInt8], shape: ImageShape)
  /// A path that leads nowhere, a folder without pictures or one that cannot be listed, or a damaged IDX or HDF5 file.
  case failure(path: String, error: DatasetError)
}

/// Everything to score, one after another, listed and read only as it is asked for.
///
/// A path is an image file; a folder, for all its `.png`, `.jpg`, `.jpeg` and `.jfif` files at any depth, without hidden ones, each
/// folder in the order of its names' bytes; or an IDX (gzip or not) or HDF5 file, for its examples. Pictures of a kind that is not
/// read (`.gif`, `.webp`, `.bmp`, `.tiff`, `.heic`, `.avif`) are items too, for decoding to say so. A folder of a million
/// pictures takes memory for the names in it, a file of a million examples for a few megabytes of them. A failure is an item:
/// what comes after it still comes. For one thread at a time.
public final class ScoringItems: Sequence, IteratorProtocol {
  private enum Source {
    case folder(path: String, files: ImageFiles, isEmpty: Bool)
    case rows(RowReader, chunk: [UInt8], first: Int)
  }

  private let isPathAtHand: () -> Bool
  private var paths: AnyIterator<String>
  private var source: Source?

  /// The items of paths, which are themselves asked for only as they are needed (a list on standard input).
  ///
  /// - Parameters:
  ///   - paths: What to score.
  ///   - isPathAtHand: Whether the next path, or the end of them, would come without waiting; see ``nextAtHand()``.
  public init(paths: some Sequence<String>, isPathAtHand: @escaping () -> Bool = { true }) {
    self.paths = AnyIterator(paths.makeIterator())
    self.isPathAtHand = isPathAtHand
  }

  /// The items of one path.
  public convenience init(path: String) {
    self.init(paths: CollectionOfOne(path))
  }

  /// The next item; nil at the end.
  public func next() -> ScoringItem? { next(waiting: true) }

  /// The next item; nil at the end, and where a path would have to be waited for.
  public func nextAtHand() -> ScoringItem? { next(waiting: false) }

  private func next(waiting: Bool) -> ScoringItem? {
    while true {
      if let item = nextOfSource() { return item }
      guard waiting || isPathAtHand(), let path = paths.next() else { return nil }
      do throws(DatasetError) {
        if let item = try open(path) { return item }
      } catch {
        return .failure(path: path, error: error)
      }
    }
  }

  /// Makes a path the source, or returns its only item.
  private func open(_ path: String) throws(DatasetError) -> ScoringItem? {
    if try Directory.kind(of: path) == .folder {
      source = .folder(path: path, files: try ImageFiles(folder: path), isEmpty: true)
      return nil
    }
    let kind: FileKind
    do {
      kind = FileKind.recognise(try FileBytes.prefix(path: path, count: FileKind.prefixLength))
    } catch {
      throw DatasetError(error, path: path)
    }
    switch kind {
    case .hdf5, .idx, .gzip:
      source = .rows(try RowReader(path: path), chunk: [], first: 0)
      return nil
    case _ where kind.isPicture:
      return .image(path: path)
    default:
      let remedy = kind.remedy.map { " \($0)" } ?? ""
      throw DatasetError(
        code: kind == .empty ? .empty : .unsupportedFormat,
        message:
          "\(path): is \(kind), expected a PNG or JPEG picture, a folder of them, an IDX file or an HDF5 file.\(remedy)"
      )
    }
  }

  private func nextOfSource() -> ScoringItem? {
    switch source {
    case nil:
      return nil
    case .folder(let path, var files, let isEmpty):
      source = nil
      return nextFile(path, &files, isEmpty: isEmpty)
    case .rows(let reader, let chunk, let first):
      source = nil
      return nextRow(reader, chunk, first: first)
    }
  }

  private func nextFile(_ path: String, _ files: inout ImageFiles, isEmpty: Bool) -> ScoringItem? {
    do throws(DatasetError) {
      guard let file = try files.next() else {
        if !isEmpty { return nil }
        throw DatasetError(code: .empty, message: "\(path): no .png, .jpg, .jpeg or .jfif files in this folder.")
      }
      source = .folder(path: path, files: files, isEmpty: false)
      return .image(path: file)
    } catch {
      if error.code != .empty { source = .folder(path: path, files: files, isEmpty: false) }
      return .failure(path: path, error: error)
    }
  }

  private func nextRow(_ reader: RowReader, _ chunk: [UInt8], first: Int) -> ScoringItem? {
    do throws(DatasetError) {
      var (chunk, first) = (chunk, first)
      let bytesPerRow = reader.shape.valueCount ?? 0
      if first * bytesPerRow == chunk.count {
        (chunk, first) = (try reader.next(upTo: reader.rowsPerChunk), 0)
        if chunk.isEmpty { return nil }
      }
      let index = reader.position - chunk.count / bytesPerRow + first
      let pixels = Array(chunk[(first * bytesPerRow)..<((first + 1) * bytesPerRow)])
      source = .rows(reader, chunk: chunk, first: first + 1)
      return .row(path: reader.path, index: index, pixels: pixels, shape: reader.shape)
    } catch {
      return .failure(path: reader.path, error: error)
    }
  }
}
