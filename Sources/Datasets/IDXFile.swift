import Images

/// An IDX file of unsigned bytes, gzip or not, as a stream: two zero bytes, the type 8, the number of dimensions, each
/// dimension in 32 bits big-endian, the values row-major (http://yann.lecun.com/exdb/mnist/).
final class IDXFile {
  let path: String
  /// The dimensions; the first is the number of examples. None is zero.
  let extents: [Int]
  private let stream: ByteStream

  /// The number of examples.
  var count: Int { extents[0] }

  /// Opens a file and checks its header against its size.
  init(path: String) throws(DatasetError) {
    self.path = path
    stream = try ByteStream(path: path)
    let magic = try stream.read(upTo: 4)
    guard magic.count == 4, FileKind.recognise(magic) == .idx else {
      let found = stream.isGzip ? "a gzip stream of \(FileKind.recognise(magic))" : "\(FileKind.recognise(magic))"
      throw DatasetError(code: .unsupportedFormat, message: "\(path): is \(found), expected an IDX file.")
    }
    guard magic[2] == 0x08 else {
      throw DatasetError(
        code: .layout,
        message: "\(path): its values are of IDX type 0x0\(String(magic[2], radix: 16, uppercase: true)), "
          + "expected 0x08 (unsigned bytes). Convert it.")
    }
    let rank = Int(magic[3])
    let header = try stream.read(upTo: 4 * rank)
    guard header.count == 4 * rank else {
      throw DatasetError(
        code: .corrupt,
        message: "\(path): ends within its header: \(rank) dimensions need \(4 + 4 * rank) bytes, "
          + "found \(4 + header.count). Copy or download it again.")
    }
    let extents = (0..<rank).map { axis in
      header[(4 * axis)..<(4 * axis + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
    self.extents = extents
    if extents.contains(0) {
      throw DatasetError(
        code: .empty, message: "\(path): its dimensions are \(Self.text(extents)): there is nothing in it.")
    }
    var values = 1
    for extent in extents {
      let (product, overflow) = values.multipliedReportingOverflow(by: extent)
      values = overflow ? Int.max : product
    }
    let most = stream.mostBytesLeft
    if values > most || (!stream.isGzip && values < most) {
      let found = stream.isGzip ? "\(stream.fileBytes) packed bytes cannot hold them" : "found \(most)"
      throw DatasetError(
        code: .corrupt,
        message:
          "\(path): its header says \(Self.text(extents)), which needs \(values) bytes after the header, \(found). "
          + "Copy or download it again.")
    }
  }

  /// The values of up to `rows` examples; fewer only at the end, where leftover bytes are an error.
  func read(rows: Int, bytesPerRow: Int, position: Int) throws(DatasetError) -> [UInt8] {
    let wanted = min(rows, count - position) * bytesPerRow
    var bytes = try stream.read(upTo: wanted)
    while bytes.count < wanted {
      let more = try stream.read(upTo: wanted - bytes.count)
      if more.isEmpty {
        throw DatasetError(
          code: .corrupt,
          message: "\(path): ends within example \(position + bytes.count / bytesPerRow) of \(count). "
            + "Copy or download it again.")
      }
      bytes.append(contentsOf: more)
    }
    if position + rows >= count, try !stream.read(upTo: 1).isEmpty {
      throw DatasetError(
        code: .corrupt,
        message: "\(path): bytes are left over after the \(count) examples that its header says. Make it again.")
    }
    return bytes
  }

  /// Dimensions as in messages: `60000×28×28`.
  static func text(_ extents: [Int]) -> String { extents.map(String.init).joined(separator: "×") }
}

/// The two files of an IDX dataset, found by their names.
enum IDXPair {
  /// The labels of a file of images: beside it, `images` read as `labels` and `idx3` or `idx4` as `idx1`.
  static func labels(forImages path: String) throws(DatasetError) -> String {
    let split = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
    let (folder, name) = (path[..<split], String(path[split...]))
    guard let images = name.range(of: "images", lastIn: name) else {
      throw DatasetError(
        code: .layout,
        message: "\(path): the name of an IDX file of images must contain \"images\", so that the labels are found "
          + "under the name with \"labels\" instead. Rename both files, as in train-images-idx3-ubyte.")
    }
    var labels = name.replacingCharacters(in: images, with: "labels")
    for rank in ["idx3", "idx4"] {
      if let range = labels.range(of: rank, lastIn: labels) {
        labels = labels.replacingCharacters(in: range, with: "idx1")
      }
    }
    let plain = labels.hasSuffix(".gz") ? String(labels.dropLast(3)) : labels
    let candidates = labels.hasSuffix(".gz") ? [labels, plain] : [labels, labels + ".gz"]
    for candidate in candidates where (try? Directory.kind(of: folder + candidate)) == .file {
      return folder + candidate
    }
    throw DatasetError(
      code: .notFound,
      message: "\(path): its labels were expected beside it as \(candidates.joined(separator: " or ")), "
        + "but there is no such file.")
  }

  /// The file of images in a folder of IDX files, the training part where there are several; nil where there is none.
  static func images(inFolder path: String) throws(DatasetError) -> String? {
    let folder = try Directory(path: path)
    let found = (0..<folder.count).filter { index in
      let name = folder.name(at: index)
      return !folder[index].isFolder && name.contains("images") && (name.contains("idx3") || name.contains("idx4"))
    }
    let training = found.filter { folder.name(at: $0).hasPrefix("train") }
    // Both train-images… and train-images….gz: the plain one comes first and is the same.
    guard let chosen = training.first ?? found.first else { return nil }
    if training.isEmpty && found.count > 1 {
      throw DatasetError(
        code: .layout,
        message: "\(path): holds several IDX files of images (\(quoted(found.map { folder.name(at: $0) }))), "
          + "none of them named train-…. Give the path of one.")
    }
    return folder[chosen].path
  }
}

extension String {
  fileprivate func range(of text: String, lastIn: String) -> Range<String.Index>? {
    var found: Range<String.Index>?
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { found = start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return found
  }

  fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
