/// The picture files below a folder, at any depth, depth first, each folder in the order of its names' bytes.
///
/// Folders are listed as the walk comes to them. Links to folders are followed, except back to a folder that the walk is
/// inside of.
struct ImageFiles {
  /// Endings, in lower case, of pictures that are read.
  static let readable: Set<String> = ["png", "jpg", "jpeg", "jfif"]
  /// Endings of pictures that are not read: they are picked all the same, to be errors rather than silently left out.
  static let unreadable: Set<String> = ["gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif"]

  private static let pictures = readable.union(unreadable)

  private var open: [(folder: Directory, next: Int)]

  /// A walk that begins in a folder.
  init(folder: String) throws(DatasetError) {
    open = [(try Directory(path: folder), 0)]
  }

  /// The path of the next picture; nil at the end.
  ///
  /// - Throws: Where a folder cannot be listed; the walk can go on behind it.
  mutating func next() throws(DatasetError) -> String? {
    while let (folder, index) = open.last {
      if index == folder.count {
        open.removeLast()
        continue
      }
      open[open.count - 1].next += 1
      let entry = folder[index]
      if entry.isFolder {
        let inner = try Directory(path: entry.path)
        if !open.contains(where: { $0.folder.identity == inner.identity }) { open.append((inner, 0)) }
      } else if Self.hasEnding(entry.path, in: Self.pictures) {
        return entry.path
      }
    }
    return nil
  }

  /// Whether a path's last component ends in a dot and one of the endings, in either case.
  static func hasEnding(_ path: String, in endings: Set<String>) -> Bool {
    // On bytes: a folder can have a million names.
    let name = path.utf8.suffix(6)
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return endings.contains(String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased())
  }
}
